"""What visitors think of what they got: an answer, a ticket, and a ticket that is not solved."""

from datetime import UTC, datetime
from uuid import uuid4

from pydantic import BaseModel, Field
from sanic import Blueprint, HTTPResponse, Request, empty

from desk.conversations.feedback import give_feedback
from desk.conversations.reopening import NotReopened, reopen
from desk.conversations.satisfaction import MAX_COMMENT, SCORES, rate
from desk.conversations.service import tell
from desk.services import Services
from desk.web.errors import ApiError, body_of
from desk.web.visitor.access import PREFIX, entered, spend

blueprint = Blueprint("feedback", url_prefix=PREFIX)

_NUMBER = r"^[A-Za-z0-9 .-]{1,32}$"


class Feedback(BaseModel):
    """Whether an answer helped."""

    helpful: bool


class Rating(BaseModel):
    """How the handling of a ticket is rated."""

    ticket: str = Field(pattern=_NUMBER)
    score: int = Field(ge=min(SCORES), le=max(SCORES), strict=True)
    comment: str = Field("", max_length=MAX_COMMENT)


@blueprint.post("/<conversation_id:str>/messages/<seq:int>/feedback")
async def feedback(request: Request, conversation_id: str, seq: int) -> HTTPResponse:
    """Whether an answer of the assistant helped; the last word stays."""
    services: Services = request.app.ctx.services
    spend(request, "messages")
    body = body_of(request, Feedback)
    async with services.store.write() as session:
        conversation = await entered(request, session, conversation_id)
        try:
            await give_feedback(session, conversation, seq, helpful=body.helpful)
        except LookupError as error:
            raise ApiError(404, "unknown_answer") from error
    return empty(204)


@blueprint.post("/<conversation_id:str>/satisfaction")
async def satisfaction(request: Request, conversation_id: str) -> HTTPResponse:
    """How the handling of a ticket is rated; the last word stays."""
    services: Services = request.app.ctx.services
    spend(request, "messages")
    body = body_of(request, Rating)
    async with services.store.write() as session:
        conversation = await entered(request, session, conversation_id)
        try:
            await rate(
                session,
                conversation,
                body.ticket,
                score=body.score,
                comment=body.comment,
                now=datetime.now(UTC),
            )
        except LookupError as error:
            raise ApiError(404, "unknown_ticket", ticket=body.ticket) from error
    return empty(204)


@blueprint.post("/<conversation_id:str>/tickets/<ticket:str>/reopen")
async def not_solved(request: Request, conversation_id: str, ticket: str) -> HTTPResponse:
    """The ticket opens again, and a person is wanted."""
    services: Services = request.app.ctx.services
    spend(request, "messages")
    async with services.store.write() as session:
        conversation = await entered(request, session, conversation_id)
        key = f"not-solved/{uuid4().hex}"
        try:
            found = await reopen(session, conversation_id, ticket, key=key, now=datetime.now(UTC))
        except LookupError as error:
            raise ApiError(404, "unknown_ticket", ticket=ticket) from error
        except NotReopened as error:
            raise ApiError(409, "ticket_closed", ticket=ticket) from error
        if found is not None:
            tell(session, conversation, "reopened", "reopened", ticket=found.number)
    services.live.announce(conversation_id)
    return empty(204)
