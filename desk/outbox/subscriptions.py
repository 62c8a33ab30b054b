"""Webhooks: which systems are told of what, and what they know the desk by."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.audit.service import By, Doer, account
from desk.outbox.addresses import check_url
from desk.outbox.models import Subscription
from desk.outbox.topics import TOPICS

MAX_WEBHOOKS = 50
"""Each one costs a row for whatever happens."""


class UnknownTopic(ValueError):
    """A topic that there is not, or none at all."""


async def subscribe(
    session: AsyncSession,
    *,
    url: str,
    topics: Collection[str],
    user_id: int,
    now: datetime,
    loopback: bool = False,
) -> Subscription:
    """Have a system told of some topics from now on.

    Args:
        loopback: http on loopback will do, for trying things out.

    Raises:
        UnusableAddress: nothing may be sent there.
        UnknownTopic: there is no such topic, or none is named.
        ValueError: there are `MAX_WEBHOOKS` already.
    """
    check_url(url, loopback=loopback)
    if not topics or not set(topics) <= set(TOPICS):
        raise UnknownTopic(f"topics are some of {', '.join(TOPICS)}")
    if len(await subscriptions(session)) >= MAX_WEBHOOKS:
        raise ValueError(f"there are {MAX_WEBHOOKS} webhooks already")
    made = Subscription(
        url=url,
        topics=[topic for topic in TOPICS if topic in topics],
        salt=secrets.token_hex(16),
        user_id=user_id,
        created_at=now,
    )
    session.add(made)
    await session.flush()
    account(session, "webhook_added", _object(made), by=By.user(user_id), now=now)
    return made


async def subscriptions(session: AsyncSession) -> list[Subscription]:
    """Every webhook that has not been removed, oldest first."""
    rows = await session.scalars(
        select(Subscription).where(Subscription.removed_at.is_(None)).order_by(Subscription.id)
    )
    return list(rows)


async def listening(session: AsyncSession, topic: str) -> list[Subscription]:
    """The webhooks that are to be told of a topic."""
    rows = await session.scalars(
        select(Subscription).where(
            Subscription.removed_at.is_(None), Subscription.disabled_at.is_(None)
        )
    )
    return [row for row in rows if topic in row.topics]


async def subscription(session: AsyncSession, subscription_id: int) -> Subscription:
    """One webhook.

    Raises:
        LookupError: there is no such webhook, or it has been removed.
    """
    found = await session.get(Subscription, subscription_id, with_for_update=True)
    if found is None or found.removed_at is not None:
        raise LookupError(f"there is no webhook {subscription_id}")
    return found


async def remove(session: AsyncSession, subscription_id: int, *, by: Doer, now: datetime) -> None:
    """Tell it nothing more, not even what waits.

    Raises:
        LookupError: there is no such webhook.
    """
    found = await subscription(session, subscription_id)
    found.removed_at = now
    account(session, "webhook_removed", _object(found), by=by, now=now)


async def enable(
    session: AsyncSession, subscription_id: int, *, by: Doer, now: datetime
) -> Subscription:
    """Tell it again, after it was disabled.

    Raises:
        LookupError: there is no such webhook.
    """
    found = await subscription(session, subscription_id)
    found.disabled_at = found.failing_since = found.error = None
    account(session, "webhook_enabled", _object(found), by=by, now=now)
    return found


def secret_of(key: str, found: Subscription) -> str:
    """What a receiver checks signatures with, as Standard Webhooks write it: `whsec_` and base64.

    Args:
        key: the home's `webhook_key`.
    """
    digest = hmac.new(key.encode(), f"{found.id}/{found.salt}".encode(), hashlib.sha256).digest()
    return f"whsec_{base64.b64encode(digest).decode()}"


def _object(found: Subscription) -> str:
    return f"webhook/{found.id}"
