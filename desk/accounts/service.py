"""Users of the console: making them, what may be changed of them, and by whom it was."""

import asyncio
import re
from datetime import UTC, datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts import passwords, sign_ins
from desk.accounts.models import ApiToken, User
from desk.accounts.passwords import MIN_PASSWORD, WeakPassword
from desk.accounts.roles import ROLES
from desk.audit.service import SYSTEM, UNKNOWN, By, Doer, account
from textkit.normalise import printable

__all__ = ["MIN_PASSWORD", "WeakPassword"]

MAX_EMAIL, MAX_NAME = 255, 64
LANGUAGES = ("en", "es")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")


class LastAdministrator(ValueError):
    """Without this user nobody could administer the desk."""


class EmailTaken(ValueError):
    """The address has a user already."""


async def add_user(
    session: AsyncSession,
    *,
    email: str,
    role: str,
    language: str,
    password: str,
    name: str | None = None,
    must_change: bool = False,
    by: Doer = SYSTEM,
) -> User:
    """Make a user.

    Raises:
        WeakPassword: fewer than `MIN_PASSWORD` characters.
        EmailTaken: the address has a user already.
        ValueError: the address is none, or it or the name is too long.
    """
    password_hash = passwords.hashed(password)
    email = email.strip().lower()
    if len(email) > MAX_EMAIL or not (_EMAIL.fullmatch(email) and email.isprintable()):
        raise ValueError("that is not an e-mail address")
    if await find_user(session, email) is not None:
        raise EmailTaken(f"{email} has an account already")
    now = datetime.now(UTC)
    user = User(
        email=email,
        name=clean_name(name),
        role=role,
        language=language,
        password_hash=password_hash,
        must_change_password=must_change,
        created_at=now,
    )
    session.add(user)
    await session.flush()
    account(session, "user_added", f"user/{user.id}", by=by, now=now, role=role)
    return user


async def user_of(session: AsyncSession, email: str) -> User:
    """The user with an address.

    Raises:
        LookupError: nobody has it.
    """
    user = await find_user(session, email)
    if user is None:
        raise LookupError(f"{email} is not a user of the console")
    return user


async def find_user(session: AsyncSession, email: str) -> User | None:
    """The user with an address, in capitals or not; None when nobody has it."""
    email = email.strip().lower()
    # PostgreSQL refuses to look for what it can't hold.
    if not email.isprintable():
        return None
    user: User | None = await session.scalar(select(User).where(User.email == email))
    return user


async def first_administrator(session: AsyncSession, *, email: str) -> str | None:
    """Make the first administrator and return the one-time password; None when users exist."""
    if await session.scalar(select(func.count()).select_from(User)):
        return None
    password = passwords.one_time()
    await add_user(
        session, email=email, role="admin", language="en", password=password, must_change=True
    )
    return password


async def with_password(session: AsyncSession, *, email: str, password: str) -> User | None:
    """Whose address and password these are; None when they don't belong together.

    It takes as long for an unknown address, and for whoever is disabled.
    """
    user = await find_user(session, email)
    # In a thread, since it takes long on purpose and visitors are waiting meanwhile.
    right = await asyncio.to_thread(
        passwords.is_right, password, user.password_hash if user else None
    )
    return user if right and user is not None and user.disabled_at is None else None


async def note_failure(session: AsyncSession, *, email: str, why: str, now: datetime) -> None:
    """Write down that somebody did not get in.

    Args:
        why: password, code or openid.
    """
    user = await find_user(session, email)
    of = f"user/{user.id if user else 'unknown'}"
    account(session, "sign_in_failed", of, by=UNKNOWN, now=now, why=why)


async def users(session: AsyncSession) -> list[User]:
    """Everybody, by address; those who are disabled last."""
    found = select(User).order_by(User.disabled_at.is_not(None), User.email)
    return list(await session.scalars(found))


async def names(session: AsyncSession) -> dict[int | None, str]:
    """What every user is called, by id: a name, or what stands before the @ of the address."""
    users = await session.scalars(select(User))
    return {user.id: user.name or user.email.partition("@")[0] for user in users}


