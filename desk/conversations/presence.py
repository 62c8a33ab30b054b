"""Who looks at a ticket just now, and who writes a reply, as their pages say every few seconds.

It lies in the store because two analysts may be served by two processes. It is a courtesy and no
lock: whoever has closed a laptop is forgotten, and nothing waits for them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts.models import User
from desk.conversations.models import Presence
from desk.store import insert_once

BEAT_S = 10.0
"""A page says so often that it is still open."""
LASTS = timedelta(seconds=25)
"""Whoever has said nothing for this long is gone: two beats may be lost on the way."""


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """Somebody who has the ticket open."""

    user_id: int
    name: str
    composing: bool
    """They write a reply to the requester."""


async def beat(
    session: AsyncSession, ticket_id: int, user_id: int, *, composing: bool, now: datetime
) -> None:
    """Somebody is here; whoever has gone is forgotten."""
    await session.execute(delete(Presence).where(Presence.at < now - LASTS))
    known = await session.execute(
        update(Presence)
        .where(Presence.ticket_id == ticket_id, Presence.user_id == user_id)
        .values(at=now, composing=composing)
        .returning(Presence.user_id)
    )
    if known.first() is None:
        await insert_once(
            session, Presence, ticket_id=ticket_id, user_id=user_id, at=now, composing=composing
        )


async def leave(session: AsyncSession, ticket_id: int, user_id: int) -> None:
    """Somebody has closed the page."""
    await session.execute(
        delete(Presence).where(Presence.ticket_id == ticket_id, Presence.user_id == user_id)
    )


async def others(
    session: AsyncSession, ticket_id: int, user_id: int, *, now: datetime
) -> Sequence[Viewer]:
    """Everybody else who is here, those who write a reply first."""
    rows = await session.execute(
        select(User, Presence.composing)
        .join(Presence, Presence.user_id == User.id)
        .where(
            Presence.ticket_id == ticket_id,
            Presence.user_id != user_id,
            Presence.at >= now - LASTS,
        )
        .order_by(Presence.composing.desc(), User.id)
    )
    return [
        Viewer(user_id=user.id, name=user.name or user.email, composing=composing)
        for user, composing in rows
    ]
