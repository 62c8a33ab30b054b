import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import get_args
from unittest.mock import AsyncMock, Mock

import pytest
from sqlalchemy import func, select

from desk.conversations import drafts, opening, service
from desk.conversations.bot import BotReply
from desk.conversations.handoff import find_emails, finish_draft, open_at_once
from desk.conversations.live import Live
from desk.conversations.models import Conversation, Draft
from desk.conversations.turns import Turns
from desk.knowledge.files import HandoffField
from desk.messages import LANGUAGES, catalogue
from desk.tickets.models import Ticket
from desk.worker import finish_idle_drafts

TRUCK = ("name", "phone", "scac", "trip_number", "port", "error_text")
SECRETS = {
    "ssn": "123-45-6789",
    "itin": "912-70-1234",
    "bank": "routing 021000021",
    "card": "4111 1111 1111 1111",
    "password": "my password is Tr0ub4dor&3",
    "token": "the code is 493022",
    "birth_date": "born on 03/14/1985",
}


async def begin(store, asks: Sequence[str] = drafts.WITHOUT_ARTICLE, **fields: str) -> Draft:
    async with store.write() as session:
        conversation = await opening.conversation_of_sender(
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
            fields=asks,
            story=message.text,
        )
        for field, value in fields.items():
            await drafts.answer(session, draft, field, value)
    return draft


async def test_the_form_asks_what_it_does_not_know_yet(store):
    draft = await begin(store)
    assert draft.asking == "name"
    assert (await begin(store, name="Ana")).asking == "email"
    assert (await begin(store, email="")).asking == "confirm"


async def test_the_form_asks_the_fields_of_the_topic_in_their_order(store):
    draft = await begin(store, TRUCK)
    asked = []
    while draft.asking is not None:
        asked.append(draft.asking)
        draft = await begin(store, **{draft.asking: ""})
    assert asked == [*TRUCK, "confirm"]


async def test_a_form_keeps_its_questions_when_the_article_changes(store):
    await begin(store, ("name", "phone"))
    assert (await begin(store, ("email",))).asks == ["story", "name", "phone", "confirm"]


def test_every_field_that_an_article_may_name_has_a_question_and_a_label():
    fields = {"story", *get_args(HandoffField.__value__)}
    for language in LANGUAGES:
        handoff = catalogue(language)["handoff"]
        assert set(handoff["ask"]) == fields
        assert set(handoff["summary"]) == fields | {"not_given"}


async def test_what_was_told_on_the_topic_is_in_the_ticket(store):
    draft = await begin(
        store, TRUCK, name="Ana", phone="956 555 0123", scac="ABCD", trip_number="", port="Laredo"
    )
    async with store.write() as session:
        ticket = await finish_draft(session, await session.get_one(Draft, draft.conversation_id))
    assert ticket.requester == {"name": "Ana", "phone": "956 555 0123"}
    assert ticket.details == {"scac": "ABCD", "port": "Laredo"}


async def test_an_urgent_ticket_keeps_what_was_told_before(store):
    draft = await begin(store, TRUCK, name="Ana", scac="ABCD")
    async with store.write() as session:
        (message,) = await service.history(session, draft.conversation_id)
        ticket = await open_at_once(session, message, category="cargo", priority="urgent")
    assert (ticket.requester, ticket.details) == ({"name": "Ana"}, {"scac": "ABCD"})


@pytest.mark.parametrize("kind", SECRETS)
async def test_a_secret_typed_into_any_field_reaches_neither_the_bot_nor_the_ticket(store, kind):
    fields = [field for field in get_args(HandoffField.__value__) if field != "email"]
    secret = re.search(r"\S*\d[\d/ -]*\S*", SECRETS[kind])[0]
    bot = Mock(ask=AsyncMock(return_value=BotReply(bubbles=[("?", [])])))
    draft = await begin(store, fields)
    for field in fields:
        async with store.write() as session:
            conversation = await session.get_one(Conversation, draft.conversation_id)
            message = await service.receive(session, conversation, SECRETS[kind], client_id=field)
            draft = await session.get_one(Draft, draft.conversation_id)
            await drafts.answer(session, draft, field, SECRETS[kind])
        await Turns(store, bot, Live()).take(message)
    async with store.write() as session:
        ticket = await finish_draft(session, await session.get_one(Draft, draft.conversation_id))
    assert set(ticket.requester) | set(ticket.details) == set(fields)
    assert bot.ask.await_count == len(fields)
    for text in (*ticket.requester.values(), *ticket.details.values(), str(bot.ask.mock_calls)):
        assert secret not in text
        assert f"[{kind.replace('_', '-')}]" in text


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
    assert ticket.next_due - ticket.opened_at == timedelta(minutes=30)
    async with store.read() as session:
        assert await session.get(Draft, draft.conversation_id) is None


async def test_an_address_in_the_conversation_reaches_the_ticket(store):
    async with store.write() as session:
        conversation = await opening.conversation_of_sender(
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
            conversation = await opening.conversation_of_sender(
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
        conversation = await opening.conversation_of_sender(
            session, "v", channel="chat", is_test=False
        )
        message = await service.receive(
            session, conversation, "refunds@cbp-pay.example asked for our login", client_id=None
        )
        ticket = await open_at_once(session, message, category="security", priority="urgent")
    assert ticket.requester == {}


async def test_a_skipped_address_stays_skipped(store):
    draft = await begin(store, name="Ana", email="")
    async with store.write() as session:
        await service.receive(
            session,
            await opening.conversation_of_sender(session, "v", channel="chat", is_test=False),
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
        conversation = await opening.conversation_of_sender(
            session, "v", channel="chat", is_test=False
        )
        await service.receive(session, conversation, "Ana", client_id="2")
    assert await finish_idle_drafts(store, idle_s=600) == []
