from datetime import UTC, datetime

from desk.conversations import analysts, service
from desk.conversations.handoff import open_at_once
from desk.conversations.models import Conversation
from desk.conversations.status import status
from tests.desks import analyst, writes


async def told(store, conversation_id):
    async with store.read() as session:
        conversation = await session.get_one(Conversation, conversation_id)
        return await status(session, conversation)


async def test_a_page_shows_who_answers_and_when_the_ticket_is_due(store):
    async with store.write() as session:
        conversation, _ = await service.open_conversation(session, language="es")
        message = await service.receive(session, conversation, "auxilio", client_id=None)
    fresh = await told(store, conversation.id)
    assert fresh == {
        "state": "bot", "epoch": 0, "language": "es", "person": None, "ticket": None,
    }  # fmt: skip
    async with store.write() as session:
        ticket = await open_at_once(session, message, category="support", priority="normal")
    waiting = await told(store, conversation.id)
    assert waiting["state"] == "waiting"
    assert waiting["ticket"] == {
        "number": ticket.number,
        "state": "new",
        "due": ticket.next_due.isoformat(),
        "language": "es",
    }
    by = await analyst(store)
    async with store.write() as session:
        said = writes("r", by=by, now=datetime.now(UTC))
        await analysts.reply_to_requester(session, ticket.id, said, text="Aquí estoy.")
    answered = await told(store, conversation.id)
    assert (answered["state"], answered["person"]) == ("analyst", {"name": "Un analista"})
    # The first response has been given; what is left is dealing with it.
    assert answered["ticket"]["due"] > waiting["ticket"]["due"]
