"""Announcing: what a ticket's clocks have passed goes into the outbox, once.

Nothing is decided here. What is told follows from the ticket's log and from what was told before,
and both are read under the lock that every write to the log takes.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.outbox.service import latest_editions, put
from desk.sla.models import EpisodeRow
from desk.sla.policies import UnusablePolicies, in_use
from desk.store import Store
from desk.tickets.clocks import clocks
from desk.tickets.log import Line
from desk.tickets.milestones import WARNING, Milestone, milestones, next_at, to_tell
from desk.tickets.models import Ticket, TicketEvent

log = logging.getLogger(__name__)

BATCH = 100
"""Episodes that are gone through in one transaction."""
_PUT_OFF = timedelta(minutes=10)


async def announce_due(store: Store, now: datetime, limit: int = BATCH) -> int:
    """Put what has passed by `now` into the outbox, on up to `limit` episodes.

    Any number of workers may do so at once; they share the work.

    Returns:
        How many episodes were taken up; `limit` means that more may be waiting.
    """
    async with store.read() as session:
        waits = select(EpisodeRow.ticket_id).where(EpisodeRow.announce_at <= now).limit(1)
        if await session.scalar(waits) is None:
            return 0
    async with store.write() as session:
        claimed = await _claim(session, now, limit)
        await _announce(session, {ticket.id: ticket for ticket in claimed}, now)
        return len(claimed)


async def announce_before_change(
    session: AsyncSession, ticket: Ticket, lines: Sequence[Line], *, at: datetime, now: datetime
) -> None:
    """Tell of the breaches and escalations until `at`, from which on the log goes another way.

    A change that stops or pauses a clock would hide for good what no worker has told yet.

    Args:
        ticket: locked.
        lines: its whole log so far.
    """
    waits = select(EpisodeRow.ticket_id).where(
        EpisodeRow.ticket_id == ticket.id, EpisodeRow.announce_at <= at
    )
    if await session.scalar(waits.limit(1)) is None:
        return
    told = await latest_editions(session, [ticket.id])
    for run in milestones(ticket.id, clocks(lines, in_use(), now=at)).values():
        late = (found for found in to_tell(run, told, now=at) if found.topic != WARNING)
        await _tell(session, ticket, late, now=now)


async def _claim(session: AsyncSession, now: datetime, limit: int) -> list[Ticket]:
    """The ticket of each episode that waits, locked; without those that somebody else has."""
    # The ticket is locked and not the episode, as in every write to a log: in another order the
    # two could wait for each other. What is being written to meanwhile has its turn next time.
    rows = await session.scalars(
        select(Ticket)
        .join(EpisodeRow, EpisodeRow.ticket_id == Ticket.id)
        .where(EpisodeRow.announce_at <= now)
        .order_by(EpisodeRow.announce_at)
        .limit(limit)
        .with_for_update(of=Ticket, skip_locked=True)
    )
    return list(rows)


async def _announce(session: AsyncSession, tickets: dict[int, Ticket], now: datetime) -> None:
    events = await session.scalars(
        select(TicketEvent)
        .where(TicketEvent.ticket_id.in_(tickets))
        .order_by(TicketEvent.ticket_id, TicketEvent.seq)
    )
    rows = await session.scalars(
        select(EpisodeRow).where(EpisodeRow.ticket_id.in_(tickets)).order_by(EpisodeRow.ticket_id)
    )
    episodes = {key: list(found) for key, found in groupby(rows, lambda row: row.ticket_id)}
    told = await latest_editions(session, tickets)
    for key, lines in groupby(events, lambda event: event.ticket_id):
        await _announce_one(session, tickets[key], list(lines), episodes[key], told, now)


async def _announce_one(
    session: AsyncSession,
    ticket: Ticket,
    lines: Sequence[TicketEvent],
    rows: Sequence[EpisodeRow],
    told: dict[str, str],
    now: datetime,
) -> None:
    # A line from a process whose clock is ahead of ours counts already: otherwise an episode that
    # it resumed would look paused, and nothing would be told of it ever again.
    moment = max(now, *(line.at for line in lines))
    try:
        runs = milestones(ticket.id, clocks(lines, in_use(), now=moment))
    except UnusablePolicies:
        log.exception("%s can't be announced now", ticket.number)
        for row in rows:
            row.announce_at = row.announce_at and max(row.announce_at, now + _PUT_OFF)
        return
    for run in runs.values():
        await _tell(session, ticket, to_tell(run, told, now=now), now=now)
    for row in rows:
        row.announce_at = next_at(runs.get((row.metric, row.number), ()), told, now=now)


async def _tell(
    session: AsyncSession, ticket: Ticket, found: Iterable[Milestone], *, now: datetime
) -> None:
    for milestone in found:
        await put(
            session,
            milestone.topic,
            milestone.subject,
            {
                "ticket": ticket.number,
                "metric": milestone.metric,
                "share": milestone.share,
                "due": milestone.due.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "priority": ticket.priority,
                "group": ticket.group,
                "assignee_id": ticket.assignee_id,
            },
            now=now,
            edition=milestone.edition,
            ticket_id=ticket.id,
        )
