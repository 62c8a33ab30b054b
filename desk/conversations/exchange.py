"""What desk processes tell each other through a channel of Redis: news, and who is typing.

Nothing of it is kept, and nothing depends on it: streams find news in the store as well, later.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import suppress
from uuid import uuid4

from redis.asyncio import Redis

from desk.store import redis as shared

log = logging.getLogger(__name__)

type Hear = Callable[[str, tuple[str, str] | None], None]
"""Is told of a conversation, and of who types in it as (actor, name); None means news."""

_WAITING = 1_000
_QUIET_S, _SILENCES = 5.0, 1
"""After as long without a word the server is asked for one, and given up when it says none."""
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.1, 5.0


class Exchange:
    """The channel, as one process uses it."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._channel = shared.key(redis, "live")
        # Whoever tells something has told its own streams already.
        self._own = uuid4().hex
        self._outgoing: asyncio.Queue[str] = asyncio.Queue(_WAITING)
        self.works = False
        """Whether the others are heard."""

    def tell(self, conversation_id: str, typing: tuple[str, str] | None = None) -> None:
        """Tell the other processes, a moment later; what would pile up is dropped."""
        with suppress(asyncio.QueueFull):
            self._outgoing.put_nowait(json.dumps([self._own, conversation_id, typing]))

    async def follow(self, hear: Hear) -> None:
        """Tell the others and hear them, until cancelled; a Redis that was away is tried again."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._speak())
            tasks.create_task(self._listen(hear))

    async def _speak(self) -> None:
        while True:
            told = await self._outgoing.get()
            try:
                await self._redis.publish(self._channel, told)
            except Exception:
                # The listening side says so, and looks when it is well again.
                self.works = False

    async def _listen(self, hear: Hear) -> None:
        wait = _FIRST_WAIT_S
        while True:
            try:
                async with self._redis.pubsub() as channel:
                    await channel.subscribe(self._channel)
                    silent = 0
                    while silent <= _SILENCES:
                        heard = await channel.get_message(timeout=_QUIET_S)
                        if heard is None:
                            silent += 1
                            await channel.ping()
                            continue
                        silent, self.works, wait = 0, True, _FIRST_WAIT_S
                        if heard["type"] == "message":
                            self._hear(heard["data"], hear)
            except Exception as error:
                # Whatever it is, it is no reason for streams to stop: they look into the store.
                if self.works:
                    reason = type(error).__name__
                    log.warning("other desks can not be heard", extra={"reason": reason})
            self.works = False
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT_S)

    def _hear(self, told: bytes, hear: Hear) -> None:
        teller, conversation_id, typing = json.loads(told)
        if teller != self._own:
            hear(conversation_id, tuple(typing) if typing else None)
