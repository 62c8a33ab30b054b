"""Places in the queue and past waits, as the store has them."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from desk.accounts.models import User
from desk.conversations.expectation import PAST, Place, Wait
from desk.conversations.models import Conversation
from desk.conversations.waiting import place, places, recent_waits
from desk.store import Store
from desk.tickets.ledger import Act, Actor, Write, record
from desk.tickets.models import Ticket
from desk.tickets.service import open_ticket
from tests.openings import opening

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
async def analyst(store: Store) -> Actor:
    async with store.write() as session:
        user = User(
            email="ana@desk.example", role="analyst", language="en", password_hash="x",
            created_at=NOW,
        )  # fmt: skip
        session.add(user)
        await session.flush()
    return Actor(kind="analyst", user_id=user.id)


async def wait(
    store: Store,
    name: str,
    minutes: float,
    *,
    state: str = "waiting",
    channel: str = "chat",
    is_test: bool = False,
    **changes: str,
) -> Ticket:
    """Somebody who came so many minutes before `NOW`; the same again opens a further ticket."""
    at = NOW - timedelta(minutes=minutes)
    async with store.write() as session:
        if await session.get(Conversation, name) is None:
            session.add(
                Conversation(
                    id=name, namespace="widget", sender=name, channel=channel, language="en",
                    state=state, is_test=is_test, created_at=at,
                )
            )  # fmt: skip
            await session.flush()
        made = opening(name, uuid4().hex, channel=channel, is_test=is_test, **changes)
        return await open_ticket(session, made, now=at)


async def act(store: Store, ticket: Ticket, actor: Actor, minutes: float, kind: str, **rest: str):
    at = NOW - timedelta(minutes=minutes)
    async with store.write() as session:
        told = Act(kind=kind, **rest)
        await record(session, ticket.id, Write(key=uuid4().hex, actor=actor, now=at), [told])


async def queue(store: Store) -> list[str]:
    async with store.read() as session:
        found = await places(session)
    assert [one.number for one in found.values()] == list(range(1, len(found) + 1))
    return list(found)


async def test_who_came_first_is_served_first_among_the_same_priority(store):
    await wait(store, "second", 20)
    await wait(store, "first", 30)
    await wait(store, "third", 10)
    assert await queue(store) == ["first", "second", "third"]


async def test_the_more_pressing_are_served_before(store):
    for name, urgency in {"a": "low", "b": "normal", "c": "high", "d": "critical"}.items():
        await wait(store, name, {"a": 40, "b": 30, "c": 20, "d": 10}[name], urgency=urgency)
    assert await queue(store) == ["d", "c", "b", "a"]


async def test_only_live_chats_that_wait_stand_in_the_queue(store, analyst):
    await wait(store, "here", 10)
    await wait(store, "letter", 20, channel="email")
    await wait(store, "test", 20, is_test=True)
    await wait(store, "talking", 20, state="analyst")
    await wait(store, "left", 20, state="closed")
    done = await wait(store, "done", 20)
    await act(store, done, analyst, 5, "resolved", reason="answered")
    assert await queue(store) == ["here"]


async def test_of_several_open_tickets_the_newest_says_since_when(store, analyst):
    await wait(store, "twice", 60)
    await wait(store, "once", 30)
    newest = await wait(store, "twice", 10)
    assert await queue(store) == ["once", "twice"]
    await act(store, newest, analyst, 5, "resolved", reason="answered")
    assert await queue(store) == ["twice", "once"]


async def test_a_conversation_is_told_its_own_place_or_none(store):
    await wait(store, "first", 30, urgency="high")
    await wait(store, "second", 20, language="es")
    await wait(store, "talking", 20, state="analyst")
    async with store.read() as session:
        found = {
            name: await place(session, await session.get_one(Conversation, name))
            for name in ("first", "second", "talking")
        }
    assert found == {
        "first": Place(number=1, language="en", priority="high"),
        "second": Place(number=2, language="es", priority="normal"),
        "talking": None,
    }


async def test_a_wait_ends_with_the_first_words_of_an_analyst(store, analyst):
    taken = await wait(store, "taken", 60, language="es")
    await act(store, taken, Actor(kind="system"), 55, "noted")
    await act(store, taken, analyst, 50, "assigned", payload={"assignee_id": analyst.user_id})
    await act(store, taken, analyst, 40, "responded")
    await act(store, taken, analyst, 30, "responded")
    await wait(store, "waiting", 5, urgency="high")
    async with store.read() as session:
        waits = await recent_waits(session, NOW)
    assert waits.now == NOW
    assert list(waits.past) == [
        Wait(opened=NOW - timedelta(minutes=5), taken=None, language="en", priority="high"),
        Wait(
            opened=NOW - timedelta(minutes=60),
            taken=NOW - timedelta(minutes=40),
            language="es",
            priority="normal",
        ),
    ]


async def test_waits_that_tell_nothing_are_left_out(store, analyst):
    for name, minutes, rest in (
        ("letter", 60, {"channel": "email"}),
        ("test", 60, {"is_test": True}),
        ("long ago", PAST / timedelta(minutes=1) + 1, {}),
    ):
        await act(store, await wait(store, name, minutes, **rest), analyst, 30, "responded")
    spam = await wait(store, "spam", 60)
    await act(store, spam, analyst, 30, "cancelled", reason="spam")
    await wait(store, "left", 20, state="closed")
    async with store.read() as session:
        assert not (await recent_waits(session, NOW)).past
