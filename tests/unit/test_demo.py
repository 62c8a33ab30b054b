"""The demonstration, and what keeps it away from a desk that is real."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from desk import demo
from desk.accounts.service import add_user, find_user, with_password
from desk.conversations import opening, service
from desk.conversations.models import Message
from desk.store import Store
from desk.tickets import triage
from desk.tickets.models import Ticket
from desk.tickets.repair import repair

NOW = datetime(2026, 11, 25, 17, tzinfo=UTC)


async def prepared(store: Store, *, now: datetime = NOW) -> list[tuple[str, str]]:
    async with store.write() as session:
        return await demo.prepare(session, now=now)


async def count(store: Store, table: type) -> int:
    async with store.read() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


def test_both_languages_say_what_every_story_needs() -> None:
    keys = {story["key"] for story in demo.stories()}
    english, spanish = demo.words("en"), demo.words("es")
    assert english.keys() == spanish.keys()
    assert english["role"].keys() == spanish["role"].keys()
    for said in (english, spanish):
        assert said["story"].keys() == keys
        assert all(story["text"] and story["answer"] for story in said["story"].values())
    for story in demo.stories():
        triage.check(*story["sort"].split("/"))


async def test_an_empty_store_becomes_a_demonstration_once(store: Store) -> None:
    people = await prepared(store)
    for email, password in people:
        async with store.read() as session:
            user = await with_password(session, email=email, password=password)
        assert user is not None
        assert user.must_change_password
    tickets = demo.PAST_TICKETS + len(demo.stories())
    assert await count(store, Ticket) == tickets
    async with store.read() as session:
        assert {ticket.language for ticket in await session.scalars(select(Ticket))} == {"en", "es"}
        assert all("demo" in ticket.tags for ticket in await session.scalars(select(Ticket)))
    assert await prepared(store, now=NOW + timedelta(days=3)) == []
    assert await count(store, Ticket) == tickets


async def test_what_is_cached_of_its_tickets_follows_from_their_logs(store: Store) -> None:
    await prepared(store)
    async for differences in repair(store, now=NOW, write=False):
        assert differences == []


async def test_a_conversation_of_it_can_go_on(store: Store) -> None:
    await prepared(store)
    async with store.write() as session:
        conversation = await session.get_one(service.Conversation, "demo-now-0")
        message = await service.receive(session, conversation, "one more thing", client_id=None)
        highest = await session.scalar(
            select(func.max(Message.seq)).where(Message.conversation_id == conversation.id)
        )
    assert message.seq == highest


async def a_user(store: Store) -> None:
    async with store.write() as session:
        await add_user(
            session, email="x@desk.example", role="lead", language="es", password="a" * 12
        )


async def a_conversation(store: Store) -> None:
    async with store.write() as session:
        await opening.conversation_of_sender(session, "x", channel="chat", is_test=False)


@pytest.mark.parametrize("something", [a_user, a_conversation])
async def test_a_store_in_use_is_left_alone(store: Store, something) -> None:
    await something(store)
    with pytest.raises(demo.InUse):
        await prepared(store)
    assert await count(store, Ticket) == 0
    async with store.read() as session:
        assert await find_user(session, demo.PEOPLE[0][0]) is None
        assert not await demo.is_demonstration(session)
