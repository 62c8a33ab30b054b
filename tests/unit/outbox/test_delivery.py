import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from desk.outbox.delivery import (
    BATCH,
    GIVEN_UP_AFTER,
    LEASE,
    LONGEST_WAIT_S,
    deliver,
    wait_s,
)
from desk.outbox.models import OutboxItem
from desk.outbox.senders import TIMEOUT_S, SendFailed
from desk.outbox.service import items, put, try_again

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@dataclass
class Stub:
    """Takes what it is given, fails as it is told."""

    fails: list[Exception] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)

    async def send(self, item: OutboxItem) -> None:
        self.sent.append(item.subject)
        if self.fails:
            raise self.fails.pop(0)

    async def close(self) -> None: ...


class Clock:
    """A time that stands until it is moved."""

    now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def stub():
    return Stub()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def go(store, stub, clock):
    async def deliver_some(limit: int = BATCH) -> int:
        return await deliver(store, {"t": stub}, clock=clock, limit=limit)

    return deliver_some


async def tell(store, *subjects: str, topic: str = "t", edition: str = "") -> None:
    async with store.write() as session:
        for subject in subjects:
            await put(session, topic, subject, {}, now=NOON, edition=edition)


async def one(store) -> OutboxItem:
    async with store.read() as session:
        return (await session.scalars(select(OutboxItem))).one()


async def test_what_is_told_is_delivered_once(store, go, stub):
    await tell(store, "a", "b", "a")
    assert [await go(), await go()] == [2, 0]
    assert sorted(stub.sent) == ["a", "b"]
    async with store.read() as session:
        found = await items(session, state="delivered", limit=9)
    assert [(item.subject, item.settled_at, item.error) for item in found] == [
        ("b", NOON, None), ("a", NOON, None),
    ]  # fmt: skip


async def test_topics_of_others_are_left_alone(store, go, stub):
    await tell(store, "a", topic="mail")
    assert await go() == 0
    assert stub.sent == []


async def test_a_failure_is_tried_again_later_and_later(store, go, stub, clock):
    await tell(store, "a")
    waits = []
    for attempt in range(1, 5):
        stub.fails = [SendFailed("http_500")]
        assert await go() == 1
        item = await one(store)
        assert (item.state, item.error, item.attempts) == ("waiting", "http_500", attempt)
        waits.append((item.not_before - clock.now).total_seconds())
        assert await go() == 0
        clock.now = item.not_before
    assert all(2**n / 2 <= wait <= 2**n for n, wait in enumerate(waits))
    assert await go() == 1
    item = await one(store)
    assert (item.state, item.error, item.attempts) == ("delivered", None, 5)


async def test_a_receiver_is_left_alone_as_long_as_it_wishes(store, go, stub):
    await tell(store, "a")
    stub.fails = [SendFailed("http_429", after_s=120)]
    await go()
    assert (await one(store)).not_before == NOON + 120 * SECOND


async def test_a_sender_with_a_fault_holds_up_no_other_item(store, go, stub, caplog):
    await tell(store, "a", "b")
    stub.fails = [KeyError("x")]
    await go()
    assert sorted(stub.sent) == ["a", "b"]
    async with store.read() as session:
        found = await items(session, limit=9)
    assert sorted((item.state, item.error) for item in found if item.error) == [
        ("waiting", "failed")
    ]
    assert "the sender of t failed on item" in caplog.text


async def test_what_cannot_be_delivered_for_a_day_is_given_up(store, go, stub, clock, caplog):
    await tell(store, "a")
    clock.now = NOON + GIVEN_UP_AFTER - SECOND
    stub.fails = [SendFailed("timeout")] * 2
    await go()
    assert (await one(store)).state == "waiting"
    clock.now = NOON + GIVEN_UP_AFTER + timedelta(hours=1)
    await go()
    item = await one(store)
    assert (item.state, item.settled_at, item.error) == ("failed", clock.now, "timeout")
    assert await go() == 0
    assert "is given up: timeout" in caplog.text


async def test_what_was_given_up_can_be_tried_again(store, go, stub, clock):
    await tell(store, "a")
    clock.now = NOON + GIVEN_UP_AFTER
    stub.fails = [SendFailed("timeout")]
    await go()
    async with store.write() as session:
        await try_again(session, 1, now=clock.now)
    assert await go() == 1
    assert (await one(store)).state == "delivered"
    async with store.write() as session:
        with pytest.raises(ValueError, match="has been delivered"):
            await try_again(session, 1, now=clock.now)
        with pytest.raises(LookupError):
            await try_again(session, 2, now=clock.now)


async def test_what_a_dead_worker_had_is_taken_over_when_its_lease_ends(store, go, stub, clock):
    await tell(store, "a")
    sending = asyncio.Event()

    async def hang(_: OutboxItem) -> None:
        sending.set()
        await asyncio.sleep(60)

    stub.send = hang
    dying = asyncio.create_task(go())
    await sending.wait()
    dying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dying
    del stub.send
    clock.now = NOON + LEASE - SECOND
    assert await go() == 0
    clock.now = NOON + LEASE
    assert await go() == 1
    assert (await one(store)).attempts == 2


async def test_a_late_failure_does_not_undo_what_another_worker_did(store, go, stub, clock):
    await tell(store, "a")

    async def overtaken(_: OutboxItem) -> None:
        del stub.send
        clock.now += LEASE
        assert await go() == 1
        raise SendFailed("timeout")

    stub.send = overtaken
    await go()
    item = await one(store)
    assert (item.state, item.error) == ("delivered", None)


async def test_editions_of_a_subject_arrive_in_their_order(store, go, stub, clock):
    await tell(store, "a", edition="1")
    await tell(store, "a", edition="2")
    await tell(store, "b")
    stub.fails = [SendFailed("timeout")] * 2
    assert await go() == 2
    assert sorted(stub.sent) == ["a", "b"]
    clock.now = NOON + 2 * SECOND
    assert [await go(), await go(), await go()] == [2, 1, 0]
    async with store.read() as session:
        found = await items(session, state="delivered", limit=9)
    assert len(found) == 3


async def test_a_share_is_taken_at_a_time(store, go):
    await tell(store, *"abcde")
    assert [await go(2) for _ in range(4)] == [2, 2, 1, 0]


def test_a_share_can_be_sent_within_its_lease():
    assert timedelta(seconds=BATCH * TIMEOUT_S) < LEASE


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_waits_are_bounded(attempts, drawn):
    longest = min(2.0 ** min(attempts - 1, 60), LONGEST_WAIT_S)
    assert longest / 2 <= wait_s(attempts, drawn, first_s=1.0, longest_s=LONGEST_WAIT_S) <= longest
