"""A conversation as server-sent events.

A stream sleeps until something is announced to it or its heartbeat is due, and reads once each time
it wakes; so that hundreds of idle ones cost next to nothing.
"""

import json as jsonlib
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from sanic import Blueprint, Request
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts.models import User
from desk.conversations.models import Conversation, Message
from desk.conversations.status import status
from desk.metrics import STREAMS
from desk.services import Services
from desk.web.errors import ApiError
from desk.web.limits import Budgets
from desk.web.visitor.access import PREFIX, entered

blueprint = Blueprint("stream", url_prefix=PREFIX)

HEARTBEAT_S = 15.0


@blueprint.get("/<conversation_id:str>/stream")
async def stream(request: Request, conversation_id: str) -> None:
    """Server-sent events: `message` with its sequence number as id, `state`, heartbeats."""
    services: Services = request.app.ctx.services
    budgets: Budgets = request.app.ctx.budgets
    async with services.store.read(brief=True) as session:
        await entered(request, session, conversation_id)
    last = request.headers.getone("last-event-id", "0")
    if not re.fullmatch(r"[0-9]{1,9}", last):
        raise ApiError(400, "invalid_field", field="Last-Event-ID")
    with budgets.stream(request, conversation_id), STREAMS.labels("visitor").track_inprogress():
        response = await request.respond(
            content_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )
        async with aclosing(_events(services, conversation_id, after=int(last))) as events:
            async for block in events:
                await response.send(block)


async def _events(services: Services, conversation_id: str, *, after: int) -> AsyncGenerator[str]:
    shown: dict[str, Any] | None = None
    # It listens before it reads, so that what is written in between wakes it.
    with services.live.listening(conversation_id) as listener:
        while not services.live.closed:
            messages, state = await _news(services, conversation_id, after)
            blocks = [_event("message", one, event_id=one["seq"]) for one in messages]
            after = messages[-1]["seq"] if messages else after
            if state != shown:
                blocks.append(_event("state", state))
                shown = state
            yield "".join(blocks) or ": heartbeat\n\n"
            for actor, name in await listener.wait(HEARTBEAT_S):
                if actor != "visitor":
                    yield _event("typing", {"actor": actor, "name": name})


async def _news(
    services: Services, conversation_id: str, after: int
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Messages above a sequence number, looked for only when there are some, and the state."""
    async with services.store.read(brief=True) as session:
        conversation = await session.get_one(Conversation, conversation_id)
        messages = []
        if conversation.last_seq > after:
            messages = await _messages(session, conversation_id, after)
        state = await status(session, conversation)
    waits = state["state"] == "waiting"
    return messages, state | {"queue": await services.queue.of(conversation_id) if waits else None}


async def _messages(
    session: AsyncSession, conversation_id: str, after: int
) -> list[dict[str, Any]]:
    rows = await session.execute(
        select(Message, User.name)
        .outerjoin(User, User.id == Message.user_id)
        .where(Message.conversation_id == conversation_id, Message.seq > after)
        .order_by(Message.seq)
    )
    return [_as_json(message, name) for message, name in rows]


def _event(kind: str, data: dict[str, Any], *, event_id: int | None = None) -> str:
    head = f"id: {event_id}\n" if event_id is not None else ""
    return f"{head}event: {kind}\ndata: {jsonlib.dumps(data, ensure_ascii=False)}\n\n"


def _as_json(message: Message, name: str | None) -> dict[str, Any]:
    return {
        "id": message.id,
        "seq": message.seq,
        "at": message.at.isoformat(),
        "actor": message.actor,
        "name": name,
        "text": message.text,
        "language": message.language,
        "buttons": message.buttons,
        "custom": message.custom,
        "client_id": message.client_id,
        "helpful": message.helpful,
    }
