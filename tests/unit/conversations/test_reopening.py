from datetime import UTC, datetime

import pytest

from desk.conversations import analysts, opening, reopening, service
from desk.conversations.bot import BotUnavailable
from desk.conversations.handoff import open_at_once
from desk.conversations.live import Live
from desk.conversations.models import Conversation
from desk.conversations.turns import Turns
from desk.tickets import work
from desk.tickets.models import Ticket
from tests.desks import analyst, writes


class NoBot:
    """A bot that is down: what is answered is the desk's own."""

    async def ask(self, **_told):
        raise BotUnavailable("down")


@pytest.fixture
async def resolved(store):
    """A visitor whose ticket has been resolved; their conversation and its ticket."""
    async with store.write() as session:
        conversation, _ = await opening.open_conversation(session, language="es")
        message = await service.receive(session, conversation, "No abre ES-003", client_id=None)
        ticket = await open_at_once(session, message, category="reports", priority="normal")
    by = await analyst(store)
    async with store.write() as session:
        end = writes("end", by=by, now=datetime.now(UTC))
        await analysts.finish(session, work.resolve, ticket.id, end, code="done", notes="x")
    return conversation.id, ticket


async def say(store, conversation_id, text, key):
    async with store.write() as session:
        conversation = await session.get_one(Conversation, conversation_id)
        message = await service.receive(session, conversation, text, client_id=key)
    return await Turns(store, NoBot(), Live()).take(message)


async def state_of(store, conversation_id, ticket):
    async with store.read() as session:
        conversation = await session.get_one(Conversation, conversation_id)
        return conversation.state, (await session.get_one(Ticket, ticket.id)).state


async def test_a_resolved_ticket_asks_how_it_went_and_offers_the_way_back(store, resolved):
    conversation_id, ticket = resolved
    async with store.read() as session:
        told = (await service.history(session, conversation_id))[-1]
    assert told.custom == {"kind": "satisfaction", "ticket": ticket.number}
    assert told.text.startswith(f"El caso {ticket.number} figura como resuelto.")
    assert told.buttons == [
        {"title": "No está resuelto", "payload": f"/desk.reopen {ticket.number}"}
    ]
    (answer,) = await say(store, conversation_id, told.buttons[0]["payload"], "c1")
    assert answer.text.startswith(f"El caso {ticket.number} está abierto de nuevo")
    assert await state_of(store, conversation_id, ticket) == ("waiting", "assigned")


@pytest.mark.parametrize(
    "words",
    [
        "Todavía no funciona",
        "¡sigue fallando!",
        "Hola, no se resolvió lo de ayer",
        "it's still not working",
        "STILL NOT SOLVED.",
    ],
)
async def test_whoever_says_that_it_is_not_solved_is_offered_to_open_it_again(
    store, resolved, words
):
    conversation_id, ticket = resolved
    (offer,) = await say(store, conversation_id, words, "c1")
    assert ticket.number in offer.text
    assert [button["title"] for button in offer.buttons] == [
        "Sí, abrirlo de nuevo",
        "No, hablar de otra cosa con una persona",
    ]
    # Words alone open nothing.
    assert await state_of(store, conversation_id, ticket) == ("bot", "resolved")


@pytest.mark.parametrize("words", ["gracias, ya funciona", "how do I add a user?", "no resuelto2"])
async def test_other_words_go_to_the_assistant(store, resolved, words):
    conversation_id, _ = resolved
    (answer,) = await say(store, conversation_id, words, "c1")
    assert answer.custom["kind"] == "degraded"


async def test_a_closed_ticket_and_somebody_elses_are_not_opened(store, resolved):
    conversation_id, ticket = resolved
    now = datetime.now(UTC)
    async with store.write() as session:
        other, _ = await opening.open_conversation(session, language="en")
        with pytest.raises(LookupError):
            await reopening.reopen(session, other.id, ticket.number, key="k", now=now)
        await work.close(session, ticket.id, writes("c", by=None, now=now))
        with pytest.raises(reopening.NotReopened):
            await reopening.reopen(session, conversation_id, ticket.number, key="k", now=now)
