"""The analysts' queues: tickets with what their conversations wait for, in views and filters."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Conversation
from desk.tickets.models import Ticket
from desk.tickets.states import DONE, OPEN

View = Literal["waiting", "mine", "urgent", "late", "hold", "open", "done"]
VIEWS: tuple[View, ...] = get_args(View)
Sort = Literal["due", "newest", "oldest", "priority"]
SORTS: tuple[Sort, ...] = get_args(Sort)
FILTERS = ("language", "channel", "category", "priority", "group")
"""What a view can be narrowed by: columns of a ticket."""

SOON = timedelta(hours=1)
"""What falls due within this span is soon."""
_PRIORITIES = ("urgent", "high", "normal", "low")


@dataclass(frozen=True, kw_only=True)
class Queue:
    """What somebody looks at."""

    view: View
    user_id: int
    """Whose tickets `mine` are."""
    narrowed: tuple[tuple[str, str], ...] = ()
    """Pairs of a filter and its value."""
    sort: Sort = "due"
    tests: bool = False
    """With the tickets of evaluations."""


def _shown_in(view: View, user_id: int, now: datetime) -> ColumnElement[bool]:
    """Which of the open tickets a view shows."""
    match view:
        case "waiting":
            return Conversation.state == "waiting"
        case "mine":
            return Ticket.assignee_id == user_id
        case "urgent":
            return Ticket.priority == "urgent"
        case "late":
            return Ticket.next_due <= now + SOON
        case "hold":
            return Ticket.state == "on_hold"
        case _:
            return Ticket.id.is_not(None)


def _chosen[*Columns](query: Select[*Columns], asked: Queue, now: datetime) -> Select[*Columns]:
    query = query.join(Conversation, Conversation.id == Ticket.conversation_id)
    if asked.view == "done":
        query = query.where(Ticket.state.in_(DONE))
    else:
        query = query.where(Ticket.state.in_(OPEN), _shown_in(asked.view, asked.user_id, now))
    for name, value in asked.narrowed:
        query = query.where(getattr(Ticket, name) == value)
    return query if asked.tests else query.where(Ticket.is_test.is_(False))


async def listed(
    session: AsyncSession, asked: Queue, *, now: datetime, limit: int | None, offset: int = 0
) -> list[tuple[Ticket, Conversation]]:
    """A page of a queue.

    By default the first to fall due comes first, and last those whose clocks all stand still; of
    what is done, the newest first.
    """
    priority = case({name: rank for rank, name in enumerate(_PRIORITIES)}, value=Ticket.priority)
    due = Ticket.id.desc() if asked.view == "done" else Ticket.next_due.nulls_last()
    order: dict[Sort, tuple[Any, ...]] = {
        "due": (due, Ticket.id),
        "newest": (Ticket.id.desc(),),
        "oldest": (Ticket.id,),
        "priority": (priority, due, Ticket.id),
    }
    query = _chosen(select(Ticket, Conversation), asked, now)
    rows = await session.execute(query.order_by(*order[asked.sort]).limit(limit).offset(offset))
    return [(ticket, conversation) for ticket, conversation in rows]


async def size(session: AsyncSession, asked: Queue, *, now: datetime) -> int:
    """How many tickets a queue has."""
    return await session.scalar(_chosen(select(func.count(Ticket.id)), asked, now)) or 0


async def counts(session: AsyncSession, *, user_id: int, now: datetime) -> dict[View, int]:
    """How many tickets each view has that shows open ones; evaluations are left out."""
    views: tuple[View, ...] = tuple(view for view in VIEWS if view != "done")
    row = (
        await session.execute(
            select(*(func.count(case((_shown_in(view, user_id, now), 1))) for view in views))
            .join(Conversation, Conversation.id == Ticket.conversation_id)
            .where(Ticket.state.in_(OPEN), Ticket.is_test.is_(False))
        )
    ).one()
    return dict(zip(views, row, strict=True))


async def next_for(session: AsyncSession, *, user_id: int, after: int | None) -> Ticket | None:
    """The most pressing ticket that this analyst could turn to, or the one behind `after`.

    That is one of their own or nobody's, which is not on hold. Those whose requester waits for a
    person come first, then whichever falls due first.
    """
    free = Ticket.assignee_id.is_(None) | (Ticket.assignee_id == user_id)
    query = (
        select(Ticket)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .where(Ticket.state.in_(OPEN), Ticket.state != "on_hold", Ticket.is_test.is_(False), free)
        .order_by(
            case((Conversation.state == "waiting", 0), else_=1),
            Ticket.next_due.nulls_last(),
            Ticket.id,
        )
    )
    found = list(await session.scalars(query))
    if not found:
        return None
    ids = [ticket.id for ticket in found]
    behind = ids.index(after) + 1 if after in ids else 0
    return found[behind % len(found)]


async def version(session: AsyncSession) -> str:
    """A text that differs once anything has changed that the queues show.

    It reads the open tickets only: what is written to one raises its version, what ends or begins
    changes their number.
    """
    row = (
        await session.execute(
            select(
                func.count(Ticket.id),
                func.sum(Ticket.version),
                func.max(Ticket.id),
                func.sum(Conversation.epoch),
                func.count(case((Conversation.state == "waiting", 1))),
                func.max(Conversation.changed_at),
            )
            .join(Conversation, Conversation.id == Ticket.conversation_id)
            .where(Ticket.state.in_(OPEN))
        )
    ).one()
    return "-".join("" if value is None else str(value) for value in row).replace(" ", "T")
