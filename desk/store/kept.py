"""Figures that many ask for at once: one look at the store serves all of them for a while."""

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncSession

from desk.store.engine import Store


class Kept[Value]:
    """What was read a moment ago, read anew when it is older than that."""

    def __init__(
        self, store: Store, read: Callable[[AsyncSession], Awaitable[Value]], seconds: float
    ) -> None:
        self._store = store
        self._read = read
        self._seconds = seconds
        self._lock = asyncio.Lock()
        self._value: Value | None = None
        self._until = 0.0

    async def get(self, *, anew: bool = False) -> Value:
        """What was read; `anew` reads it again in any case."""
        async with self._lock:
            clock = asyncio.get_running_loop().time
            if anew or self._value is None or clock() >= self._until:
                async with self._store.read() as session:
                    self._value = await self._read(session)
                self._until = clock() + self._seconds
            return self._value
