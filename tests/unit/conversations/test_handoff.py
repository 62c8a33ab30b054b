from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from desk.conversations import drafts, service
from desk.conversations.handoff import find_emails, finish_draft, open_at_once
from desk.conversations.models import Draft
from desk.tickets.models import Ticket
from desk.worker import finish_idle_drafts


async def begin(store, **fields: str) -> Draft:
    async with store.write() as session:
        conversation = await service.conversation_of_sender(
            session, "v", channel="chat", is_test=False, language="es"
        )
        message = await service.receive(
            session, conversation, "desbloqueen mi cuenta", client_id="1"
        )
        draft = await drafts.begin(
            session,
            conversation.id,
            key=message.id,
            category="account",
            priority="normal",
            article=None,
            story=message.text,
        )
        for field, value in fields.items():
            await drafts.answer(session, draft, field, value)
    return draft


async def test_the_form_asks_what_it_does_not_know_yet(store):
    draft = await begin(store)
    assert draft.asking == "name"
    assert (await begin(store, name="Ana", email="")).asking == "company"


async def test_an_answer_is_masked_before_it_is_written(store):
    draft = await begin(store, name="Ana, SSN 123-45-6789")
    assert draft.fields["name"] == "Ana, SSN [ssn]"


async def test_a_draft_opens_one_ticket_with_what_it_holds(store):
    draft = await begin(store, name="Ana", email="ana@example.com", company="")
    async with store.write() as session:
        ticket = await finish_draft(session, await session.get_one(Draft, draft.conversation_id))
    assert ticket.number == "ASD-000001"
    assert ticket.requester == {"name": "Ana", "email": "ana@example.com"}
    assert (ticket.language, ticket.channel, ticket.category) == ("es", "chat", "account")
    assert ticket.summary == "desbloqueen mi cuenta"
    assert ticket.processed_due - ticket.opened_at == timedelta(hours=4)
    async with store.read() as session:
        assert await session.get(Draft, draft.conversation_id) is None


async def test_an_address_in_the_conversation_reaches_the_ticket(store):
    async with store.write() as session:
        conversation = await service.conversation_of_sender(
            session, "v", channel="chat", is_test=False
        )
        message = await service.receive(
            session, conversation, "locked out, ana@example.com.", client_id=None
        )
        ticket = await open_at_once(session, message, category="support", priority="normal")
    assert ticket.requester == {"email": "ana@example.com"}
    assert ticket.summary == "locked out, ana@example.com."


async def test_the_same_message_opens_one_ticket(store):
    for _ in range(2):
        async with store.write() as session:
            conversation = await service.conversation_of_sender(
                session, "v", channel="chat", is_test=False
            )
            message = await service.receive(session, conversation, "all down", client_id="1")
            await open_at_once(session, message, category="outage", priority="urgent")
    async with store.read() as session:
        assert await session.scalar(select(func.count()).select_from(Ticket)) == 1


async def test_a_form_left_alone_opens_its_ticket_and_tells_the_visitor(store):
    draft = await begin(store, name="Ana")
    assert await finish_idle_drafts(store, idle_s=600) == []
    async with store.write() as session:
        stale = await session.get_one(Draft, draft.conversation_id)
        stale.updated_at = datetime.now(UTC) - timedelta(seconds=601)
    assert await finish_idle_drafts(store, idle_s=600) == ["ASD-000001"]
    async with store.read() as session:
        last = (await service.history(session, draft.conversation_id))[-1]
    assert last.actor == "system"
    assert "ASD-000001" in last.text
    assert await finish_idle_drafts(store, idle_s=600) == []


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("it is ana.perez@example.com, thanks", "ana.perez@example.com"),
        ("ANA@EXAMPLE.CO.UK.", "ANA@EXAMPLE.CO.UK"),
        ("ana at example dot com", None),
        ("@example.com", None),
        ("ana@localhost", None),
    ],
)
def test_an_address_is_found_in_a_sentence(text, address):
    assert next(iter(find_emails(text)), None) == address


async def test_what_may_be_an_attackers_address_is_not_taken_for_the_requesters(store):
    async with store.write() as session:
        conversation = await service.conversation_of_sender(
            session, "v", channel="chat", is_test=False
        )
        message = await service.receive(
            session, conversation, "refunds@cbp-pay.example asked for our login", client_id=None
        )
        ticket = await open_at_once(session, message, category="security", priority="urgent")
    assert ticket.requester == {}


async def test_a_skipped_address_stays_skipped(store):
    draft = await begin(store, name="Ana", email="", company="escribí a ace@example.com ayer")
    async with store.write() as session:
        await service.receive(
            session,
            await service.conversation_of_sender(session, "v", channel="chat", is_test=False),
            "escribí a ace@example.com ayer",
            client_id="2",
        )
        ticket = await finish_draft(session, await session.get_one(Draft, draft.conversation_id))
    assert "email" not in ticket.requester


async def test_a_form_that_was_left_opens_nothing_later(store):
    draft = await begin(store, confirm="no")
    async with store.write() as session:
        stale = await session.get_one(Draft, draft.conversation_id)
        stale.updated_at = datetime.now(UTC) - timedelta(seconds=601)
    assert await finish_idle_drafts(store, idle_s=600) == []
    async with store.read() as session:
        assert await session.get(Draft, draft.conversation_id) is None


async def test_whoever_writes_has_not_left_the_form_alone(store):
    draft = await begin(store)
    async with store.write() as session:
        stale = await session.get_one(Draft, draft.conversation_id)
        stale.updated_at = datetime.now(UTC) - timedelta(seconds=601)
        conversation = await service.conversation_of_sender(
            session, "v", channel="chat", is_test=False
        )
        await service.receive(session, conversation, "Ana", client_id="2")
    assert await finish_idle_drafts(store, idle_s=600) == []
