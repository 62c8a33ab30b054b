"""Closing what was resolved or transferred and nobody came back to."""

from datetime import datetime

from desk.store import Store
from desk.tickets import work
from desk.tickets.ledger import Actor, Write
from desk.tickets.models import Ticket

BATCH = 100
"""Tickets that are closed in one transaction."""


async def close_old(store: Store, now: datetime, limit: int = BATCH) -> int:
    """Close up to `limit` tickets that have been done with for `work.CLOSES_AFTER`.

    Any number of workers may do so at once.

    Returns:
        How many were closed; `limit` means that more may be waiting.
    """
    async with store.write() as session:
        waiting = await work.to_be_closed(session, now=now, limit=limit)
        for ticket_id in waiting:
            ticket = await session.get_one(Ticket, ticket_id)
            write = Write(
                key=f"close/{ticket_id}/{ticket.version}",
                actor=Actor(kind="system"),
                now=now,
                expected=ticket.version,
            )
            await work.close(session, ticket_id, write)
        return len(waiting)