async def emails(session: AsyncSession) -> dict[int | None, str]:
    """The address of every user, by id."""
    return {user.id: user.email for user in await session.scalars(select(User))}


async def change_password(session: AsyncSession, user_id: int, password: str) -> None:
    """Set a password of the user's own; every browser of theirs is signed out.

    Raises:
        WeakPassword: fewer than `MIN_PASSWORD` characters, or the password of now.
    """
    password_hash = passwords.hashed(password)
    user = await session.get_one(User, user_id)
    if passwords.is_right(password, user.password_hash):
        raise WeakPassword("the new password is the old one")
    user.password_hash, user.must_change_password = password_hash, False
    await sign_ins.end_all(session, user_id)
    now = datetime.now(UTC)
    account(session, "password_changed", f"user/{user_id}", by=By.user(user_id), now=now)


async def reset_password(session: AsyncSession, user_id: int, *, by: Doer, now: datetime) -> str:
    """Replace a password by a one-time password, and return it.

    They are signed out, and their programs' tokens end: whoever had the password may have made one.
    """
    password = passwords.one_time()
    user = await session.get_one(User, user_id)
    user.password_hash, user.must_change_password = passwords.hashed(password), True
    await sign_ins.end_all(session, user_id)
    ended = await session.scalars(
        update(ApiToken)
        .where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(ApiToken.id)
    )
    for token_id in ended:
        account(session, "token_revoked", f"token/{token_id}", by=by, now=now, user=user_id)
    account(session, "password_reset", f"user/{user_id}", by=by, now=now)
    return password


async def change_role(
    session: AsyncSession, user_id: int, role: str, *, by: Doer, now: datetime
) -> None:
    """Give a user another role; they are signed out.

    Raises:
        ValueError: no such role.
        LastAdministrator: nobody else could administer the desk.
    """
    if role not in ROLES:
        raise ValueError(f"there is no role {role}")
    user = await session.get_one(User, user_id)
    if user.role == role:
        return
    await _keep_an_administrator(session, user)
    before, user.role = user.role, role
    await sign_ins.end_all(session, user_id)
    account(session, "role_changed", f"user/{user_id}", by=by, now=now, before=before, after=role)


async def disable(session: AsyncSession, user_id: int, *, by: Doer, now: datetime) -> None:
    """Keep a user out, at once; what they did stays theirs.

    Raises:
        LastAdministrator: nobody else could administer the desk.
    """
    user = await session.get_one(User, user_id)
    if user.disabled_at is not None:
        return
    await _keep_an_administrator(session, user)
    user.disabled_at = now
    await sign_ins.end_all(session, user_id)
    account(session, "user_disabled", f"user/{user_id}", by=by, now=now)


async def enable(session: AsyncSession, user_id: int, *, by: Doer, now: datetime) -> None:
    """Let a disabled user sign in again."""
    user = await session.get_one(User, user_id)
    if user.disabled_at is None:
        return
    user.disabled_at = None
    account(session, "user_enabled", f"user/{user_id}", by=by, now=now)


async def describe(session: AsyncSession, user_id: int, *, name: str | None, language: str) -> None:
    """Set what visitors are told that somebody is called, and what the console speaks to them.

    Raises:
        ValueError: the name is too long, or the desk does not speak the language.
    """
    if language not in LANGUAGES:
        raise ValueError(f"the console does not speak {language}")
    user = await session.get_one(User, user_id)
    user.name, user.language = clean_name(name), language


def clean_name(name: str | None) -> str | None:
    """A name in one line; None when there is none.

    Raises:
        ValueError: more than `MAX_NAME` characters.
    """
    clean = " ".join(printable(name or "").split())
    if len(clean) > MAX_NAME:
        raise ValueError(f"a name has at most {MAX_NAME} characters")
    return clean or None


async def _keep_an_administrator(session: AsyncSession, user: User) -> None:
    # Locked, so that two administrators can't remove each other at the same moment.
    active = select(User.id).where(User.role == "admin", User.disabled_at.is_(None))
    found = await session.scalars(active.order_by(User.id).with_for_update())
    if set(found) == {user.id}:
        raise LastAdministrator(f"{user.email} is the last administrator")
