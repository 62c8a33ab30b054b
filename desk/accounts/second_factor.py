"""The second factor: codes of an authenticator app (TOTP, RFC 6238), and what stands in for it."""

import hashlib
import hmac
import logging
import re
import secrets
from datetime import datetime
from typing import Literal

import pyotp
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts import sign_ins
from desk.accounts.models import RecoveryCode, SecondFactor, User
from desk.audit.service import By, Doer, account

log = logging.getLogger(__name__)

STEP_S = 30
DRIFT = 1
"""Steps that a telephone's clock may be early or late (RFC 6238 §6)."""
RECOVERY_CODES = 10
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without those that look alike."""
_TOTP = re.compile(r"[0-9]{6}")

How = Literal["code", "recovery_code"]


async def propose(session: AsyncSession, user_id: int, *, key: str) -> None:
    """Make a secret for a user who has no second factor yet; it counts once it is confirmed.

    Args:
        key: the home's `accounts_key`.

    Raises:
        ValueError: they have one.
    """
    user = await session.get_one(User, user_id)
    if user.second_factor_at is not None:
        raise ValueError("there is a second factor already")
    secret = _box(key).encrypt(pyotp.random_base32().encode()).decode()
    await session.merge(SecondFactor(user_id=user_id, secret=secret, last_step=None))


async def proposed(session: AsyncSession, user: User, *, key: str) -> str | None:
    """The secret in base32 that waits to be confirmed; None once it is, or when there is none."""
    if user.second_factor_at is not None:
        return None
    return await _secret(session, user.id, key)


def address_of(secret: str, user: User) -> str:
    """What the QR code says to the app.

    https://github.com/google/google-authenticator/wiki/Key-Uri-Format
    """
    return pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name="acedesk")


async def confirm(
    session: AsyncSession, user_id: int, code: str, *, key: str, staying: str, now: datetime
) -> list[str] | None:
    """Switch the second factor on with a code of the app; the recovery codes, or None if wrong.

    Args:
        staying: the hash of the cookie of the one browser that stays signed in.
    """
    if not await _takes_code(session, user_id, _bare(code), key, now):
        return None
    user = await session.get_one(User, user_id)
    user.second_factor_at = now
    await sign_ins.end_all(session, user_id, but=staying)
    account(session, "second_factor_on", f"user/{user_id}", by=By.user(user_id), now=now)
    return await _new_codes(session, user_id, key)


async def accepts(
    session: AsyncSession, user_id: int, code: str, *, key: str, now: datetime
) -> How | None:
    """Spend a code of the app or a recovery code; which one it was, or None when it is neither.

    No code is taken twice, not even by two requests at the same moment (RFC 6238 §5.2).
    """
    bare = _bare(code)
    if await _takes_code(session, user_id, bare, key, now):
        return "code"
    spent = await session.scalar(
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user_id,
            RecoveryCode.code_hash == _hash(bare, key),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.id)
    )
    if spent is None:
        return None
    account(session, "recovery_code_used", f"user/{user_id}", by=By.user(user_id), now=now)
    return "recovery_code"


async def renew_codes(session: AsyncSession, user_id: int, *, key: str, now: datetime) -> list[str]:
    """Make new recovery codes in the place of all earlier ones."""
    account(session, "recovery_codes_made", f"user/{user_id}", by=By.user(user_id), now=now)
    return await _new_codes(session, user_id, key)


async def codes_left(session: AsyncSession, user_id: int) -> int:
    """How many recovery codes can still be used."""
    left = select(func.count()).where(
        RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
    )
    return await session.scalar(left) or 0


async def remove(
    session: AsyncSession, user_id: int, *, by: Doer, staying: str | None = None, now: datetime
) -> None:
    """Switch the second factor off, and forget all that belongs to it.

    Args:
        staying: the hash of the cookie of the one browser that stays signed in.
    """
    user = await session.get_one(User, user_id)
    await session.execute(delete(SecondFactor).where(SecondFactor.user_id == user_id))
    await session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    if user.second_factor_at is not None:
        user.second_factor_at = None
        await sign_ins.end_all(session, user_id, but=staying)
        account(session, "second_factor_off", f"user/{user_id}", by=by, now=now)


async def _takes_code(
    session: AsyncSession, user_id: int, code: str, key: str, now: datetime
) -> bool:
    if not _TOTP.fullmatch(code):
        return False
    secret = await _secret(session, user_id, key)
    if secret is None:
        return False
    totp, current = pyotp.TOTP(secret), int(now.timestamp()) // STEP_S
    for step in range(current - DRIFT, current + DRIFT + 1):
        if hmac.compare_digest(totp.generate_otp(step), code):
            # In one statement, so that of two that come at once the database lets one through.
            spent = await session.scalar(
                update(SecondFactor)
                .where(
                    SecondFactor.user_id == user_id,
                    or_(SecondFactor.last_step.is_(None), SecondFactor.last_step < step),
                )
                .values(last_step=step)
                .returning(SecondFactor.user_id)
            )
            return spent is not None
    return False


async def _secret(session: AsyncSession, user_id: int, key: str) -> str | None:
    kept = await session.scalar(select(SecondFactor.secret).where(SecondFactor.user_id == user_id))
    if kept is None:
        return None
    try:
        return _box(key).decrypt(kept.encode()).decode()
    except InvalidToken:
        log.error("the second factor of user %s was encrypted with another home's key", user_id)
        return None


async def _new_codes(session: AsyncSession, user_id: int, key: str) -> list[str]:
    await session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(user_id=user_id, code_hash=_hash(code, key)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _box(key: str) -> Fernet:
    return Fernet(key + "=")


def _hash(code: str, key: str) -> str:
    # Keyed: a code is short enough to be guessed from a bare hash.
    return hmac.new(
        key.encode(), b"recovery" + code.encode(errors="replace"), hashlib.sha256
    ).hexdigest()


def _bare(code: str) -> str:
    """A code as it is compared, however it was typed or pasted."""
    return re.sub(r"[\s-]", "", code).upper()
