"""Signed-in browsers: they end after a while, and at once when something about their user changes.

The cookie is random; the store keeps a hash of it, so that whoever reads the store gets in nowhere.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts.models import PendingSignIn, SignIn, User
from desk.audit.service import By, account

LASTS = timedelta(hours=12)
"""How long a sign-in lasts at most, however much it is used (NIST SP 800-63B: once in 12 hours)."""
SEEN_EVERY = timedelta(minutes=1)
"""Use is written down this often at most."""
PENDING_LASTS = timedelta(minutes=5)


async def begin(session: AsyncSession, user: User, *, browser: str, how: str, now: datetime) -> str:
    """Sign a browser in; its cookie.

    Args:
        how: what it was let in by: password, code, recovery_code or openid.
    """
    await session.execute(delete(SignIn).where(SignIn.expires_at < now))
    token = secrets.token_urlsafe(32)
    session.add(
        SignIn(
            token_hash=hash_of(token),
            user_id=user.id,
            started_at=now,
            seen_at=now,
            expires_at=now + LASTS,
            browser=browser[:64],
        )
    )
    account(session, "signed_in", f"user/{user.id}", by=By.user(user.id), now=now, how=how)
    return token


async def find(
    session: AsyncSession, token: str | None, *, idle: timedelta, now: datetime
) -> SignIn | None:
    """The sign-in with this cookie; None when it has ended, or its user is disabled."""
    if not token:
        return None
    found = await session.get(SignIn, hash_of(token))
    if found is None or found.user.disabled_at is not None or now >= found.ends_at(idle):
        return None
    return found


async def use(session: AsyncSession, found: SignIn, *, now: datetime) -> None:
    """Write down that it is being used; one that has been ended meanwhile stays so."""
    await session.execute(
        update(SignIn)
        .where(SignIn.token_hash == found.token_hash, SignIn.seen_at < now)
        .values(seen_at=now)
    )


async def of_user(
    session: AsyncSession, user_id: int, *, idle: timedelta, now: datetime
) -> list[SignIn]:
    """The browsers in which somebody is signed in, the newest first."""
    rows = select(SignIn).where(SignIn.user_id == user_id).order_by(SignIn.started_at.desc())
    return [found for found in await session.scalars(rows) if now < found.ends_at(idle)]


async def end(session: AsyncSession, user_id: int, token_hash: str, *, now: datetime) -> None:
    """Sign one of a user's browsers out; those of others are not touched."""
    gone = await session.scalar(
        delete(SignIn)
        .where(SignIn.user_id == user_id, SignIn.token_hash == token_hash)
        .returning(SignIn.user_id)
    )
    if gone is not None:
        account(session, "signed_out", f"user/{user_id}", by=By.user(user_id), now=now)


async def end_all(session: AsyncSession, user_id: int, *, but: str | None = None) -> None:
    """Sign a user out everywhere, and stop whatever was on its way in.

    Args:
        but: the hash of the cookie whose browser stays signed in.
    """
    theirs = delete(SignIn).where(SignIn.user_id == user_id)
    await session.execute(theirs if but is None else theirs.where(SignIn.token_hash != but))
    await session.execute(delete(PendingSignIn).where(PendingSignIn.user_id == user_id))


async def suspend(
    session: AsyncSession, *, user_id: int | None, now: datetime, detail: dict[str, Any]
) -> str:
    """Remember a sign-in until its next step; the cookie that goes on with it."""
    await session.execute(delete(PendingSignIn).where(PendingSignIn.expires_at < now))
    token = secrets.token_urlsafe(32)
    session.add(
        PendingSignIn(
            token_hash=hash_of(token),
            user_id=user_id,
            detail=detail,
            expires_at=now + PENDING_LASTS,
        )
    )
    return token


async def suspended(
    session: AsyncSession, token: str | None, *, now: datetime
) -> PendingSignIn | None:
    """What this cookie goes on with, or None when its time is over."""
    found = await session.get(PendingSignIn, hash_of(token)) if token else None
    return found if found is not None and now < found.expires_at else None


async def take_up(
    session: AsyncSession, token: str | None, *, now: datetime
) -> PendingSignIn | None:
    """Go on with it, which works once, however often it is tried at the same moment."""
    gone: PendingSignIn | None = await session.scalar(
        delete(PendingSignIn)
        .where(PendingSignIn.token_hash == hash_of(token or ""), PendingSignIn.expires_at > now)
        .returning(PendingSignIn)
    )
    return gone


def hash_of(token: str) -> str:
    """What is kept of a cookie."""
    return hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()


async def user_of(session: AsyncSession, found: PendingSignIn) -> User | None:
    """Whose sign-in it is, unless they have been disabled meanwhile."""
    user = await session.get(User, found.user_id) if found.user_id is not None else None
    return user if user is not None and user.disabled_at is None else None
