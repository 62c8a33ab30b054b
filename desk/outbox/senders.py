"""Where the outbox's items go: to an address of the operator's, or nowhere but the desk's list."""

import asyncio
import hashlib
import hmac
import json
import time
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

import httpx

from desk.outbox.loopback import is_loopback
from desk.outbox.models import OutboxItem

TIMEOUT_S = 5.0
"""How long a receiver may take over one item."""
LONGEST_HOLD_S = 3600.0
"""A receiver's wish to be left alone is heeded for this long at most."""
MIN_SECRET = 16
_BUSY = (429, 503)


class UnusableAddress(ValueError):
    """Nothing can be sent to such an address, or not without a secret to sign with."""


class SendFailed(Exception):
    """An item did not arrive, as far as we know."""

    def __init__(self, code: str, *, after_s: float = 0.0, final: bool = False) -> None:
        """Say why it failed, and whether trying again may help.

        Args:
            code: why, in short.
            after_s: seconds that the receiver wants to be left alone.
            final: it will never be taken.
        """
        super().__init__(code)
        self.code = code
        self.after_s = after_s
        self.final = final


class Sender(Protocol):
    """Somebody who takes items out of the desk."""

    async def send(self, item: OutboxItem) -> None:
        """Hand one over; whoever gets it a second time can tell by its id.

        Raises:
            SendFailed: it may not have arrived.
        """

    async def close(self) -> None:
        """Let go of connections."""


class Kept:
    """For a desk that tells nobody else: whoever wants to know looks at its own list."""

    async def send(self, item: OutboxItem) -> None:
        """Leave it where it is."""

    async def close(self) -> None:
        """There is nothing to let go."""


class Webhook:
    """Posts items as signed JSON to one address.

    `Acedesk-Signature` is `t=SECONDS,v1=HEX`: HMAC-SHA256, keyed with the secret, over the seconds
    since 1970, a full stop and the body. `Idempotency-Key` is `outbox-` and the item's id, the same
    at each attempt.
    """

    def __init__(self, url: str, secret: str) -> None:
        """`url`: https, or http on loopback.

        Raises:
            UnusableAddress: see `check`.
        """
        check(url, secret)
        self._url = url
        self._secret = secret.encode()
        # No redirects: they would lead to where the operator did not send us.
        self._http = httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False, follow_redirects=False)
        self._held_until = 0.0

    async def send(self, item: OutboxItem) -> None:
        """Post one item; it has arrived when the answer is 2xx.

        Raises:
            SendFailed: it may not have arrived.
        """
        held_s = self._held_until - time.monotonic()
        if held_s > 0:
            raise SendFailed("held", after_s=held_s)
        body = json.dumps(content(item), ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "acedesk",
            "Idempotency-Key": key(item),
            "Acedesk-Signature": signature(self._secret, int(time.time()), body),
        }
        try:
            # The client's own limit begins anew with each piece of the answer.
            async with asyncio.timeout(TIMEOUT_S):
                response = await self._http.post(self._url, content=body, headers=headers)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise SendFailed("timeout") from error
        except httpx.HTTPError as error:
            raise SendFailed("unreachable") from error
        if not response.is_success:
            hold_s = after_s(response)
            self._held_until = time.monotonic() + hold_s
            raise SendFailed(f"http_{response.status_code}", after_s=hold_s)

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.aclose()


def check(url: str, secret: str) -> None:
    """Refuse what nothing should be sent to.

    Raises:
        UnusableAddress: neither https nor http on loopback, or the secret is too short.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise UnusableAddress(f"ACEDESK_ANNOUNCE_URL is no address ({error})") from error
    if not (parsed.host and (_may_be_posted_to(parsed))):
        raise UnusableAddress("ACEDESK_ANNOUNCE_URL must be https, or http on loopback")
    if len(secret) < MIN_SECRET:
        raise UnusableAddress(
            f"ACEDESK_ANNOUNCE_SECRET must have at least {MIN_SECRET} characters, "
            "since receivers tell by it that the desk is the sender"
        )


def _may_be_posted_to(url: httpx.URL) -> bool:
    return url.scheme == "https" or (url.scheme == "http" and is_loopback(url.host))


def key(item: OutboxItem) -> str:
    """By what a receiver knows an item again."""
    return f"outbox-{item.id}"


def content(item: OutboxItem) -> dict[str, Any]:
    """What a receiver is told."""
    return {
        "id": key(item),
        "topic": item.topic,
        "subject": item.subject,
        "edition": item.edition,
        "created_at": item.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "data": item.payload,
    }


def signature(secret: bytes, seconds: int, body: bytes) -> str:
    """The header that proves who sent a body, and when (`seconds` since 1970)."""
    digest = hmac.new(secret, b"%d." % seconds + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def after_s(response: httpx.Response) -> float:
    """For how many seconds a receiver that is busy wants to be left alone, 0 for any other.

    `Retry-After` is seconds or a date (RFC 9110, section 10.2.3).
    """
    if response.status_code not in _BUSY:
        return 0.0
    given = response.headers.get("Retry-After", "").strip()
    wished = 0.0
    if given.isascii() and given.isdigit():
        wished = float(given)
    else:
        with suppress(ValueError):
            at = parsedate_to_datetime(given).replace(tzinfo=UTC)
            wished = (at - datetime.now(UTC)).total_seconds()
    return min(max(wished, 0.0), LONGEST_HOLD_S)
