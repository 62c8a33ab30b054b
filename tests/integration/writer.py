"""A process that writes tickets until it is killed.

Its arguments are the store's URL, the first write and the end of the writes. Write number n has the
key `w<n>`. Every fifth opens a ticket, the four behind it are about that ticket. Once a write is
committed its number is printed: from then on it is acknowledged.
"""

import asyncio
import sys
from datetime import UTC, datetime

from sqlalchemy import select

from desk.conversations.opening import conversation_of_sender
from desk.store import Store
from desk.tickets import work
from desk.tickets.ledger import Actor, Write
from desk.tickets.models import Ticket
from desk.tickets.service import open_ticket
from tests.openings import opening

A_TICKET = 5
AT_ONCE = 4
"""Tickets that are written about at the same time."""


async def write_all(url: str, first: int, end: int) -> None:
    store = Store(url)
    tickets = iter(range(first - first % A_TICKET, end, A_TICKET))

    async def take_tickets() -> None:
        for first_of in tickets:
            for number in range(max(first_of, first), min(first_of + A_TICKET, end)):
                await write_one(store, number)
                sys.stdout.write(f"{number}\n")
                sys.stdout.flush()

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(take_tickets())
    await store.close()


async def write_one(store: Store, number: int) -> None:
    step = number % A_TICKET
    async with store.write() as session:
        if step == 0:
            await _open(session, number)
            return
        ticket_id = await session.scalar(
            select(Ticket.id).where(Ticket.idempotency_key == f"w{number - step}")
        )
        assert ticket_id is not None, f"an acknowledged ticket is lost: w{number - step}"
        write = Write(key=f"w{number}", actor=Actor(kind="analyst"), now=datetime.now(UTC))
        match step:
            case 1:
                await work.take(session, ticket_id, write)
            case 2:
                await work.note(session, ticket_id, write, text=f"note {number}")
            case 3:
                await work.hold(session, ticket_id, write, reason="user")
            case 4:
                await work.resolve(session, ticket_id, write, code="done", notes="done")


async def _open(session, number: int) -> None:
    conversation = await conversation_of_sender(
        session, f"s{number % 7}", channel="chat", is_test=False
    )
    await open_ticket(session, opening(conversation.id, f"w{number}"), now=datetime.now(UTC))


if __name__ == "__main__":
    asyncio.run(write_all(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
