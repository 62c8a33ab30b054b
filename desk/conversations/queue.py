"""The queue as pages see it: one look at the store serves everybody who waits."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.expectation import Place, Waits, expect
from desk.conversations.waiting import places, recent_waits
from desk.store import Store

_PLACES_S = 1.0
_WAITS_S = 10.0


class _Kept[Value]:
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

    async def get(self) -> Value:
        async with self._lock:
            clock = asyncio.get_running_loop().time
            if self._value is None or clock() >= self._until:
                async with self._store.read() as session:
                    self._value = await self._read(session)
                self._until = clock() + self._seconds
            return self._value


class Queue:
    """Places and expected waits of all who wait for an analyst in a chat."""

    def __init__(self, store: Store) -> None:
        self._places: _Kept[dict[str, Place]] = _Kept(store, places, _PLACES_S)
        self._waits: _Kept[Waits] = _Kept(store, _waits_now, _WAITS_S)

    async def of(self, conversation_id: str) -> dict[str, int | None] | None:
        """`place`, `wait_s`, `wait_low_s` and `wait_high_s`, or None for one who does not wait.

        The seconds are None when nothing can be said honestly; see `expectation.expect`.
        """
        place = (await self._places.get()).get(conversation_id)
        if place is None:
            return None
        expected = expect(place, await self._waits.get())
        return {
            "place": place.number,
            "wait_s": expected.wait_s if expected else None,
            "wait_low_s": expected.wait_low_s if expected else None,
            "wait_high_s": expected.wait_high_s if expected else None,
        }


async def _waits_now(session: AsyncSession) -> Waits:
    return await recent_waits(session, datetime.now(UTC))
