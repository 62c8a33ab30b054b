"""Tokens with which programs read the desk's figures in a user's place."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts.models import ApiToken, User
from desk.audit.service import SYSTEM, Doer, account

MAX_NAME = 64


async def issue_token(
    session: AsyncSession,
    *,
    email: str,
    name: str,
    days: int | None,
    by: Doer = SYSTEM,
    now: datetime,
) -> str:
    """Make a token; this is the only time that it can be read.

    Args:
        days: how long it is valid; None for ever.

    Raises:
        LookupError: no such user.
        ValueError: the name is empty or longer than `MAX_NAME`.
    """
    if not 0 < len(name.strip()) <= MAX_NAME:
        raise ValueError(f"a token's name has 1 to {MAX_NAME} characters")
    user = await session.scalar(select(User).where(User.email == email.strip().lower()))
    if user is None:
        raise LookupError(f"there is no user {email}")
    token = secrets.token_urlsafe(32)
    made = ApiToken(
        user_id=user.id,
        name=name.strip(),
        token_hash=_hash(token),
        created_at=now,
        expires_at=None if days is None else now + timedelta(days=days),
    )
    session.add(made)
    await session.flush()
    account(session, "token_issued", f"token/{made.id}", by=by, now=now, user=user.id)
    return token


async def user_of_token(session: AsyncSession, token: str, *, now: datetime) -> User | None:
    """In whose place a program asks, or None when the token is not valid."""
    found = await session.scalar(select(ApiToken).where(ApiToken.token_hash == _hash(token)))
    if found is None or not found.is_valid(now) or found.user.disabled_at is not None:
        return None
    return found.user


async def list_tokens(session: AsyncSession) -> list[ApiToken]:
    """Every token ever made, oldest first."""
    return list(await session.scalars(select(ApiToken).order_by(ApiToken.id)))


async def revoke_token(
    session: AsyncSession, token_id: int, *, by: Doer = SYSTEM, now: datetime
) -> ApiToken:
    """Make a token open nothing more; one that was revoked before stays so.

    Raises:
        LookupError: no such token.
    """
    found = await session.get(ApiToken, token_id)
    if found is None:
        raise LookupError(f"there is no token {token_id}")
    if found.revoked_at is None:
        found.revoked_at = now
        account(session, "token_revoked", f"token/{token_id}", by=by, now=now, user=found.user_id)
    return found


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()
