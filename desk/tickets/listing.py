"""Tickets by what they are, a page at a time."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.tickets.models import Ticket

SORTS = ("state", "category", "group", "priority", "language", "channel")
"""What a ticket is: columns that `Wanted.sorts` may ask for."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which tickets are asked for; what is not said is not asked for."""

    sorts: Mapping[str, Collection[str]] = field(default_factory=dict)
    """By a name of `SORTS`, the values of which a ticket must have one."""
    assignees: Collection[int | None] = ()
    """Users of whom one is responsible; None stands for nobody."""
    opened_from: datetime | None = None
    opened_to: datetime | None = None
    """Before this moment."""
    tests: bool = False
    """Also those that evaluations opened."""


async def page_of_tickets(
    session: AsyncSession, wanted: Wanted, *, before: int | None = None, limit: int
) -> list[Ticket]:
    """Up to `limit` tickets, the newest first; those with an id below `before` only."""
    query = select(Ticket).order_by(Ticket.id.desc()).limit(limit)
    for name, values in wanted.sorts.items():
        query = query.where(getattr(Ticket, name).in_(values))
    if wanted.assignees:
        known = [user for user in wanted.assignees if user is not None]
        responsible: ColumnElement[bool] = Ticket.assignee_id.in_(known)
        if None in wanted.assignees:
            responsible |= Ticket.assignee_id.is_(None)
        query = query.where(responsible)
    if wanted.opened_from is not None:
        query = query.where(Ticket.opened_at >= wanted.opened_from)
    if wanted.opened_to is not None:
        query = query.where(Ticket.opened_at < wanted.opened_to)
    if not wanted.tests:
        query = query.where(Ticket.is_test.is_(False))
    if before is not None:
        query = query.where(Ticket.id < before)
    return list(await session.scalars(query))
