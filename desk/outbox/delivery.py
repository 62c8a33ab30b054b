"""Taking items out of the outbox and handing them over, at least once each.

An item is leased before it is sent, and sent outside of any transaction. When the process dies in
between, another takes the item over as soon as the lease ends. When it dies between sending and
writing that down, the item is sent a second time: the receiver knows it again by its id.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import aliased

from desk import metrics, tracing
from desk.logs import work
from desk.outbox.models import OutboxItem
from desk.outbox.senders import Sender, SendFailed
from desk.store import Store

log = logging.getLogger(__name__)

BATCH = 10
"""Items that are leased at once; all of them can be sent, one after the other, within the lease."""
LEASE = timedelta(seconds=60)
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 900.0
GIVEN_UP_AFTER = timedelta(hours=24)
"""What could not be delivered by this age is given up; an operator can have it tried again."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


async def deliver(
    store: Store,
    senders: Mapping[str, Sender],
    *,
    webhooks: Sender | None = None,
    clock: Callable[[], datetime] = _utc_now,
    limit: int = BATCH,
) -> int:
    """Take up to `limit` items whose time has come, and hand each to its sender.

    Any number of workers may do so at once. Of one subject, an item is taken only when those before
    it are settled; items of one ticket that are taken together are sent in their order.

    Args:
        store: where the outbox stands.
        senders: by topic, who takes what goes to the operator's own receiver.
        webhooks: who takes what goes to webhooks; None leaves that to other workers.
        clock: what tells the time.
        limit: how many at most.

    Returns:
        How many were taken; `limit` means that more may be waiting.
    """
    items = await _lease(store, _waiting(senders, webhooks, clock()), clock(), limit)
    async with asyncio.TaskGroup() as tasks:
        for _, together in groupby(
            sorted(items, key=lambda item: (*_line(item), item.id)),
            key=lambda item: _line(item) if item.ticket_id else (-item.id, 0),
        ):
            pairs = [(item, _sender(item, senders, webhooks)) for item in together]
            tasks.create_task(_send_all(store, pairs, clock))
    return len(items)


def wait_s(attempts: int, drawn: float, *, first_s: float, longest_s: float) -> float:
    """Seconds until the next attempt: twice as long each time, bounded, shortened by up to half.

    Args:
        attempts: how many there have been, from 1.
        drawn: a random number of [0, 1), so that what failed together is not tried together.
        first_s: the longest that the first wait may be.
        longest_s: the longest that any may be.
    """
    longest = min(first_s * 2.0 ** min(attempts - 1, 32), longest_s)
    return longest * (1 - drawn / 2)


def _line(item: OutboxItem) -> tuple[int, int]:
    """What is handed over one after the other: what one receiver is told of one ticket."""
    return item.ticket_id or 0, item.subscription_id or 0


def _sender(item: OutboxItem, senders: Mapping[str, Sender], webhooks: Sender | None) -> Sender:
    if item.subscription_id is not None and webhooks is not None:
        return webhooks
    return senders[item.topic]


async def _lease(
    store: Store, waiting: Select[OutboxItem], now: datetime, limit: int
) -> list[OutboxItem]:
    waiting = waiting.limit(limit)
    async with store.read() as session:
        if await session.scalar(waiting) is None:
            return []
    async with store.write() as session:
        found = await session.scalars(waiting.with_for_update(of=OutboxItem, skip_locked=True))
        items = list(found)
        for item in items:
            item.not_before = now + LEASE
            item.attempts += 1
        return items


def _waiting(
    senders: Mapping[str, Sender], webhooks: Sender | None, now: datetime
) -> Select[OutboxItem]:
    before = aliased(OutboxItem)
    ours = OutboxItem.subscription_id.is_(None) & OutboxItem.topic.in_(senders)
    if webhooks is not None:
        ours |= OutboxItem.subscription_id.is_not(None)
    return (
        select(OutboxItem)
        .where(
            OutboxItem.settled_at.is_(None),
            OutboxItem.not_before <= now,
            ours,
            ~select(before.id)
            .where(
                before.subject == OutboxItem.subject,
                before.id < OutboxItem.id,
                before.settled_at.is_(None),
            )
            .exists(),
        )
        .order_by(OutboxItem.not_before, OutboxItem.id)
    )


async def _send_all(
    store: Store,
    pairs: list[tuple[OutboxItem, Sender]],
    clock: Callable[[], datetime],
) -> None:
    for item, sender in pairs:
        with work(f"outbox-{item.id}"), tracing.span(f"deliver {item.topic}", after={}):
            came_to = await _send(sender, item, clock)
        metrics.OUTBOX_ATTEMPTS.labels(item.topic, _result(came_to)).inc()
        async with store.write() as session:
            # Unless it has been settled, or taken over by another worker, meanwhile.
            await session.execute(
                update(OutboxItem)
                .where(
                    OutboxItem.id == item.id,
                    OutboxItem.settled_at.is_(None),
                    came_to["delivered"] or OutboxItem.attempts == item.attempts,
                )
                .values(**came_to)
            )


def _result(came_to: Mapping[str, Any]) -> str:
    if came_to["delivered"]:
        return "delivered"
    return "given_up" if "settled_at" in came_to else "failed"


async def _send(sender: Sender, item: OutboxItem, clock: Callable[[], datetime]) -> dict[str, Any]:
    """Hand it over; the columns that say what came of it."""
    try:
        await sender.send(item)
    except SendFailed as error:
        code, after_s, final = error.code, error.after_s, error.final
    except Exception:
        log.exception("the sender of %s failed on item %d", item.topic, item.id)
        code, after_s, final = "failed", 0.0, False
    else:
        return {"settled_at": clock(), "delivered": True, "error": None}
    now = clock()
    if final or now - item.created_at >= GIVEN_UP_AFTER:
        log.error("item %d (%s) is given up: %s", item.id, item.topic, code)
        return {"settled_at": now, "delivered": False, "error": code}
    drawn = random.random()  # noqa: S311
    wait = wait_s(item.attempts, drawn, first_s=FIRST_WAIT_S, longest_s=LONGEST_WAIT_S)
    not_before = now + timedelta(seconds=max(wait, after_s))
    return {"not_before": not_before, "delivered": False, "error": code}
