"""Users of the console: making them, checking passwords, sign-ins that expire."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts.models import SignIn, User

SIGN_IN_LASTS = timedelta(hours=12)
MIN_PASSWORD = 12
"""Characters; NIST SP 800-63B asks for length rather than for kinds of characters."""

_hasher = PasswordHasher()
# Verified when the address is unknown, so that the answer takes as long as for a known one.
_nobody = _hasher.hash(secrets.token_urlsafe(16))


class WeakPassword(ValueError):
    """A password that is too short."""


async def add_user(
    session: AsyncSession,
    *,
    email: str,
    role: str,
    language: str,
    password: str,
    must_change: bool = False,
) -> User:
    """Make a user.

    Raises:
        WeakPassword: fewer than `MIN_PASSWORD` characters.
        ValueError: the address has a user already.
    """
    _check_strength(password)
    email = email.strip().lower()
    if await session.scalar(select(User.id).where(User.email == email)) is not None:
        raise ValueError(f"{email} has an account already")
    user = User(
        email=email,
        role=role,
        language=language,
        password_hash=_hasher.hash(password),
        must_change_password=must_change,
        created_at=datetime.now(UTC),
    )
    session.add(user)
    await session.flush()
    return user


async def user_of(session: AsyncSession, email: str) -> User:
    """The user with an address.

    Raises:
        LookupError: nobody has it.
    """
    user: User | None = await session.scalar(
        select(User).where(User.email == email.strip().lower())
    )
    if user is None:
        raise LookupError(f"{email} is not a user of the console")
    return user


async def first_administrator(session: AsyncSession, *, email: str) -> str | None:
    """Make the first administrator and return the one-time password; None when users exist."""
    if await session.scalar(select(func.count()).select_from(User)):
        return None
    password = secrets.token_urlsafe(12)
    await add_user(
        session, email=email, role="admin", language="en", password=password, must_change=True
    )
    return password


async def sign_in(session: AsyncSession, *, email: str, password: str) -> str | None:
    """The cookie of a new sign-in, or None when address and password do not belong together."""
    user = await session.scalar(select(User).where(User.email == email.strip().lower()))
    try:
        _hasher.verify(user.password_hash if user else _nobody, password)
    except (VerificationError, InvalidHashError):
        return None
    if user is None:
        return None
    now = datetime.now(UTC)
    await session.execute(delete(SignIn).where(SignIn.expires_at < now))
    token = secrets.token_urlsafe(32)
    session.add(SignIn(token_hash=_hash(token), user_id=user.id, expires_at=now + SIGN_IN_LASTS))
    return token


async def signed_in(session: AsyncSession, token: str | None) -> User | None:
    """Whose cookie this is, or None when it is nobody's or has expired."""
    if not token:
        return None
    found = await session.get(SignIn, _hash(token))
    if found is None or found.expires_at < datetime.now(UTC):
        return None
    return found.user


async def sign_out(session: AsyncSession, token: str) -> None:
    """Forget a sign-in."""
    await session.execute(delete(SignIn).where(SignIn.token_hash == _hash(token)))


async def emails(session: AsyncSession) -> dict[int | None, str]:
    """The address of every user, by id."""
    return {user.id: user.email for user in await session.scalars(select(User))}


async def change_password(session: AsyncSession, user_id: int, password: str) -> None:
    """Set a password of the user's own; every other browser of theirs is signed out.

    Raises:
        WeakPassword: fewer than `MIN_PASSWORD` characters, or the password of now.
    """
    _check_strength(password)
    user = await session.get_one(User, user_id)
    try:
        _hasher.verify(user.password_hash, password)
    except VerificationError:
        pass
    else:
        raise WeakPassword("the new password is the old one")
    user.password_hash = _hasher.hash(password)
    user.must_change_password = False
    await session.execute(delete(SignIn).where(SignIn.user_id == user_id))


def _check_strength(password: str) -> None:
    if len(password) < MIN_PASSWORD:
        raise WeakPassword(f"a password has at least {MIN_PASSWORD} characters")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
