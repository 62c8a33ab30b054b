"""Putting something into the outbox, and looking at what is there."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.outbox.models import OutboxItem, State, Subscription
from desk.outbox.subscriptions import listening
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
    """Have something told to everybody, in the transaction of its cause; whether it is new.

    The same subject and edition is told once, whoever puts it in how often.
    """
    new = await _keep(
        session, topic, subject, payload, now=now, edition=edition, ticket_id=ticket_id
    )
    if new:
        await put_for_subscribers(
            session, topic, subject, payload, now=now, edition=edition, ticket_id=ticket_id
        )
    return new


async def put_for_subscribers(
    session: AsyncSession,
    topic: str,
    subject: str,
    payload: dict[str, Any],
    *,
    now: datetime,
    edition: str = "",
    ticket_id: int | None = None,
) -> None:
    """Have something told to the webhooks that want it; where there is none, nothing is kept."""
    for subscription in await listening(session, topic):
        await put_for(
            session, subscription, topic, subject, payload,
            now=now, edition=edition, ticket_id=ticket_id,
        )  # fmt: skip


async def put_for(
    session: AsyncSession,
    subscription: Subscription,
    topic: str,
    subject: str,
    payload: dict[str, Any],
    *,
    now: datetime,
    edition: str = "",
    ticket_id: int | None = None,
) -> None:
    """Have something told to one webhook."""
    await _keep(
        session,
        topic,
        f"webhook/{subscription.id}/{subject}",
        payload,
        now=now,
        edition=edition,
        ticket_id=ticket_id,
        subscription_id=subscription.id,
    )


async def _keep(
    session: AsyncSession,
    topic: str,
    subject: str,
    payload: dict[str, Any],
    *,
    now: datetime,
    edition: str = "",
    ticket_id: int | None = None,
    subscription_id: int | None = None,
) -> bool:
    made = await insert_once(
        session,
        OutboxItem,
        topic=topic,
        subject=subject,
        edition=edition,
        ticket_id=ticket_id,
        subscription_id=subscription_id,
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
