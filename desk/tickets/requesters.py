"""What else the same requester has brought to the desk."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.tickets.models import Ticket


async def others_of(session: AsyncSession, ticket: Ticket, *, limit: int) -> Sequence[Ticket]:
    """Other tickets of the same conversation, e-mail address or telephone; the newest first."""
    rows = await session.scalars(
        select(Ticket)
        .where(Ticket.id != ticket.id, or_(*_same(ticket)))
        .order_by(Ticket.id.desc())
        .limit(limit)
    )
    return rows.all()


def _same(ticket: Ticket) -> list[ColumnElement[bool]]:
    same: list[ColumnElement[bool]] = [Ticket.conversation_id == ticket.conversation_id]
    for name in ("email", "phone"):
        told = ticket.requester.get(name)
        if told:
            same.append(func.lower(Ticket.requester[name].as_string()) == told.lower())
    return same
