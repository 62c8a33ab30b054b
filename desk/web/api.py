"""`/api/v1/conversations`: what the widget speaks."""

import asyncio
import json as jsonlib
import re
from collections.abc import AsyncIterator
from typing import Any, Literal

from pydantic import BaseModel, Field
from sanic import Blueprint, HTTPResponse, Request, empty, json
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations import service
from desk.conversations.models import Conversation, Message
from desk.conversations.status import status
from desk.services import Services
from desk.store import Store
from desk.web.errors import ApiError, body_of, request_language
from desk.web.limits import RateLimit

blueprint = Blueprint("conversations", url_prefix="/api/v1/conversations")

HEARTBEAT_S = 15.0


class NewConversation(BaseModel):
    """The visitor's language, when the page knows it."""

    language: Literal["en", "es"] | None = None


class NewMessage(BaseModel):
    """A visitor's text; the same `client_id` is the same message."""

    client_id: str = Field(pattern=r"^[^\x00]{1,255}$")
    text: str


class LanguageChoice(BaseModel):
    """The language that the visitor chose."""

    language: Literal["en", "es"]


@blueprint.post("/")
async def open_conversation(request: Request) -> HTTPResponse:
    """Start a conversation; the token opens it and is shown only here."""
    services: Services = request.app.ctx.services
    _spend(request)
    body = body_of(request, NewConversation) if request.body else NewConversation()
    language = body.language or request_language(request)
    async with services.store.write() as session:
        conversation, token = await service.open_conversation(session, language=language)
    return json({"id": conversation.id, "token": token, "language": language}, status=201)


@blueprint.post("/<conversation_id:str>/messages")
async def send(request: Request, conversation_id: str) -> HTTPResponse:
    """Take a message: once this is answered it is kept, and the reply comes by the stream."""
    services: Services = request.app.ctx.services
    _spend(request)
    body = body_of(request, NewMessage)
    async with services.store.write() as session:
        conversation = await _authenticate(request, session, conversation_id)
        message = await service.receive(session, conversation, body.text, client_id=body.client_id)
    services.live.announce(conversation_id)
    services.turns.begin(message)
    return json({"id": message.id, "seq": message.seq}, status=202)


@blueprint.put("/<conversation_id:str>/language")
async def choose_language(request: Request, conversation_id: str) -> HTTPResponse:
    """An explicit choice; from now on it wins over what messages are written in."""
    services: Services = request.app.ctx.services
    body = body_of(request, LanguageChoice)
    async with services.store.write() as session:
        conversation = await _authenticate(request, session, conversation_id)
        conversation.language = body.language
        conversation.language_locked = True
    services.live.announce(conversation_id)
    return empty(204)


@blueprint.get("/<conversation_id:str>/stream")
async def stream(request: Request, conversation_id: str) -> None:
    """Server-sent events: `message` with its sequence number as id, `state`, heartbeats."""
    services: Services = request.app.ctx.services
    async with services.store.read() as session:
        await _authenticate(request, session, conversation_id)
    last = request.headers.getone("last-event-id", "0")
    if not re.fullmatch(r"[0-9]{1,9}", last):
        raise ApiError(400, "invalid_field", field="Last-Event-ID")
    response = await request.respond(
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
    async for block in _events(services, conversation_id, after=int(last)):
        await response.send(block)


async def _events(services: Services, conversation_id: str, *, after: int) -> AsyncIterator[str]:
    live = services.live
    shown: dict[str, Any] | None = None
    clock = asyncio.get_running_loop().time
    beat = clock() + HEARTBEAT_S
    with live.listening(conversation_id) as listener:
        while not live.closed:
            blocks = []
            messages, now = await _news(services.store, conversation_id, after)
            now["queue"] = await services.queue.of(conversation_id)
            for message in messages:
                after = message.seq
                blocks.append(_event("message", _as_json(message), event_id=message.seq))
            if now != shown:
                shown = now
                blocks.append(_event("state", now))
            if not blocks and clock() >= beat:
                blocks.append(": heartbeat\n\n")
            if blocks:
                beat = clock() + HEARTBEAT_S
                yield "".join(blocks)
            for actor, name in await listener.wait(max(0.0, beat - clock())):
                if actor != "visitor":
                    yield _event("typing", {"actor": actor, "name": name})


async def _news(
    store: Store, conversation_id: str, after: int
) -> tuple[list[Message], dict[str, Any]]:
    async with store.read() as session:
        messages = await service.history(session, conversation_id, after=after)
        conversation = await session.get_one(Conversation, conversation_id)
        return messages, await status(session, conversation)


def _event(kind: str, data: dict[str, Any], *, event_id: int | None = None) -> str:
    head = f"id: {event_id}\n" if event_id is not None else ""
    return f"{head}event: {kind}\ndata: {jsonlib.dumps(data, ensure_ascii=False)}\n\n"


def _as_json(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "seq": message.seq,
        "at": message.at.isoformat(),
        "actor": message.actor,
        "text": message.text,
        "language": message.language,
        "buttons": message.buttons,
        "custom": message.custom,
        "client_id": message.client_id,
    }


async def _authenticate(
    request: Request, session: AsyncSession, conversation_id: str
) -> Conversation:
    if request.token is None:
        raise ApiError(401, "unauthorised")
    try:
        return await service.authenticate(session, conversation_id, request.token)
    except LookupError as error:
        raise ApiError(404, "unknown_conversation") from error
    except PermissionError as error:
        raise ApiError(401, "unauthorised") from error


def _spend(request: Request) -> None:
    limit: RateLimit = request.app.ctx.limit
    limit.spend(request.remote_addr or request.ip)
