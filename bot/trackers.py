"""What the assistant remembers of its conversations: little. The desk has the rest."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence

import redis
from rasa.core.tracker_store import RedisTrackerStore, TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SlotSet, UserUttered
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker

EVENTS = 30
"""Three turns or four."""
KEPT_S = 24 * 3600
_PATIENCE_S = 0.25
"""Each call keeps the bot from everything else; a turn makes three of them."""


class BoundedTrackerStore(TrackerStore):
    """Keeps the latest `conversations`, each with at most about `events` events.

    Rasa replays every event of a conversation several times a turn, so that a long conversation
    grows slow. Here its older turns are replaced by the state that they led to. A conversation that
    is forgotten starts afresh; the desk restores its form.
    """

    def __init__(self, *, conversations: int = 10_000, events: int = EVENTS) -> None:
        super().__init__(domain=None)
        self._conversations = conversations
        self._events = events
        self._kept: OrderedDict[str, Sequence[Event]] = OrderedDict()

    async def save(self, tracker: DialogueStateTracker) -> None:
        self._kept[tracker.sender_id] = shorten(
            tuple(tracker.events), self.domain.slots, self._events
        )
        self._kept.move_to_end(tracker.sender_id)
        if len(self._kept) > self._conversations:
            self._kept.popitem(last=False)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        events = self._kept.get(sender_id)
        if events is None:
            return None
        return DialogueStateTracker.from_events(sender_id, list(events), slots=self.domain.slots)

    async def keys(self) -> Iterable[str]:
        return tuple(self._kept)


class SharedTrackerStore(RedisTrackerStore):
    """The same bound in Redis, for several bots; what lies untouched for `KEPT_S` is forgotten."""

    @classmethod
    def at(cls, url: str) -> SharedTrackerStore:
        """The store in the Redis database of a `redis://` or `rediss://` address."""
        made = cls(None, key_prefix="acedesk", record_exp=KEPT_S)
        # Rasa's own client takes no address and would wait for a server that hangs without an end.
        made.red = redis.Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=_PATIENCE_S,
            socket_connect_timeout=_PATIENCE_S,
        )
        return made

    async def save(self, tracker: DialogueStateTracker, timeout: float | None = None) -> None:
        # Rasa's own `save` merges the events with those stored: nothing would be forgotten.
        events = shorten(tuple(tracker.events), self.domain.slots, EVENTS)
        short = DialogueStateTracker.from_events(
            tracker.sender_id, list(events), slots=self.domain.slots
        )
        key = self.key_prefix + tracker.sender_id
        self.red.set(key, self.serialise_tracker(short), ex=self.record_exp)


def shorten(events: Sequence[Event], slots: list[Slot], limit: int) -> Sequence[Event]:
    """The whole turns among the last `limit` events, led by the state that all before them made."""
    if len(events) <= limit:
        return events
    starts = (
        i for i in range(len(events) - limit, len(events)) if isinstance(events[i], UserUttered)
    )
    cut = next(starts, len(events))
    past = DialogueStateTracker.from_events("", list(events[:cut]), slots=slots)
    state: list[Event] = [ActiveLoop(past.active_loop_name)] if past.active_loop_name else []
    state += [
        SlotSet(slot.name, slot.value)
        for slot in past.slots.values()
        if slot.value != slot.initial_value
    ]
    return (*state, ActionExecuted(ACTION_LISTEN_NAME), *events[cut:])
