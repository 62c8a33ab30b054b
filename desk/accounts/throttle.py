"""Slowing down whoever guesses: waits that grow with each failure, and never a lasting lock-out.

Failures are counted for the account and for the network address, in the store, so that all
processes count together. An account that somebody else is guessing at stays open to its owner: a
browser that has been signed in before carries a cookie that says so, and is counted by itself
(https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies).
"""

import hashlib
import hmac
import math
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts.models import SignInThrottle
from desk.store import Store, insert_once

_FREE = {"account": 5, "browser": 5, "address": 30}
"""Failures without a wait; many people may sit behind one address."""
_LONGEST_S = 900
_FORGOTTEN = timedelta(days=1)
"""After as long without a failure, counting begins anew."""


class TooSoon(Exception):
    """Nothing was tried; it may be after `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"to be tried again in {seconds} seconds")
        self.seconds = seconds


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Something that failures are counted for."""

    kind: Literal["account", "browser", "address"]
    key: str


class Throttle:
    """Counts attempts at signing in."""

    def __init__(self, store: Store, key: str, *, on: bool = True) -> None:
        """`key`: the home's `accounts_key`."""
        self._store = store
        self._key = key
        self._on = on

    def counted_for(self, *, email: str, address: str, known: str | None) -> list[Counted]:
        """What an attempt counts for.

        Args:
            email: as it was typed; whether it is anybody's makes no difference.
            known: the cookie of a browser that has been signed in before.
        """
        email = email.strip().lower()
        nonce, _, proof = (known or "").partition(".")
        genuine = hmac.compare_digest(
            proof.encode(errors="replace"), self._hash("known", nonce, email).encode()
        )
        account = (
            Counted(kind="browser", key=self._hash("browser", nonce, email))
            if genuine
            else Counted(kind="account", key=self._hash("account", email))
        )
        return [account, Counted(kind="address", key=self._hash("address", address))]

    def known_cookie(self, email: str) -> str:
        """What a browser is given that has signed this user in."""
        nonce = secrets.token_urlsafe(12)
        return f"{nonce}.{self._hash('known', nonce, email)}"

    async def attempt(self, of: Sequence[Counted], *, now: datetime) -> None:
        """Count an attempt as a failure, before it is known to be one: of many at once, few pass.

        Raises:
            TooSoon: earlier failures are too near; then nothing is counted.
        """
        if not self._on:
            return
        async with self._store.write() as session:
            rows = [(one, await _row(session, one, now)) for one in sorted(of, key=_key)]
            wait_s = max(_wait_s(one, row, now) for one, row in rows)
            if wait_s > 0:
                raise TooSoon(math.ceil(wait_s))
            for _, row in rows:
                forgotten = now - row.last_at > _FORGOTTEN
                row.failures = 1 if forgotten else row.failures + 1
                row.last_at = now

    async def forgive(self, session: AsyncSession, of: Sequence[Counted], *, now: datetime) -> None:
        """Take an attempt back that was none at guessing.

        Of an address only this one: with an account of one's own, nobody gets to guess at others.
        """
        if not self._on:
            return
        await session.execute(
            delete(SignInThrottle).where(SignInThrottle.last_at < now - _FORGOTTEN)
        )
        for one in sorted(of, key=_key):
            row = await session.get(SignInThrottle, one.key, with_for_update=True)
            if row is not None:
                row.failures = max(0, row.failures - 1) if one.kind == "address" else 0

    def _hash(self, *parts: str) -> str:
        told = "\0".join(parts).encode(errors="surrogateescape")
        return hmac.new(self._key.encode(), told, hashlib.sha256).hexdigest()


def delay_s(kind: str, failures: int) -> int:
    """Seconds to wait after so many failures."""
    over = failures - _FREE[kind]
    return 0 if over < 0 else min(2**over, _LONGEST_S)


async def _row(session: AsyncSession, of: Counted, now: datetime) -> SignInThrottle:
    await insert_once(session, SignInThrottle, key=of.key, failures=0, last_at=now)
    found = select(SignInThrottle).where(SignInThrottle.key == of.key).with_for_update()
    return (await session.scalars(found.execution_options(populate_existing=True))).one()


def _wait_s(of: Counted, row: SignInThrottle, now: datetime) -> float:
    return delay_s(of.kind, row.failures) - (now - row.last_at).total_seconds()


def _key(of: Counted) -> str:
    return of.key
