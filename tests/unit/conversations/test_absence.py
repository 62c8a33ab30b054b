from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from desk.conversations import absence, analysts, opening, service
from desk.conversations.handoff import open_at_once
from desk.conversations.models import Conversation
from desk.messages.moments import moment
from desk.outbox.models import OutboxItem
from desk.outbox.subscriptions import subscribe
from desk.tickets.models import Ticket
from tests.desks import Person, analyst, case, writes

SOON = timedelta(minutes=2)
LONG = timedelta(minutes=5)
WAITS = "conversation.waiting"


async def listen(store):
    """Have a system told whenever a visitor waits."""
    by = await analyst(store)
    async with store.write() as session:
        await subscribe(
            session,
            url="https://dispatch.example/hook",
            topics=[WAITS],
            user_id=by,
            now=datetime.now(UTC),
        )


async def messages_of(store, conversation_id):
    async with store.read() as session:
        return await service.history(session, conversation_id)


@pytest.fixture
async def owned(store):
    """A conversation that Ana has spoken in, and in which the visitor has asked again."""
    return await case(store, Person(), sender="luz", done=False)


async def test_a_visitor_whose_analyst_is_silent_is_back_in_the_queue(store, owned):
    now = datetime.now(UTC)
    assert await absence.time_out_silent(store, now, after=LONG) == 0
    await listen(store)
    assert await absence.time_out_silent(store, now + LONG + SOON, after=LONG) == 1
    assert await absence.time_out_silent(store, now + LONG + SOON, after=LONG) == 0
    async with store.read() as session:
        conversation = await session.get_one(Conversation, owned.conversation_id)
        ticket = await session.get_one(Ticket, owned.ticket_id)
        waits = list(await session.scalars(select(OutboxItem).where(OutboxItem.topic == WAITS)))
    assert (conversation.state, conversation.owner_id, ticket.assignee_id) == (
        "waiting", None, None,
    )  # fmt: skip
    assert [item.payload["conversation"] for item in waits] == [owned.conversation_id]
    told = (await messages_of(store, owned.conversation_id))[-1]
    assert told.text.startswith("Un analista no puede responder en este momento.")
    assert told.custom == {"kind": "left", "name": "Un analista"}


async def test_an_analyst_who_has_answered_is_not_timed_out(store, owned):
    by = await analyst(store)
    async with store.write() as session:
        said = writes("again", by=by, now=datetime.now(UTC))
        await analysts.reply_to_requester(session, owned.ticket_id, said, text="Mañana.")
    later = datetime.now(UTC) + timedelta(hours=2)
    assert await absence.time_out_silent(store, later, after=LONG) == 0


async def test_a_visitor_for_whom_nobody_comes_is_told_once_when_a_person_will_answer(store):
    async with store.write() as session:
        conversation, _ = await opening.open_conversation(session, language="en")
        message = await service.receive(session, conversation, "help me", client_id=None)
        ticket = await open_at_once(session, message, category="support", priority="normal")
    now = datetime.now(UTC)
    assert await absence.tell_unattended(store, now, after=SOON) == 0
    for _ in range(2):
        await absence.tell_unattended(store, now + SOON * 2, after=SOON)
    (told,) = [m for m in await messages_of(store, conversation.id) if m.actor == "system"]
    assert told.custom["kind"] == "timeout"
    due = moment(ticket.next_due, "en")
    assert f"a person will answer by {due}" in told.text
    assert "Eastern Time" in due


def test_moments_are_said_as_each_language_says_them():
    at = datetime(2026, 11, 26, 20, 40, tzinfo=UTC)
    assert (
        moment(at, "en").replace("\u202f", " ") == "3:40 PM Eastern Time on Thursday, November 26"
    )
    spanish = moment(at, "es").replace("\u202f", " ").replace("\xa0", " ")
    assert spanish == "3:40 p.m., hora del Este, del jueves 26 de noviembre"
