"""Writing to a ticket's log: the one place where lines are added.

A write carries an idempotency key, which becomes the id of its line, and may say which version of
the ticket its author has seen. The row that caches the log, the episodes of its clocks and whatever
must leave the desk are written in the same transaction.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.outbox.service import put, put_for_subscribers
from desk.sla import cache
from desk.sla.models import EpisodeRow
from desk.sla.policies import in_use
from desk.tickets.announce import announce_before_change
from desk.tickets.clocks import clocks
from desk.tickets.log import Line, Snapshot, following
from desk.tickets.milestones import announcements
from desk.tickets.models import Ticket, TicketEvent

MAX_KEY = 60
"""Characters of an idempotency key; a write of several lines adds a suffix to it."""
# It becomes the id of a line, which is never changed: no place for words or addresses of people.
_KEY = re.compile(r"[A-Za-z0-9._:/-]+")
LATE = ("told_later", "system_down", "mistake")
"""Why something is written down only after what happened behind it."""
TOLD = {"assigned": "ticket.assigned", "escalated": "ticket.escalated"}
"""Topics of the outbox by the kinds of lines that are told of."""
# Of the table rather than of the class: the ORM's bookkeeping costs more than the insert.
_INSERT_LINE = insert(cast("Table", TicketEvent.__table__))
_INSERT_EPISODE = insert(cast("Table", EpisodeRow.__table__))
_ROW = tuple(named.name for named in fields(Snapshot))


class Conflict(Exception):
    """Somebody else has changed the ticket since its author looked; nothing was written."""

    def __init__(self, ticket: Ticket, expected: int) -> None:
        super().__init__(
            f"{ticket.number} has changed meanwhile: it is {ticket.state} now "
            f"(version {ticket.version}, not {expected})"
        )
        self.version = ticket.version
        self.state = ticket.state


class KeyReused(ValueError):
    """The idempotency key belongs to another write; nothing was written."""


class Untimely(ValueError):
    """A claimed time that can't be: ahead, before the opening, or out of order without a reason."""


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts: customer, bot, analyst or system, and which user when it is an analyst."""

    kind: str
    user_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Act:
    """One line to be."""

    kind: str
    reason: str | None = None
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Write:
    """What every write says besides what it does."""

    key: str
    """Idempotency key, at most `MAX_KEY` characters: the same one writes once."""
    actor: Actor
    now: datetime
    expected: int | None = None
    """The version that the author has seen; None for what holds whatever happened meanwhile."""
    at: datetime | None = None
    """When it happened, if not now; before the log's last line it is a correction."""
    late: str | None = None
    """Why a correction comes late: one of `LATE`."""


async def record(
    session: AsyncSession, ticket_id: int, write: Write, acts: Sequence[Act]
) -> Ticket:
    """Add lines to a ticket's log, all or none; the ticket as it is then.

    The key of a write that has been made before changes nothing.

    Raises:
        LookupError: no such ticket.
        Conflict: the ticket has moved on from `write.expected`.
        IllegalMove: what can't happen in the ticket's state.
        KeyReused: the key is that of another write.
        Untimely: `write.at` can't be.
    """
    if len(write.key) > MAX_KEY or not _KEY.fullmatch(write.key):
        raise ValueError(f"an idempotency key is 1 to {MAX_KEY} letters, digits and . _ : / -")
    ticket: Ticket | None = await session.get(
        Ticket, ticket_id, with_for_update=True, populate_existing=True
    )
    if ticket is None:
        raise LookupError(f"there is no ticket {ticket_id}")
    known = await session.get(TicketEvent, write.key)
    if known is not None:
        same = (known.ticket_id, known.kind, known.user_id, known.reason)
        if same != (ticket_id, acts[0].kind, write.actor.user_id, acts[0].reason):
            raise KeyReused(f"the idempotency key {write.key!r} has been used for something else")
        return ticket
    if write.expected is not None and write.expected != ticket.version:
        raise Conflict(ticket, write.expected)
    log = await lines_of(session, ticket_id)
    last = max(line.at for line in log)
    at = _claimed(write, opened_at=log[0].at, last=last)
    # The clock of another process may be ahead of ours; what it wrote has happened all the same.
    now = max(write.now, last)
    await announce_before_change(session, ticket, log, at=max(at, last), now=now)
    snapshot = snapshot_of(ticket)
    was = snapshot.state
    before = cached_episodes(snapshot, log, now=now)
    for number, act in enumerate(acts):
        line = TicketEvent(
            id=write.key if number == 0 else f"{write.key}/{number}",
            ticket_id=ticket_id,
            seq=snapshot.version + 1,
            at=at,
            recorded_at=write.now,
            kind=act.kind,
            actor=write.actor.kind,
            user_id=write.actor.user_id,
            reason=act.reason,
            payload=act.payload | ({"late": write.late} if write.late else {}),
        )
        snapshot = following(snapshot, line)
        session.add(line)
        log.append(line)
    rows = cached_episodes(snapshot, log, now=now)
    keep(ticket, snapshot, rows)
    await session.flush()
    if rows != before:
        await keep_episodes(session, ticket_id, rows)
    await _tell(session, ticket, log[-len(acts) :], was=was, now=now)
    return ticket


