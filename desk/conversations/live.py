"""A nudge to whoever streams a conversation in this process that there is something new."""

import asyncio
from collections import defaultdict


class Live:
    """Wakes the streams of a conversation; what is new they read from the store."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self.closed = False

    def close(self) -> None:
        """The desk ends: wake every stream, so that it can end too."""
        self.closed = True
        for events in self._waiting.values():
            for event in events:
                event.set()

    def announce(self, conversation_id: str) -> None:
        """Wake every stream of this conversation."""
        for event in self._waiting.get(conversation_id, ()):
            event.set()

    async def wait(self, conversation_id: str, *, seconds: float) -> None:
        """Return at the next announcement, or after `seconds`: other processes write too."""
        event = asyncio.Event()
        waiting = self._waiting[conversation_id]
        waiting.add(event)
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            pass
        finally:
            waiting.discard(event)
            if not waiting:
                self._waiting.pop(conversation_id, None)
