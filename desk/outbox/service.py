"""Putting something into the outbox."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.outbox.models import OutboxItem
from desk.store import insert_once


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


async def latest_edition(session: AsyncSession, subject: str) -> str | None:
    """The highest edition of a subject that was put in, or None."""
    newest: str | None = await session.scalar(
        select(func.max(OutboxItem.edition)).where(OutboxItem.subject == subject)
    )
    return newest
