"""Putting something into the outbox, and looking at what is there."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.outbox.models import OutboxItem, State
from desk.store import insert_once

_IS: Mapping[State, ColumnElement[bool]] = {
    "waiting": OutboxItem.settled_at.is_(None),
    "delivered": OutboxItem.delivered.is_(True),
    "failed": OutboxItem.settled_at.is_not(None) & OutboxItem.delivered.is_(False),
}


async def put(
    session: AsyncSession,
    topic: str,
    subject: str,
    payload: dict[str, Any],
    *,
    now: datetime,
    edition: str = "",
    ticket_id: int | None = None,
) -> bool:
    """Have something told, in the transaction of its cause; whether it is new.

    The same subject and edition is told once, whoever puts it in how often.
    """
    made = await insert_once(
        session,
        OutboxItem,
        topic=topic,
        subject=subject,
        edition=edition,
        ticket_id=ticket_id,
        payload=payload,
        created_at=now,
        not_before=now,
        attempts=0,
        delivered=False,
    )
    return made is not None


async def latest_editions(session: AsyncSession, tickets: Iterable[int]) -> dict[str, str]:
    """By subject, the highest edition of all that was put in about these tickets."""
    rows = await session.execute(
        select(OutboxItem.subject, func.max(OutboxItem.edition))
        .where(OutboxItem.ticket_id.in_(tickets))
        .group_by(OutboxItem.subject)
    )
    return {row[0]: row[1] for row in rows}


async def items(
    session: AsyncSession, *, topic: str | None = None, state: State | None = None, limit: int
) -> list[OutboxItem]:
    """Up to `limit` items, the newest first."""
    query = select(OutboxItem).order_by(OutboxItem.id.desc()).limit(limit)
    if topic is not None:
        query = query.where(OutboxItem.topic == topic)
    if state is not None:
        query = query.where(_IS[state])
    return list(await session.scalars(query))


async def try_again(session: AsyncSession, item_id: int, *, now: datetime) -> None:
    """Have an item tried at once that waits or was given up.

    One that is older than `delivery.GIVEN_UP_AFTER` is given up again when that fails.

    Raises:
        LookupError: there is no such item.
        ValueError: it has been delivered.
    """
    item = await session.get(OutboxItem, item_id, with_for_update=True)
    if item is None:
        raise LookupError(f"there is no item {item_id}")
    if item.state == "delivered":
        raise ValueError(f"item {item_id} has been delivered")
    item.settled_at, item.not_before = None, now
