"""What else the same requester has brought to the desk."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.opening import open_conversation
from desk.store import Store
from desk.tickets.models import Ticket
from desk.tickets.requesters import others_of
from desk.tickets.service import open_ticket
from tests.openings import opening


async def ticket(
    session: AsyncSession, key: str, requester: dict[str, Any], conversation: str | None = None
) -> Ticket:
    if conversation is None:
        made, _ = await open_conversation(session, language="en")
        await session.flush()
        conversation = made.id
    given = opening(conversation, key, requester=requester)
    return await open_ticket(session, given, now=datetime.now(UTC))


async def test_they_are_known_by_address_telephone_and_conversation(store: Store) -> None:
    async with store.write() as session:
        one = await ticket(session, "1", {"email": "Luz@firm.example", "phone": "555-0100"})
        by_address = await ticket(session, "2", {"email": "luz@FIRM.example"})
        by_phone = await ticket(session, "3", {"phone": "555-0100", "email": "x@firm.example"})
        same = await ticket(session, "4", {}, one.conversation_id)
        await ticket(session, "5", {"email": "luz@firm.example.org"})
        await ticket(session, "6", {})
        found = await others_of(session, one, limit=10)
    assert [other.id for other in found] == [same.id, by_phone.id, by_address.id]


async def test_strangers_are_not_taken_for_one_person(store: Store) -> None:
    async with store.write() as session:
        one = await ticket(session, "1", {"email": "", "phone": ""})
        await ticket(session, "2", {"email": "", "phone": ""})
        assert await others_of(session, one, limit=10) == []


async def test_the_newest_are_listed(store: Store) -> None:
    async with store.write() as session:
        rows = [await ticket(session, str(n), {"email": "luz@firm.example"}) for n in range(4)]
        found = await others_of(session, rows[0], limit=2)
    assert [other.id for other in found] == [rows[3].id, rows[2].id]
