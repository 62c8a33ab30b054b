"""`/console/tickets/<number>/stream`: what happens to a ticket while an analyst looks at it."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sanic import Blueprint, HTTPResponse, Request, empty
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts.models import User
from desk.conversations import presence
from desk.conversations.models import Conversation
from desk.conversations.presence import Viewer
from desk.conversations.service import shown_name
from desk.metrics import STREAMS
from desk.services import Services
from desk.tickets.models import Ticket
from desk.tickets.numbers import parse
from desk.web.console.guard import field, page, page_language, sign_in_of
from desk.web.errors import ApiError
from desk.web.pages import strings

blueprint = Blueprint("live", url_prefix="/console/tickets")

LOOK_S = 2.0
"""Messages wake a stream at once; what else changes is looked for so often."""
HEARTBEAT_S = 15.0


@dataclass(frozen=True, kw_only=True)
class _State:
    """What tells that a page shows something old."""

    seq: int
    epoch: int
    version: int


@blueprint.get("/<number:str>/stream")
@page("tickets.read", is_use=False)
async def stream(request: Request, *, user: User, number: str) -> None:
    """Server-sent events: `news` with the last message's number as id, `people`, `typing`.

    It ends when the sign-in does.
    """
    services: Services = request.app.ctx.services
    async with services.store.read() as session:
        ticket = await session.get(Ticket, parse(number) or 0)
    if ticket is None:
        raise ApiError(404, "not_found")
    response = await request.respond(
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
    with STREAMS.labels("ticket").track_inprogress():
        async for block in _events(request, user, ticket):
            await response.send(block)


@blueprint.post("/<number:str>/presence")
@page("tickets.read", is_use=False)
async def here(request: Request, *, user: User, number: str) -> HTTPResponse:
    """The page is open, and a reply is being written in it or not; or it has been closed."""
    services: Services = request.app.ctx.services
    async with services.store.write() as session:
        ticket = await _ticket(session, number)
        if field(request, "gone") == "on":
            await presence.leave(session, ticket.id, user.id)
        else:
            composing = field(request, "composing") == "on"
            now = datetime.now(UTC)
            await presence.beat(session, ticket.id, user.id, composing=composing, now=now)
    services.live.announce(ticket.conversation_id)
    return empty(204)


@blueprint.post("/<number:str>/typing")
@page("conversations.reply")
async def typing(request: Request, *, user: User, number: str) -> HTTPResponse:
    """Tell the visitor that their analyst writes."""
    services: Services = request.app.ctx.services
    async with services.store.read() as session:
        ticket = await _ticket(session, number)
        conversation = await session.get_one(Conversation, ticket.conversation_id)
    if conversation.owner_id == user.id:
        name = shown_name(user, conversation)
        services.live.typing(conversation.id, actor="analyst", name=name)
    return empty(204)


def in_words(viewers: Sequence[Viewer], language: str) -> list[str]:
    """`Ben is writing a reply.`, a sentence for everybody who is here."""
    said = strings("console", language)["ticket"]["presence"]
    return [
        said["composing" if viewer.composing else "looking"].format(name=viewer.name)
        for viewer in viewers
    ]


async def _events(request: Request, user: User, ticket: Ticket) -> AsyncIterator[str]:
    services: Services = request.app.ctx.services
    language = page_language(request, user)
    known: _State | None = None
    here: Sequence[Viewer] | None = None
    clock = asyncio.get_running_loop().time
    beat = clock() + HEARTBEAT_S
    with services.live.listening(ticket.conversation_id) as listener:
        while not services.live.closed:
            still = await sign_in_of(request, is_use=False)
            if still is None or still.user_id != user.id:
                return
            async with services.store.read() as session:
                state = await _state(session, ticket.id)
                now = datetime.now(UTC)
                others = await presence.others(session, ticket.id, user.id, now=now)
            if state != known:
                known = state
                yield f"id: {state.seq}\nevent: news\ndata: {json.dumps(asdict(state))}\n\n"
            if others != here:
                here = others
                yield _event("people", {"said": in_words(others, language)})
            if clock() >= beat:
                beat = clock() + HEARTBEAT_S
                yield ": heartbeat\n\n"
            for actor, _ in await listener.wait(LOOK_S):
                if actor == "visitor":
                    yield _event("typing", {})


async def _state(session: AsyncSession, ticket_id: int) -> _State:
    ticket = await session.get_one(Ticket, ticket_id)
    conversation = await session.get_one(Conversation, ticket.conversation_id)
    return _State(seq=conversation.last_seq, epoch=conversation.epoch, version=ticket.version)


async def _ticket(session: AsyncSession, number: str) -> Ticket:
    found = await session.get(Ticket, parse(number) or 0)
    if found is None:
        raise ApiError(404, "not_found")
    return found


def _event(kind: str, data: dict[str, object]) -> str:
    return f"event: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
