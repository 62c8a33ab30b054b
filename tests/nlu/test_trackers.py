from __future__ import annotations

import asyncio

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SlotSet, UserUttered
from rasa.shared.core.slots import TextSlot
from rasa.shared.core.trackers import DialogueStateTracker

from bot.trackers import BoundedTrackerStore, shorten

DOMAIN = Domain.from_dict({"slots": {"name": {"type": "text", "mappings": [{"type": "custom"}]}}})
SLOTS = [TextSlot("name", [{}]), TextSlot("requested_slot", [{}])]


def turn(number: int) -> list[Event]:
    return [
        UserUttered(f"message {number}"),
        ActionExecuted("action_route"),
        ActionExecuted("action_listen"),
    ]


def conversation(turns: int) -> list[Event]:
    opening = [ActionExecuted("action_session_start"), ActionExecuted("action_listen")]
    state = [ActiveLoop("handoff_form"), SlotSet("name", "Ana"), SlotSet("requested_slot", "mail")]
    return opening + state + [event for number in range(turns) for event in turn(number)]


def replayed(events: list[Event]) -> DialogueStateTracker:
    return DialogueStateTracker.from_events("one", events, slots=SLOTS)


def test_a_short_conversation_is_kept_whole() -> None:
    events = conversation(3)
    assert shorten(events, SLOTS, limit=len(events)) is events


def test_a_long_one_keeps_its_newest_turns_and_its_state() -> None:
    events = conversation(40)
    short = shorten(events, SLOTS, limit=60)
    tracker = replayed(list(short))
    assert [event.text for event in short if isinstance(event, UserUttered)] == [
        f"message {number}" for number in range(20, 40)
    ]
    assert tracker.active_loop_name == "handoff_form"
    assert (tracker.get_slot("name"), tracker.get_slot("requested_slot")) == ("Ana", "mail")
    assert tracker.latest_message == replayed(events).latest_message
    assert tracker.latest_action_name == "action_listen"


def test_a_turn_is_never_cut_in_two() -> None:
    for turns in range(20, 40):
        kept = list(shorten(conversation(turns), SLOTS, limit=40))
        first = next(i for i, event in enumerate(kept) if isinstance(event, UserUttered))
        assert kept[first - 1] == ActionExecuted("action_listen")


def test_a_slot_that_was_emptied_stays_empty() -> None:
    events = [*conversation(1), SlotSet("name", None), *conversation(0)[:2], *turn(1) * 20]
    assert replayed(list(shorten(events, SLOTS, limit=30))).get_slot("name") is None


def stored(store: BoundedTrackerStore, sender: str) -> DialogueStateTracker | None:
    return asyncio.run(store.retrieve(sender))


def test_the_store_gives_back_what_it_was_given_but_not_the_same_tracker() -> None:
    store = BoundedTrackerStore()
    store.domain = DOMAIN
    tracker = DialogueStateTracker("one", DOMAIN.slots)
    tracker.update(SlotSet("name", "Ana"))
    asyncio.run(store.save(tracker))
    tracker.update(SlotSet("name", "Eva"))
    assert stored(store, "one").get_slot("name") == "Ana"
    assert stored(store, "two") is None


def test_the_store_forgets_the_conversation_that_was_quiet_for_longest() -> None:
    store = BoundedTrackerStore(conversations=2)
    for sender in ("one", "two", "one", "three"):
        asyncio.run(store.save(DialogueStateTracker(sender, [])))
    assert set(asyncio.run(store.keys())) == {"one", "three"}
