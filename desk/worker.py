"""Background work, in rounds: what time brings without anybody asking for it.

Any number of workers may run over one store; they share the work, and another goes on with what one
of them was doing when it died.
"""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from prometheus_client import start_http_server

from desk import metrics, tracing
from desk.conversations import absence, post
from desk.conversations.drafts import idle
from desk.conversations.handoff import finish_draft
from desk.conversations.models import Conversation, Draft
from desk.conversations.service import Bubble, say
from desk.home import Home
from desk.logs import begin
from desk.mail.room import MailRoom
from desk.messages import say as sentence
from desk.outbox import delivery
from desk.outbox.senders import Kept, Sender, Webhook
from desk.outbox.topics import PING, TOPICS
from desk.outbox.webhooks import Webhooks
from desk.privacy.retention import retain
from desk.settings import Settings
from desk.store import Store
from desk.tickets import announce, closing, ledger, milestones

log = logging.getLogger(__name__)

ANNOUNCEMENTS = (*ledger.TOLD.values(), *milestones.TOPICS)
"""Topics of the outbox that this process delivers."""
_AFTER_FAILURE_S = 5.0
_DAY_S = 86_400.0


@dataclass(frozen=True, kw_only=True)
class Round:
    """Something to do again and again."""

    name: str
    every_s: float
    go: Callable[[], Awaitable[bool]]
    """Does a share of what waits; whether more may be waiting."""


async def work(settings: Settings) -> None:
    """Go on with every round until SIGINT or SIGTERM.

    Raises:
        UnusableAddress: announcements can't be sent to the address of the settings.
        UnusableServer: a mail server of the settings is none.
    """
    sender = announcer(settings)
    store = Store(settings.store_url)
    tracing.watch(store.engine)
    mail = MailRoom(store, settings)
    webhooks = Webhooks(
        store, Home(settings.home).secrets().webhook_key, loopback=settings.webhook_loopback
    )
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    if settings.metrics_port is not None:
        # In a thread of its own: the worker has no server otherwise.
        start_http_server(settings.metrics_port, addr=settings.host)
    for topic in (*TOPICS, PING, post.TOPIC):
        # Prometheus sees an increase only of what it has seen before.
        metrics.OUTBOX_ATTEMPTS.labels(topic, "given_up")
    lag = asyncio.create_task(metrics.watch_lag())
    async with asyncio.TaskGroup() as tasks:
        for one in rounds(store, settings, sender, webhooks, mail):
            tasks.create_task(keep(one, stop))
        tasks.create_task(mail.follow(stop))
    lag.cancel()
    await sender.close()
    await mail.close()
    await webhooks.close()
    await store.close()


def announcer(settings: Settings) -> Sender:
    """Whom announcements go to.

    Raises:
        UnusableAddress: see `senders.check`.
    """
    if settings.announce_url is None:
        return Kept()
    secret = settings.announce_secret
    return Webhook(settings.announce_url, secret.get_secret_value() if secret else "")


def rounds(
    store: Store, settings: Settings, sender: Sender, webhooks: Sender, mail: MailRoom
) -> list[Round]:
    """All that a worker does."""
    senders = dict.fromkeys(ANNOUNCEMENTS, sender)
    if mail.sender is not None:
        senders[post.TOPIC] = mail.sender

    async def finish() -> bool:
        await finish_idle_drafts(store, idle_s=settings.handoff_idle)
        return False

    async def put_back() -> bool:
        after = timedelta(seconds=settings.answer_timeout)
        await absence.time_out_silent(store, datetime.now(UTC), after=after)
        return False

    async def tell_unattended() -> bool:
        after = timedelta(seconds=settings.unattended_after)
        told = await absence.tell_unattended(store, datetime.now(UTC), after=after)
        return told == absence.BATCH

    async def tell() -> bool:
        return await announce.announce_due(store, datetime.now(UTC)) == announce.BATCH

    async def send() -> bool:
        return await delivery.deliver(store, senders, webhooks=webhooks) == delivery.BATCH

    async def close() -> bool:
        return await closing.close_old(store, datetime.now(UTC)) == closing.BATCH

    async def forget() -> bool:
        await retain(store, settings, datetime.now(UTC))
        return False

    return [
        Round(name="idle drafts", every_s=min(5.0, settings.handoff_idle), go=finish),
        Round(name="silent analysts", every_s=1.0, go=put_back),
        Round(name="unattended visitors", every_s=1.0, go=tell_unattended),
        Round(name="announcing", every_s=1.0, go=tell),
        Round(name="delivery", every_s=1.0, go=send),
        Round(name="mail", every_s=0.5, go=mail.deal),
        Round(name="closing", every_s=60.0, go=close),
        Round(name="retention", every_s=_DAY_S, go=forget),
    ]


async def keep(one: Round, stop: asyncio.Event) -> None:
    """Go on with a round until told to stop; when it fails, it is tried again a little later."""
    # A round that never goes well shows as one, too.
    metrics.ROUND_SUCCESS.labels(one.name)
    while not stop.is_set():
        begin()
        try:
            wait_s = 0.0 if await one.go() else one.every_s
            metrics.ROUNDS.labels(one.name, "done").inc()
            metrics.ROUND_SUCCESS.labels(one.name).set_to_current_time()
        except Exception:
            metrics.ROUNDS.labels(one.name, "failed").inc()
            log.exception("the round of %s failed and will be tried again", one.name)
            wait_s = max(one.every_s, _AFTER_FAILURE_S)
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await stop.wait()


async def finish_idle_drafts(store: Store, *, idle_s: float) -> list[str]:
    """Open the tickets of drafts untouched for `idle_s` seconds, tell the visitors; numbers."""
    before = datetime.now(UTC) - timedelta(seconds=idle_s)
    async with store.read() as session:
        waiting = await idle(session, before=before)
    numbers = []
    for conversation_id in waiting:
        async with store.write() as session:
            # Another worker may have it, and would tell the visitor a second time. The conversation
            # comes first, as it does when a visitor writes.
            conversation = await session.get(
                Conversation, conversation_id, with_for_update={"skip_locked": True}
            )
            draft = await session.get(Draft, conversation_id, populate_existing=True)
            if conversation is None or draft is None or draft.updated_at >= before:
                continue
            if draft.fields.get("confirm") == "no":
                await session.delete(draft)
                continue
            ticket = await finish_draft(session, draft, actor="system")
            text = sentence("handoff.auto_opened", conversation.language, number=ticket.number)
            say(session, conversation, Bubble(text=text))
            numbers.append(str(ticket.number))
    return numbers
