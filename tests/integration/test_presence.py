"""Two desk processes agree on who is here, on every database."""

import asyncio
from datetime import UTC, datetime

from desk.accounts.models import User
from desk.conversations.opening import open_conversation
from desk.conversations.presence import beat, others
from desk.store import Store
from desk.tickets.requesters import others_of
from desk.tickets.service import open_ticket
from tests.openings import opening

NOW = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)


async def test_pages_of_two_processes_that_speak_at_once(migrated: Store) -> None:
    async with migrated.write() as session:
        conversation, _ = await open_conversation(session, language="en")
        people = [
            User(
                email=f"{name}@desk.example",
                role="analyst",
                language="en",
                password_hash="none",
                created_at=NOW,
            )
            for name in ("ana", "ben")
        ]
        session.add_all(people)
        await session.flush()
        given = opening(conversation.id, "1", requester={"email": "Luz@firm.example"})
        ticket = await open_ticket(session, given, now=NOW)

    elsewhere = Store(migrated.url)

    async def here(store: Store, user: User, *, composing: bool) -> None:
        async with store.write() as session:
            await beat(session, ticket.id, user.id, composing=composing, now=NOW)

    ana, ben = people
    await asyncio.gather(
        here(migrated, ana, composing=False),
        # Two tabs of one analyst open in the same moment.
        here(elsewhere, ben, composing=True),
        here(migrated, ben, composing=True),
    )
    async with elsewhere.read() as session:
        seen = await others(session, ticket.id, ana.id, now=NOW)
        assert [(one.name, one.composing) for one in seen] == [("ben@desk.example", True)]
    await elsewhere.close()


async def test_a_requester_is_known_by_their_address(migrated: Store) -> None:
    async with migrated.write() as session:
        tickets = []
        for key, email in (("1", "Luz@firm.example"), ("2", "luz@firm.example"), ("3", "x@y.z")):
            conversation, _ = await open_conversation(session, language="en")
            await session.flush()
            given = opening(conversation.id, key, requester={"email": email})
            tickets.append(await open_ticket(session, given, now=NOW))
        found = await others_of(session, tickets[0], limit=5)
    assert [one.id for one in found] == [tickets[1].id]
