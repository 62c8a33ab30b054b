"""Tokens with which programs work in a user's place, each for some of what the user may do."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts.models import ApiToken
from desk.accounts.roles import ACTIONS, may
from desk.accounts.service import user_of
from desk.audit.service import SYSTEM, Doer, account

MAX_NAME = 64
_USE_NOTED = timedelta(minutes=1)
"""How exactly the last use is known; noting each would turn every question into a write."""


class UnusableScope(ValueError):
    """A scope that there is not, or that the user's role does not allow."""

    def __init__(self, scope: str, role: str) -> None:
        why = f"the role {role} may not do that" if scope in ACTIONS else "there is no such scope"
        super().__init__(f"{scope}: {why}")
        self.scope = scope


async def issue_token(
    session: AsyncSession,
    *,
    email: str,
    name: str,
    scopes: Collection[str],
    days: int | None,
    by: Doer = SYSTEM,
    now: datetime,
) -> str:
    """Make a token; this is the only time that it can be read.

    Args:
        scopes: the actions that it is for, at least one.
        days: how long it is valid; None for ever.

    Raises:
        LookupError: no such user.
        UnusableScope: the user may not do this.
        ValueError: no scope, or the name is empty or longer than `MAX_NAME`.
    """
    if not 0 < len(name.strip()) <= MAX_NAME:
        raise ValueError(f"a token's name has 1 to {MAX_NAME} characters")
    if not scopes:
        raise ValueError("a token is for one scope at least")
    user = await user_of(session, email)
    for scope in scopes:
        if not any(scope == action and may(user.role, action) for action in ACTIONS):
            raise UnusableScope(scope, user.role)
    token = secrets.token_urlsafe(32)
    made = ApiToken(
        user_id=user.id,
        name=name.strip(),
        token_hash=_hash(token),
        scopes=[action for action in ACTIONS if action in scopes],
        created_at=now,
        expires_at=None if days is None else now + timedelta(days=days),
    )
    session.add(made)
    await session.flush()
    account(session, "token_issued", f"token/{made.id}", by=by, now=now, user=user.id)
    return token


async def valid_token(session: AsyncSession, token: str, *, now: datetime) -> ApiToken | None:
    """What a program shows, with its user, or None when it opens nothing."""
    found: ApiToken | None = await session.scalar(
        select(ApiToken).where(ApiToken.token_hash == _hash(token))
    )
    if found is None or not found.is_valid(now) or found.user.disabled_at is not None:
        return None
    return found


def use_is_noted(token: ApiToken, now: datetime) -> bool:
    """Whether the token's last use is known well enough."""
    return token.last_used_at is not None and now - token.last_used_at < _USE_NOTED


async def note_use(session: AsyncSession, token_id: int, *, now: datetime) -> None:
    """Write down that a token has been used."""
    await session.execute(
        update(ApiToken)
        .where(
            ApiToken.id == token_id,
            or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at < now),
        )
        .values(last_used_at=now)
    )


async def list_tokens(session: AsyncSession, *, user_id: int | None = None) -> list[ApiToken]:
    """Every token ever made, by anybody or by one user; oldest first."""
    query = select(ApiToken).order_by(ApiToken.id)
    if user_id is not None:
        query = query.where(ApiToken.user_id == user_id)
    return list(await session.scalars(query))


async def revoke_token(
    session: AsyncSession,
    token_id: int,
    *,
    now: datetime,
    user_id: int | None = None,
    by: Doer = SYSTEM,
) -> ApiToken:
    """Make a token open nothing more; one that was revoked before stays so.

    Args:
        user_id: whose token it must be; None for anybody's.

    Raises:
        LookupError: no such token.
    """
    found = await session.get(ApiToken, token_id)
    if found is None or user_id not in (None, found.user_id):
        raise LookupError(f"there is no token {token_id}")
    if found.revoked_at is None:
        found.revoked_at = now
        account(session, "token_revoked", f"token/{token_id}", by=by, now=now, user=found.user_id)
    return found


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()
