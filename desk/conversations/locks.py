"""One turn of a conversation at a time: within a process always, and among several by Redis.

While Redis can't be reached each process goes on by itself, since a visitor must get an answer. A
message is answered once even then, because the store takes one answer to it; what may be lost is
the order of messages that two processes took at the same moment.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.exceptions import LockNotOwnedError

from desk.store import redis as shared

log = logging.getLogger(__name__)

_LOOK_S = 0.01
"""How often one that waits looks; within a process only one waits for a conversation at Redis."""
_REST_S = 1.0
"""So long nobody asks a Redis that has failed."""


class Locks:
    """The locks of all conversations."""

    def __init__(self, redis: Redis | None = None, *, lease_s: float = 0.0) -> None:
        """Share the locks by Redis when there is one.

        Args:
            redis: where the processes meet; without it there is only one.
            lease_s: after as long a lock is free again, whose process may have died: longer than
                any turn.
        """
        self.shared = redis is not None
        """Whether other processes may take turns, too."""
        self._redis = redis
        self._lease_s = lease_s
        self._own: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._ask_from = 0.0

    @asynccontextmanager
    async def held(self, conversation_id: str) -> AsyncIterator[None]:
        """Wait until nobody takes a turn in this conversation, and keep others waiting."""
        async with self._own.setdefault(conversation_id, asyncio.Lock()):
            lock = await self._acquired(conversation_id)
            try:
                yield
            finally:
                if lock is not None:
                    await self._release(lock)

    async def _acquired(self, conversation_id: str) -> Lock | None:
        if self._redis is None or time.monotonic() < self._ask_from:
            return None
        name = shared.key(self._redis, f"turn:{conversation_id}")
        lock = Lock(self._redis, name, timeout=self._lease_s, sleep=_LOOK_S, thread_local=False)
        try:
            await lock.acquire()
        except shared.FAILURES as error:
            self._rest(error)
            return None
        if self._ask_from:
            self._ask_from = 0.0
            log.warning("turns are taken in order among all processes again")
        return lock

    async def _release(self, lock: Lock) -> None:
        try:
            await lock.release()
        except LockNotOwnedError:
            log.warning("a turn took longer than its lock was kept")
        except shared.FAILURES as error:
            self._rest(error)

    def _rest(self, error: Exception) -> None:
        if not self._ask_from:
            log.warning(
                "Redis is away: each process takes turns by itself",
                extra={"reason": type(error).__name__},
            )
        self._ask_from = time.monotonic() + _REST_S
