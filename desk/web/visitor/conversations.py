"""A conversation's life: it begins, messages come in, its language is chosen, it ends."""

from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, Field
from sanic import Blueprint, HTTPResponse, Request, empty, json

from desk.conversations import opening, service
from desk.conversations.ownership import release
from desk.services import Services
from desk.web.errors import body_of, request_language
from desk.web.visitor.access import PREFIX, entered, spend

blueprint = Blueprint("conversations", url_prefix=PREFIX)


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
    spend(request, "conversations")
    body = body_of(request, NewConversation) if request.body else NewConversation()
    language = body.language or request_language(request)
    async with services.store.write() as session:
        conversation, token = await opening.open_conversation(session, language=language)
    return json({"id": conversation.id, "token": token, "language": language}, status=201)


@blueprint.post("/<conversation_id:str>/messages")
async def send(request: Request, conversation_id: str) -> HTTPResponse:
    """Take a message: once this is answered it is kept, and the reply comes by the stream."""
    services: Services = request.app.ctx.services
    spend(request, "messages")
    body = body_of(request, NewMessage)
    async with services.store.write() as session:
        await entered(request, session, conversation_id)
        conversation = await service.locked(session, conversation_id)
        message = await service.receive(session, conversation, body.text, client_id=body.client_id)
    services.live.announce(conversation_id)
    services.turns.begin(message)
    return json({"id": message.id, "seq": message.seq}, status=202)


@blueprint.put("/<conversation_id:str>/language")
async def choose_language(request: Request, conversation_id: str) -> HTTPResponse:
    """An explicit choice; from now on it wins over what messages are written in."""
    services: Services = request.app.ctx.services
    spend(request, "messages")
    body = body_of(request, LanguageChoice)
    async with services.store.write() as session:
        conversation = await entered(request, session, conversation_id)
        conversation.language = body.language
        conversation.language_locked = True
        conversation.changed_at = datetime.now(UTC)
    services.live.announce(conversation_id)
    return empty(204)


@blueprint.post("/<conversation_id:str>/typing")
async def typing(request: Request, conversation_id: str) -> HTTPResponse:
    """The visitor is writing; nothing of it is kept."""
    services: Services = request.app.ctx.services
    spend(request, "typing")
    async with services.store.read() as session:
        await entered(request, session, conversation_id)
    services.live.typing(conversation_id, actor="visitor")
    return empty(204)


@blueprint.post("/<conversation_id:str>/end")
async def end(request: Request, conversation_id: str) -> HTTPResponse:
    """The visitor ends the conversation; ended twice is ended once."""
    services: Services = request.app.ctx.services
    spend(request, "messages")
    async with services.store.write() as session:
        await entered(request, session, conversation_id)
        conversation = await service.locked(session, conversation_id)
        if conversation.state != "closed":
            await release(session, conversation, "ended", datetime.now(UTC))
            service.tell(session, conversation, "ended", "ended", reason="visitor")
    services.live.announce(conversation_id)
    return empty(204)
