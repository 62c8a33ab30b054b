"""Closing what was resolved or transferred and nobody came back to."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.store import Store
from desk.tickets import work
from desk.tickets.ledger import Actor, Write
from desk.tickets.models import Ticket

CLOSES_AFTER = timedelta(days=7)
"""A resolved or transferred ticket that nobody comes back to is closed after this long."""
BATCH = 100
"""Tickets that are closed in one transaction."""


async def close_old(store: Store, now: datetime, limit: int = BATCH) -> int:
    """Close up to `limit` tickets that have been done with for `CLOSES_AFTER`.

    Any number of workers may do so at once.

    Returns:
        How many were closed; `limit` means that more may be waiting.
    """
    async with store.write() as session:
        waiting = await to_be_closed(session, now=now, limit=limit)
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


async def to_be_closed(
    session: AsyncSession, *, now: datetime, limit: int | None = None
) -> list[int]:
    """Tickets that have been resolved or transferred for `CLOSES_AFTER`, the oldest first.

    They are locked, and those that somebody else has locked are left out.
    """
    rows = await session.scalars(
        select(Ticket.id)
        .where(
            Ticket.state.in_(("resolved", "transferred")),
            Ticket.disposed_at < now - CLOSES_AFTER,
        )
        .order_by(Ticket.disposed_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(rows)
