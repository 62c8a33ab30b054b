"""Who streams a conversation, and what wakes them: news, or somebody typing."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from desk.conversations.exchange import Exchange
from desk.conversations.models import Conversation
from desk.store import Store

log = logging.getLogger(__name__)

_LOOK_S = 0.1
_RARE_LOOK_S = 1.0
"""Where desks tell each other, it is left to find what a worker writes."""
_OVERLAP = timedelta(seconds=5)
"""A transaction that began earlier may be committed later, and clocks of machines differ."""


class Listener:
    """One stream; what is new it reads from the store itself."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()
        self._typing: list[tuple[str, str]] = []

    def wake(self) -> None:
        """There is something new."""
        self._woken.set()

    def typing(self, actor: str, name: str) -> None:
        """Somebody types."""
        self._typing.append((actor, name))
        self._woken.set()

    async def wait(self, seconds: float) -> list[tuple[str, str]]:
        """Return at the next news or after `seconds`: who has typed, as (actor, name)."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            pass
        self._woken.clear()
        typed, self._typing = self._typing, []
        return typed


class Live:
    """All streams of this process, and the way to those of others."""

    def __init__(self, exchange: Exchange | None = None) -> None:
        """`exchange`: by which other desk processes are told, if there are any."""
        self._exchange = exchange
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self.closed = False

    def close(self) -> None:
        """The desk ends: wake every stream, so that it can end too."""
        self.closed = True
        for conversation_id in list(self._listeners):
            self._wake(conversation_id)

    @contextmanager
    def listening(self, conversation_id: str) -> Iterator[Listener]:
        """Be woken for a conversation while the block lasts."""
        listener = Listener()
        self._listeners[conversation_id].add(listener)
        try:
            yield listener
        finally:
            self._listeners[conversation_id].discard(listener)
            if not self._listeners[conversation_id]:
                del self._listeners[conversation_id]

    def announce(self, conversation_id: str) -> None:
        """Wake every stream of this conversation."""
        self._wake(conversation_id)
        if self._exchange is not None:
            self._exchange.tell(conversation_id)

    def typing(self, conversation_id: str, *, actor: str, name: str = "") -> None:
        """Tell every stream of this conversation that somebody types."""
        self._hear(conversation_id, (actor, name))
        if self._exchange is not None:
            self._exchange.tell(conversation_id, (actor, name))

    async def follow(self, store: Store) -> None:
        """Announce what other processes write, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look(store))
            if self._exchange is not None:
                tasks.create_task(self._exchange.follow(self._hear))

    def _wake(self, conversation_id: str) -> None:
        for listener in self._listeners.get(conversation_id, ()):
            listener.wake()

    def _hear(self, conversation_id: str, typing: tuple[str, str] | None) -> None:
        if typing is None:
            self._wake(conversation_id)
            return
        for listener in self._listeners.get(conversation_id, ()):
            listener.typing(*typing)

    async def _look(self, store: Store) -> None:
        # One look at the store serves all streams.
        known: dict[str, datetime] = {}
        since = datetime.now(UTC) - _OVERLAP
        while not self.closed:
            told = self._exchange is not None and self._exchange.works
            await asyncio.sleep(_RARE_LOOK_S if told else _LOOK_S)
            if not self._listeners:
                continue
            try:
                changed = await _changed(store, since)
            except Exception:
                # The store may be starting anew; streams go on once it is back.
                log.exception("looking for news failed and will be tried again")
                continue
            for conversation_id, at in changed.items():
                if known.get(conversation_id) != at:
                    self._wake(conversation_id)
            known = changed
            since = datetime.now(UTC) - _OVERLAP


async def _changed(store: Store, since: datetime) -> dict[str, datetime]:
    async with store.read(brief=True) as session:
        rows = await session.execute(
            select(Conversation.id, Conversation.changed_at).where(Conversation.changed_at > since)
        )
        return {row.id: row.changed_at for row in rows}
