"""Holding what is cached of tickets against their logs, and rebuilding it where they differ."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.sla.models import EpisodeRow
from desk.store import Store
from desk.tickets.ledger import cached, cached_episodes, keep, keep_episodes
from desk.tickets.log import fold
from desk.tickets.models import Ticket, TicketEvent
from desk.tickets.numbers import number

BATCH = 500
"""Tickets that are held against their logs in one transaction."""
# When to tell of an episode next moves on as it is told; that is no part of what the log says.
_UNCOMPARED = {"announce_at"}


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Something cached that is not what the log says."""

    ticket: str
    what: str
    """A column of the ticket's row, or `metric/number.column` of an episode."""
    cached: Any
    rebuilt: Any


async def repair(store: Store, *, now: datetime, write: bool) -> AsyncIterator[list[Difference]]:
    """Go through every ticket; the differences of each batch.

    Args:
        write: put what the log says in the place of what was cached.
    """
    async with store.read() as session:
        last = await session.scalar(select(func.max(Ticket.id))) or 0
    for first in range(1, last + 1, BATCH):
        async with store.write() if write else store.read() as session:
            yield await _batch(session, first, first + BATCH, now=now, write=write)


async def without_episodes(session: AsyncSession) -> bool:
    """Whether some ticket has no cached clock, as when it was opened before there were any."""
    bare = select(Ticket.id).where(
        ~select(EpisodeRow.ticket_id).where(EpisodeRow.ticket_id == Ticket.id).exists()
    )
    return await session.scalar(bare.limit(1)) is not None


async def _batch(
    session: AsyncSession, first: int, end: int, *, now: datetime, write: bool
) -> list[Difference]:
    tickets = await session.scalars(
        select(Ticket)
        .where(Ticket.id >= first, Ticket.id < end)
        .order_by(Ticket.id)
        .with_for_update()
    )
    lines = await session.scalars(
        select(TicketEvent)
        .where(TicketEvent.ticket_id >= first, TicketEvent.ticket_id < end)
        .order_by(TicketEvent.ticket_id, TicketEvent.seq)
    )
    rows = await session.scalars(
        select(EpisodeRow).where(EpisodeRow.ticket_id >= first, EpisodeRow.ticket_id < end)
    )
    logs = {key: list(group) for key, group in groupby(lines, lambda line: line.ticket_id)}
    kept: dict[int, list[EpisodeRow]] = {}
    for row in rows:
        kept.setdefault(row.ticket_id, []).append(row)
    found: list[Difference] = []
    for ticket in tickets.all():
        log = logs[ticket.id]
        snapshot = fold(log)
        # The clock may have been ahead when a line was written; it has happened all the same.
        at = max(now, *(line.at for line in log))
        episodes = cached_episodes(snapshot, log, now=at)
        differences = [
            *_compare(ticket.id, "", ticket, cached(snapshot, episodes)),
            *_compare_episodes(ticket.id, kept.get(ticket.id, []), episodes),
        ]
        if differences and write:
            keep(ticket, snapshot, episodes)
            await session.flush()
            await keep_episodes(session, ticket.id, episodes)
        found += differences
    return found


def _compare_episodes(
    ticket_id: int, rows: list[EpisodeRow], rebuilt: list[dict[str, Any]]
) -> list[Difference]:
    known = {(row.metric, row.number): row for row in rows}
    found = []
    for values in rebuilt:
        metric, count = values["metric"], values["number"]
        row = known.pop((metric, count), None)
        if row is None:
            found.append(_difference(ticket_id, f"{metric}/{count}", None, values["outcome"]))
        else:
            found += _compare(ticket_id, f"{metric}/{count}.", row, values)
    found += [
        _difference(ticket_id, f"{metric}/{count}", row.outcome, None)
        for (metric, count), row in known.items()
    ]
    return found


def _compare(ticket_id: int, where: str, row: object, rebuilt: dict[str, Any]) -> list[Difference]:
    return [
        _difference(ticket_id, f"{where}{name}", getattr(row, name), value)
        for name, value in rebuilt.items()
        if name not in _UNCOMPARED and getattr(row, name) != value
    ]


def _difference(ticket_id: int, what: str, cached_value: Any, rebuilt: Any) -> Difference:
    return Difference(ticket=number(ticket_id), what=what, cached=cached_value, rebuilt=rebuilt)
