"""Opening, finding and reading tickets."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from desk.sla.models import EpisodeRow
from desk.sla.policies import in_use
from desk.store import insert_once
from desk.tickets import triage
from desk.tickets.ledger import (
    cached,
    cached_episodes,
    insert_episodes,
    insert_line,
    tell_subscribers,
)
from desk.tickets.log import opened
from desk.tickets.models import Ticket, TicketEvent
from desk.tickets.numbers import parse
from desk.tickets.states import DONE, OPEN

_OPEN_ONE = (
    select(Ticket)
    .where(Ticket.conversation_id == bindparam("conversation_id"), Ticket.state.not_in(DONE))
    .order_by(Ticket.id.desc())
    .limit(1)
)
"""Every turn asks for it; making the statement anew takes longer than running it."""


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What a new ticket starts with."""

    idempotency_key: str
    conversation_id: str
    language: str
    channel: str
    category: str
    impact: str = "company"
    urgency: str = "normal"
    topic: str | None = None
    article: str | None
    requester: dict[str, Any]
    summary: str
    trail: list[dict[str, Any]]
    is_test: bool
    actor: str
    user_id: int | None = None
    parent: Ticket | None = None
    """The ticket that the new one is a part of."""
    details: dict[str, str] = field(default_factory=dict)
    """Further answers of the requester, by field name."""


async def open_ticket(session: AsyncSession, opening: Opening, *, now: datetime) -> Ticket:
    """Open a ticket, or return the one that this key has opened before.

    Raises:
        triage.UnknownSort: no such category, topic, impact or urgency.
    """
    line = _first_line(opening, now)
    snapshot = opened(line)
    episodes = cached_episodes(snapshot, [line], now=now)
    ticket = await insert_once(
        session,
        Ticket,
        idempotency_key=opening.idempotency_key,
        conversation_id=opening.conversation_id,
        article=opening.article,
        requester=opening.requester,
        details=opening.details,
        summary=opening.summary,
        trail=opening.trail,
        **cached(snapshot, episodes),
    )
    if ticket is None:
        known = select(Ticket).where(Ticket.idempotency_key == opening.idempotency_key)
        return (await session.scalars(known)).one()
    line.ticket_id = ticket.id
    await insert_line(session, line)
    await insert_episodes(session, ticket.id, episodes)
    await tell_subscribers(session, ticket, "ticket.opened", line.id, now=now)
    return ticket


def _first_line(opening: Opening, now: datetime) -> TicketEvent:
    triage.check(opening.category, opening.topic)
    return TicketEvent(
        id=opening.idempotency_key,
        seq=1,
        at=now,
        recorded_at=now,
        kind="opened",
        actor=opening.actor,
        user_id=opening.user_id,
        payload={
            "policy": in_use().in_force(now).name,
            "language": opening.language,
            "channel": opening.channel,
            "is_test": opening.is_test,
            "category": opening.category,
            "topic": opening.topic,
            "impact": opening.impact,
            "urgency": opening.urgency,
            "priority": triage.priority(opening.impact, opening.urgency),
            "group": triage.group_of(opening.category),
            "parent_id": opening.parent.id if opening.parent else None,
        },
    )


async def find_ticket(session: AsyncSession, number: str) -> Ticket | None:
    """The ticket of a number as people type it, with log, notes, parent and children, or None."""
    ticket_id = parse(number)
    if ticket_id is None:
        return None
    found: Ticket | None = await session.get(
        Ticket,
        ticket_id,
        populate_existing=True,
        options=[
            selectinload(Ticket.events),
            selectinload(Ticket.notes),
            selectinload(Ticket.parent),
            selectinload(Ticket.children),
        ],
    )
    return found


async def ticket_of_conversation(session: AsyncSession, conversation_id: str) -> Ticket | None:
    """The newest ticket of a conversation that is still being worked on."""
    found: Ticket | None = await session.scalar(_OPEN_ONE, {"conversation_id": conversation_id})
    return found


async def latest_ticket(session: AsyncSession, conversation_id: str) -> Ticket | None:
    """The newest ticket of a conversation, done with or not."""
    found: Ticket | None = await session.scalar(
        select(Ticket)
        .where(Ticket.conversation_id == conversation_id)
        .order_by(Ticket.id.desc())
        .limit(1)
    )
    return found


async def list_tickets(
    session: AsyncSession,
    *,
    states: Sequence[str] = (),
    tests: bool = False,
    limit: int | None = None,
) -> list[Ticket]:
    """Tickets in any of these states, or in any at all; the newest first.

    Those of evaluations are there only when asked for.
    """
    query = select(Ticket).order_by(Ticket.id.desc()).limit(limit)
    if not tests:
        query = query.where(Ticket.is_test.is_(False))
    if states:
        query = query.where(Ticket.state.in_(states))
    return list(await session.scalars(query))


async def open_queue(session: AsyncSession, *, limit: int, tests: bool = False) -> list[Ticket]:
    """Open tickets, the first to fall due first; those whose clocks all stand still come last."""
    query = (
        select(Ticket)
        .where(Ticket.state.in_(OPEN))
        .order_by(Ticket.next_due.nulls_last(), Ticket.id)
        .limit(limit)
    )
    if not tests:
        query = query.where(Ticket.is_test.is_(False))
    return list(await session.scalars(query))


async def processed(session: AsyncSession, tickets: Sequence[Ticket]) -> dict[int, EpisodeRow]:
    """The contract's clock of each ticket, by its id."""
    rows = await session.scalars(
        select(EpisodeRow).where(
            EpisodeRow.metric == "processed",
            EpisodeRow.ticket_id.in_([ticket.id for ticket in tickets]),
        )
    )
    return {row.ticket_id: row for row in rows}


async def pressing(session: AsyncSession, tickets: Sequence[Ticket]) -> dict[int, EpisodeRow]:
    """The clock of each ticket that runs out first; the contract's where all of them stand."""
    rows = await session.scalars(
        select(EpisodeRow).where(
            EpisodeRow.ticket_id.in_([ticket.id for ticket in tickets]),
            EpisodeRow.stop.is_(None),
            EpisodeRow.due.is_not(None),
        )
    )
    found = await processed(session, tickets)
    for row in sorted(rows, key=lambda row: row.due or row.start, reverse=True):
        found[row.ticket_id] = row
    return found


async def count_tickets(session: AsyncSession) -> int:
    """How many tickets there are, those of evaluations included."""
    return await session.scalar(select(func.count()).select_from(Ticket)) or 0
