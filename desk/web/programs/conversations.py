"""`/api/v1/tickets/{number}/conversation`: what is said, and who speaks for the desk."""

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request, json

from desk.accounts.models import ApiToken
from desk.accounts.service import emails, user_of
from desk.conversations.analysts import hand_back, pass_to, take_over
from desk.conversations.models import Conversation, Message
from desk.conversations.service import history
from desk.services import Services
from desk.web.errors import body_of
from desk.web.programs.fields import MAX_ID, Address, Body, Query, query_of
from desk.web.programs.guard import program
from desk.web.programs.writing import account_transcript, existing, refusals, write_of

blueprint = Blueprint("ticket_conversations", url_prefix="/api/v1/tickets")


class AfterQuery(Query):
    """Which messages."""

    after: int = Field(0, ge=0, le=MAX_ID)
    """Sequence number of the last one that was seen."""


class Seen(Body):
    """What its author has seen of who owns the conversation."""

    epoch: int | None = Field(None, ge=0, le=MAX_ID)


class PassOn(Seen):
    """Who has it from now on."""

    to: Address


@blueprint.get("/<number:str>/conversation")
@program("tickets.read")
async def shown(request: Request, *, by: ApiToken, number: str) -> HTTPResponse:
    """Who owns the conversation of a ticket, and what is said in it."""
    services: Services = request.app.ctx.services
    asked = query_of(request, AfterQuery)
    async with services.store.read() as session:
        ticket = await existing(session, number)
        conversation = await session.get_one(Conversation, ticket.conversation_id)
        messages = await history(session, conversation.id, after=asked.after)
        people = await emails(session)
    await account_transcript(services, ticket.id, by)
    said = [_message(message, people) for message in messages]
    return json(_state(conversation, people) | {"messages": said})


@blueprint.post("/<number:str>/conversation/take-over")
@program("conversations.reply")
async def taken(request: Request, *, by: ApiToken, number: str) -> HTTPResponse:
    """Speak with the requester from now on; the assistant is silent."""
    return await _change(request, by, number, take_over, _seen(request))


@blueprint.post("/<number:str>/conversation/hand-back")
@program("conversations.reply")
async def handed_back(request: Request, *, by: ApiToken, number: str) -> HTTPResponse:
    """Let the assistant answer again."""
    return await _change(request, by, number, hand_back, _seen(request))


@blueprint.post("/<number:str>/conversation/pass-on")
@program("conversations.reply")
async def passed_on(request: Request, *, by: ApiToken, number: str) -> HTTPResponse:
    """Give conversation and ticket to another analyst."""
    body = body_of(request, PassOn)
    return await _change(request, by, number, pass_to, body, to=body.to)


def _seen(request: Request) -> Seen:
    return body_of(request, Seen) if request.body else Seen()


async def _change(
    request: Request,
    by: ApiToken,
    number: str,
    do: Callable[..., Awaitable[Conversation]],
    body: Seen,
    *,
    to: str | None = None,
) -> HTTPResponse:
    services: Services = request.app.ctx.services
    async with services.store.write() as session:
        ticket = await existing(session, number)
        with refusals("to"):
            others = {} if to is None else {"to": await user_of(session, to)}
            conversation = await do(
                session, ticket.id, write_of(request, by), epoch=body.epoch, **others
            )
        people = await emails(session)
    services.live.announce(conversation.id)
    return json(_state(conversation, people))


def _state(conversation: Conversation, people: dict[int | None, str]) -> dict[str, Any]:
    return {
        "id": conversation.id,
        "state": conversation.state,
        "epoch": conversation.epoch,
        "owner": people.get(conversation.owner_id),
        "language": conversation.language,
        "channel": conversation.channel,
    }


def _message(message: Message, people: dict[int | None, str]) -> dict[str, Any]:
    return {
        "id": message.id,
        "seq": message.seq,
        "at": message.at.isoformat(),
        "actor": message.actor,
        "by": people.get(message.user_id),
        "text": message.text,
        "language": message.language,
        "custom": message.custom,
    }
