"""Opening, finding and reading tickets."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from desk.sla import clock
from desk.tickets.models import Ticket, TicketEvent

PROCESSED = clock.Policy(metric="processed", target_s=4 * 3600)
"""The desk's contract: a ticket is processed within four hours, at any hour of any day."""

DONE = ("resolved", "transferred", "closed", "cancelled")
"""States of a ticket that nobody works on any more."""


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What a new ticket starts with."""

    idempotency_key: str
    conversation_id: str
    language: str
    channel: str
    category: str
    priority: str
    article: str | None
    requester: dict[str, str]
    summary: str
    trail: list[dict[str, Any]]
    is_test: bool
    actor: str
    parent: Ticket | None = None
    """The ticket that this one is a part of."""
    details: dict[str, str] = field(default_factory=dict)
    """Further answers of the requester, by field name."""


async def open_ticket(session: AsyncSession, opening: Opening, *, now: datetime) -> Ticket:
    """Open a ticket, or return the one that this key has opened before."""
    known = await session.scalar(
        select(Ticket).where(Ticket.idempotency_key == opening.idempotency_key)
    )
    if known is not None:
        return known
    parent = opening.parent
    ticket = Ticket(
        idempotency_key=opening.idempotency_key,
        conversation_id=opening.conversation_id,
        state="new",
        language=opening.language,
        channel=opening.channel,
        category=opening.category,
        priority=opening.priority,
        article=opening.article,
        requester=opening.requester,
        details=opening.details,
        summary=opening.summary,
        trail=opening.trail,
        is_test=opening.is_test,
        opened_at=now,
        parent_id=parent.id if parent else None,
    )
    session.add(ticket)
    await session.flush()
    ticket.number = f"ASD-{ticket.id:06d}"
    event = TicketEvent(
        id=uuid4().hex,
        ticket_id=ticket.id,
        seq=1,
        at=now,
        recorded_at=now,
        kind="opened",
        actor=opening.actor,
        payload={"category": opening.category, "priority": opening.priority}
        | ({"parent": parent.number} if parent else {}),
    )
    session.add(event)
    ticket.processed_due = processed_clock([event], now=now).due
    await session.flush()
    return ticket


async def find_ticket(session: AsyncSession, number: str) -> Ticket | None:
    """The ticket of this number with its events, parent and children, or None."""
    found: Ticket | None = await session.scalar(
        select(Ticket)
        .where(Ticket.number == number.strip().upper())
        .options(
            selectinload(Ticket.events),
            selectinload(Ticket.parent),
            selectinload(Ticket.children),
        )
    )
    return found


async def ticket_of_conversation(session: AsyncSession, conversation_id: str) -> Ticket | None:
    """The newest ticket of a conversation that is still being worked on."""
    found: Ticket | None = await session.scalar(
        select(Ticket)
        .where(
            Ticket.conversation_id == conversation_id,
            Ticket.state.not_in(DONE),
        )
        .order_by(Ticket.id.desc())
        .limit(1)
    )
    return found


async def list_tickets(
    session: AsyncSession,
    *,
    state: str | None = None,
    tests: bool = False,
    opened_from: datetime | None = None,
    opened_to: datetime | None = None,
) -> list[Ticket]:
    """Tickets with their events, newest first; those of evaluations only when asked for."""
    query = select(Ticket).options(selectinload(Ticket.events)).order_by(Ticket.id.desc())
    if not tests:
        query = query.where(Ticket.is_test.is_(False))
    if state is not None:
        query = query.where(Ticket.state == state)
    if opened_from is not None:
        query = query.where(Ticket.opened_at >= opened_from)
    if opened_to is not None:
        query = query.where(Ticket.opened_at < opened_to)
    return list(await session.scalars(query))


def processed_clock(events: Sequence[TicketEvent], *, now: datetime) -> clock.Episode:
    """The contract's clock of one ticket, as its log stands at `now`."""
    return clock.evaluate(
        [
            clock.Event(id=event.id, at=event.at, kind=event.kind, actor=event.actor, seq=event.seq)
            for event in events
        ],
        PROCESSED,
        now=now,
    )[0]
