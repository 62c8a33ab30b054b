from datetime import UTC, datetime

from desk.conversations import analysts, opening, service
from desk.conversations.handoff import open_at_once
from desk.conversations.models import Conversation
from desk.conversations.status import closed_until, status
from desk.sla.policies import Policies, Version
from tests.desks import analyst, writes


async def told(store, conversation_id):
    async with store.read() as session:
        conversation = await session.get_one(Conversation, conversation_id)
        return await status(session, conversation)


async def test_a_page_shows_who_answers_and_when_the_ticket_is_due(store):
    async with store.write() as session:
        conversation, _ = await opening.open_conversation(session, language="es")
        message = await service.receive(session, conversation, "auxilio", client_id=None)
    fresh = await told(store, conversation.id)
    assert fresh == {
        "state": "bot", "epoch": 0, "language": "es", "person": None, "ticket": None,
        "away_until": None,
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


async def test_outside_of_its_hours_the_desk_says_when_a_person_will_be_there(store, monkeypatch):
    async with store.write() as session:
        conversation, _ = await opening.open_conversation(session, language="en")
        message = await service.receive(session, conversation, "help", client_id=None)
        ticket = await open_at_once(session, message, category="support", priority="normal")
    rule = {"metric": "first_response", "target_s": 1800, "calendar": "desk"}
    always = [
        {"metric": one, "target_s": 1800} for one in ("next_response", "processed", "resolution")
    ]
    version = Version.model_validate({
        "name": ticket.policy,
        "effective": "2026-01-01T00:00:00Z",
        "warn_at": [0.75],
        "escalate_at": 1.25,
        "calendars": {"desk": {"zone": "America/New_York", "week": {0: [["09:00", "17:00"]]}}},
        "rules": [rule, *always],
    })  # fmt: skip
    monkeypatch.setattr("desk.conversations.status.in_use", lambda: Policies([version]))
    sunday = datetime(2026, 11, 22, 15, tzinfo=UTC)
    monday = datetime(2026, 11, 23, 14, tzinfo=UTC)
    assert closed_until(ticket, sunday) == monday
    assert closed_until(ticket, monday) is None