async def is_new(session: AsyncSession, write: Write) -> bool:
    """Whether this write has not been made yet."""
    return await session.get(TicketEvent, write.key) is None


async def lines_of(session: AsyncSession, ticket_id: int) -> list[TicketEvent]:
    """A ticket's whole log, in order."""
    rows = await session.scalars(
        select(TicketEvent).where(TicketEvent.ticket_id == ticket_id).order_by(TicketEvent.seq)
    )
    return list(rows)


def snapshot_of(ticket: Ticket) -> Snapshot:
    """What the ticket's row says its log says."""
    row = ((name, getattr(ticket, name)) for name in _ROW)
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in row}
    return Snapshot(**values)


def keep(ticket: Ticket, snapshot: Snapshot, episodes: Sequence[dict[str, Any]]) -> None:
    """Cache what the log says in the ticket's row."""
    for name, value in cached(snapshot, episodes).items():
        setattr(ticket, name, value)


def cached(snapshot: Snapshot, episodes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The columns of a ticket's row that its log determines."""
    values = {name: getattr(snapshot, name) for name in _ROW}
    lists = {name: list(value) for name, value in values.items() if isinstance(value, tuple)}
    return values | lists | {"next_due": first_due(episodes)}


def cached_episodes(
    snapshot: Snapshot, log: Sequence[Line], *, now: datetime
) -> list[dict[str, Any]]:
    """The values of the rows that cache a ticket's episodes, but for the ticket's id.

    Of tickets that evaluations open nothing is told.
    """
    strata = {name: getattr(snapshot, name) for name in cache.STRATA}
    told = not snapshot.is_test
    return [
        strata
        | cache.row(
            episode,
            number,
            (at for _, _, at in announcements(clock, episode)) if told and episode.open else (),
        )
        for clock in clocks(log, in_use(), now=now)
        for number, episode in enumerate(clock.episodes, start=1)
    ]


async def keep_episodes(
    session: AsyncSession, ticket_id: int, rows: Sequence[dict[str, Any]]
) -> None:
    """Put these rows in the place of those that were there."""
    await session.execute(delete(EpisodeRow).where(EpisodeRow.ticket_id == ticket_id))
    await insert_episodes(session, ticket_id, rows)


async def insert_episodes(
    session: AsyncSession, ticket_id: int, rows: Sequence[dict[str, Any]]
) -> None:
    """Add the rows of a new ticket."""
    await session.execute(_INSERT_EPISODE, [{"ticket_id": ticket_id, **row} for row in rows])


async def insert_line(session: AsyncSession, line: TicketEvent) -> None:
    """Add the first line of a new ticket."""
    values = {column.key: getattr(line, column.key) for column in TicketEvent.__table__.columns}
    await session.execute(_INSERT_LINE, values)


def first_due(rows: Sequence[dict[str, Any]]) -> datetime | None:
    """The first deadline among the episodes that run."""
    return min((row["due"] for row in rows if row["stop"] is None and row["due"]), default=None)


def _claimed(write: Write, *, opened_at: datetime, last: datetime) -> datetime:
    if write.late is not None and write.late not in LATE:
        raise Untimely(f"why it comes late is one of {', '.join(LATE)}")
    if write.at is None:
        # Clocks of two processes may differ a little; a log without a claim stays in order.
        return max(write.now, last)
    if write.at > write.now:
        raise Untimely("what has happened lies behind us, not ahead")
    if write.at < opened_at:
        raise Untimely("that is before the ticket was opened")
    if write.at < last and write.late is None:
        raise Untimely("a late entry before the log's last line says why it comes late")
    return write.at


async def _tell(
    session: AsyncSession, ticket: Ticket, lines: Sequence[TicketEvent], *, was: str, now: datetime
) -> None:
    if ticket.is_test:
        return
    for line in lines:
        topic = TOLD.get(line.kind)
        if topic is not None:
            await put(
                session,
                topic,
                subject=f"{topic}/{line.id}",
                ticket_id=ticket.id,
                payload={
                    "ticket": ticket.number,
                    "priority": ticket.priority,
                    "group": ticket.group,
                    "assignee_id": ticket.assignee_id,
                    "by": line.user_id,
                    "reason": line.reason,
                },
                now=now,
            )
        if line.kind == "received":
            waits = bool(line.payload.get("waits"))
            await tell_subscribers(
                session, ticket, "ticket.message_received", line.id, now=now, waits=waits
            )
    if ticket.state != was:
        await tell_subscribers(
            session, ticket, "ticket.state_changed", lines[-1].id, now=now, was=was
        )


async def tell_subscribers(
    session: AsyncSession, ticket: Ticket, topic: str, of: str, *, now: datetime, **codes: Any
) -> None:
    """Tell those webhooks of a ticket that want it, in codes.

    Args:
        of: what happened, such as the id of a line; the same is told once.
        codes: what else there is to tell.
    """
    if ticket.is_test:
        return
    payload = {
        "ticket": ticket.number,
        "version": ticket.version,
        "state": ticket.state,
        "language": ticket.language,
        "channel": ticket.channel,
        "category": ticket.category,
        "priority": ticket.priority,
        "group": ticket.group,
        "assignee_id": ticket.assignee_id,
    }
    await put_for_subscribers(
        session, topic, f"{topic}/{of}", payload | codes, now=now, ticket_id=ticket.id
    )
