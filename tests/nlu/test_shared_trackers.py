from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from uuid import uuid4

import pytest
import redis
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.trackers import EVENTS, KEPT_S, SharedTrackerStore

URL = os.environ.get("ACEDESK_TEST_REDIS_URL", "redis://127.0.0.1:6379/9")
DOMAIN = Domain.from_dict({"slots": {"name": {"type": "text", "mappings": [{"type": "custom"}]}}})


@pytest.fixture
def sender() -> Iterator[str]:
    server = redis.Redis.from_url(URL, socket_connect_timeout=2)
    try:
        server.ping()
    except redis.ConnectionError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no Redis at ACEDESK_TEST_REDIS_URL ({error})")
    name = uuid4().hex
    yield name
    for key in server.scan_iter(f"*{name}"):
        server.delete(key)


def store() -> SharedTrackerStore:
    made = SharedTrackerStore.at(URL)
    made.domain = DOMAIN
    return made


def test_what_one_process_saves_another_reads_and_it_stays_short(sender: str) -> None:
    tracker = DialogueStateTracker(sender, DOMAIN.slots)
    tracker.update_with_events([ActiveLoop("handoff_form"), SlotSet("name", "Ana")], DOMAIN)
    for number in range(60):
        turn = [UserUttered(f"message {number}"), ActionExecuted("action_listen")]
        tracker.update_with_events(turn, DOMAIN)
        asyncio.run(store().save(tracker))
    found = asyncio.run(store().retrieve(sender))
    assert found is not None
    turns = [event for event in found.events if isinstance(event, UserUttered)]
    assert len(turns) == EVENTS // 2
    # Before them stand the form, the slots and that the bot listens.
    assert len(found.events) <= EVENTS + 2 + len(DOMAIN.slots)
    assert (found.active_loop_name, found.get_slot("name")) == ("handoff_form", "Ana")
    assert found.latest_message is not None
    assert found.latest_message.text == "message 59"


def test_what_is_saved_is_forgotten_in_the_end(sender: str) -> None:
    tracker = DialogueStateTracker(sender, DOMAIN.slots)
    tracker.update_with_events([UserUttered("hello")], DOMAIN)
    asyncio.run(store().save(tracker))
    assert 0 < store().red.ttl(store().key_prefix + sender) <= KEPT_S


def test_an_address_is_taken_apart() -> None:
    made = SharedTrackerStore.at("rediss://ana:s%2Fcret@cache.example:6380/3")
    options = made.red.connection_pool.connection_kwargs
    assert (options["host"], options["port"], options["db"]) == ("cache.example", 6380, 3)
    assert (options["username"], options["password"]) == ("ana", "s/cret")
    assert made.red.connection_pool.connection_class is redis.SSLConnection
