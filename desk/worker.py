"""Background work: hand-off forms that were left alone open their tickets."""

import asyncio
import logging
import signal
from datetime import UTC, datetime, timedelta

from desk.conversations.drafts import idle
from desk.conversations.handoff import finish_draft
from desk.conversations.models import Conversation, Draft
from desk.conversations.service import Bubble, say
from desk.messages import say as sentence
from desk.settings import Settings
from desk.store import Store

log = logging.getLogger(__name__)

_EVERY_S = 5.0


async def work(settings: Settings) -> None:
    """Look after idle drafts until SIGINT or SIGTERM."""
    store = Store(settings.store_url)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    while not stop.is_set():
        try:
            await finish_idle_drafts(store, idle_s=settings.handoff_idle)
        except Exception:
            log.exception("the round failed and will be tried again")
        try:
            async with asyncio.timeout(min(_EVERY_S, settings.handoff_idle)):
                await stop.wait()
        except TimeoutError:
            pass
    await store.close()


async def finish_idle_drafts(store: Store, *, idle_s: float) -> list[str]:
    """Open the tickets of drafts untouched for `idle_s` seconds, tell the visitors; numbers."""
    before = datetime.now(UTC) - timedelta(seconds=idle_s)
    async with store.read() as session:
        waiting = await idle(session, before=before)
    numbers = []
    for conversation_id in waiting:
        async with store.write() as session:
            draft = await session.get(Draft, conversation_id)
            if draft is None or draft.updated_at >= before:
                continue
            if draft.fields.get("confirm") == "no":
                await session.delete(draft)
                continue
            ticket = await finish_draft(session, draft, actor="system")
            conversation = await session.get_one(Conversation, conversation_id)
            text = sentence("handoff.auto_opened", conversation.language, number=ticket.number)
            say(session, conversation, Bubble(text=text))
            numbers.append(str(ticket.number))
    return numbers
