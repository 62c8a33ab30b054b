"""The sender for webhooks: signed as Standard Webhooks are, and to the open Internet only.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
from sqlalchemy import update

from desk.outbox.addresses import ForbiddenAddress, check_url, resolved
from desk.outbox.models import OutboxItem, Subscription
from desk.outbox.senders import (
    LONGEST_HOLD_S,
    TIMEOUT_S,
    SendFailed,
    UnusableAddress,
    after_s,
    key,
)
from desk.outbox.subscriptions import secret_of
from desk.store import Store

log = logging.getLogger(__name__)

DISABLED_AFTER = timedelta(days=5)
"""How long a webhook may fail without taking anything before it is told no more."""
_BREATH_S = 30.0
"""After a failure the rest of what waits for the same webhook is held back for so long."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Webhooks:
    """Hands items over to the webhooks that they are for, and keeps account of how that goes."""

    def __init__(
        self,
        store: Store,
        home_key: str,
        *,
        loopback: bool = False,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        """Send as a desk.

        Args:
            store: where the webhooks stand.
            home_key: the home's `webhook_key`, from which their secrets follow.
            loopback: http on loopback will do as well.
            clock: what tells the time for the account.
        """
        self._store = store
        self._key = home_key
        self._loopback = loopback
        self._clock = clock
        self._held_until: dict[int, float] = {}
        # No redirects, which would lead elsewhere, and no connection used twice: two hosts behind
        # one address must not meet on it.
        self._http = httpx.AsyncClient(
            timeout=TIMEOUT_S,
            trust_env=False,
            follow_redirects=False,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    async def send(self, item: OutboxItem) -> None:
        """Post one item; it has arrived when the answer is 2xx.

        Raises:
            SendFailed: it may not have arrived.
        """
        async with self._store.read() as session:
            to = await session.get_one(Subscription, item.subscription_id)
        if to.state in ("disabled", "removed"):
            raise SendFailed(to.state, after_s=LONGEST_HOLD_S)
        held_s = self._held_until.get(to.id, 0.0) - time.monotonic()
        if held_s > 0:
            raise SendFailed("held", after_s=held_s)
        try:
            await self._post(to, item)
        except SendFailed as error:
            self._held_until[to.id] = time.monotonic() + max(error.after_s, _BREATH_S)
            await self._note_failure(to.id, error.code)
            raise
        await self._note_success(to.id)

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.aclose()

    async def _post(self, to: Subscription, item: OutboxItem) -> None:
        body = json.dumps(content(item), ensure_ascii=False, separators=(",", ":")).encode()
        seconds = int(time.time())
        try:
            # The client's own limit begins anew with each piece of the answer.
            async with asyncio.timeout(TIMEOUT_S):
                url = check_url(to.url, loopback=self._loopback)
                address = await resolved(url, loopback=self._loopback)
                request = self._http.build_request(
                    "POST",
                    url.copy_with(host=address),
                    content=body,
                    headers={
                        "Host": url.netloc.decode("ascii"),
                        "Content-Type": "application/json",
                        "User-Agent": "acedesk",
                        "Webhook-Id": key(item),
                        "Webhook-Timestamp": str(seconds),
                        "Webhook-Signature": signature(
                            secret_of(self._key, to), key(item), seconds, body
                        ),
                    },
                    extensions={"sni_hostname": url.host},
                )
                # What else a receiver says is not read: it could be endless.
                response = await self._http.send(request, stream=True)
                await response.aclose()
        except (ForbiddenAddress, UnusableAddress) as error:
            raise SendFailed("forbidden") from error
        except (TimeoutError, httpx.TimeoutException) as error:
            raise SendFailed("timeout") from error
        except (httpx.HTTPError, OSError, UnicodeError) as error:
            raise SendFailed("unreachable") from error
        if not response.is_success:
            raise SendFailed(f"http_{response.status_code}", after_s=after_s(response))

    async def _note_success(self, subscription_id: int) -> None:
        async with self._store.write() as session:
            await session.execute(
                update(Subscription)
                .where(Subscription.id == subscription_id)
                .values(delivered_at=self._clock(), failing_since=None, error=None)
            )

    async def _note_failure(self, subscription_id: int, code: str) -> None:
        now = self._clock()
        async with self._store.write() as session:
            failed = await session.get_one(Subscription, subscription_id, with_for_update=True)
            failed.failing_since = failed.failing_since or now
            failed.error = code
            if failed.disabled_at is None and now - failed.failing_since >= DISABLED_AFTER:
                failed.disabled_at = now
                log.error("webhook %d is disabled: %s", subscription_id, code)


def content(item: OutboxItem) -> dict[str, object]:
    """What a receiver is told."""
    return {
        "type": item.topic,
        "timestamp": item.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "data": item.payload,
    }


def signature(secret: str, message_id: str, seconds: int, body: bytes) -> str:
    """The header that proves who sent a body, and when (`seconds` since 1970)."""
    signed = f"{message_id}.{seconds}.".encode() + body
    key_bytes = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key_bytes, signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"
