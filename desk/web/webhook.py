"""`POST /webhooks/rest/webhook`: Rasa's REST reply format, so that any Rasa client works."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sanic import Blueprint, HTTPResponse, Request, json

from desk.conversations import opening, service
from desk.conversations.models import Message
from desk.services import Services
from desk.web.errors import ApiError, body_of, request_language, same_token
from desk.web.limits import Budgets

blueprint = Blueprint("rest_webhook")


class Metadata(BaseModel):
    """What a client may say about its message; other keys are for the client's own use."""

    channel: Literal["chat", "email"] = "chat"
    message_id: str | None = Field(None, pattern=r"^[^\x00]{1,255}$")


class RestMessage(BaseModel):
    """A message in the format of Rasa's REST channel."""

    model_config = ConfigDict(extra="ignore")

    sender: str = Field(min_length=1, max_length=255)
    message: str
    metadata: Metadata = Metadata()


@blueprint.post("/webhooks/rest/webhook")
async def webhook(request: Request) -> HTTPResponse:
    """One message in, its reply out; the same `(sender, message_id)` gets the stored reply."""
    services: Services = request.app.ctx.services
    budgets: Budgets = request.app.ctx.budgets
    from_service = _is_service(request, services)
    if not from_service:
        budgets.spend("messages", request)
    body = body_of(request, RestMessage)
    async with services.store.write() as session:
        conversation = await opening.conversation_of_sender(
            session,
            body.sender,
            channel=body.metadata.channel,
            is_test=from_service,
            language=request_language(request),
        )
        message = await service.receive(
            session, conversation, body.message, client_id=body.metadata.message_id
        )
    answer = await services.turns.take(message)
    return json([_element(body.sender, bubble) for bubble in answer])


def _element(sender: str, bubble: Message) -> dict[str, Any]:
    element: dict[str, Any] = {"recipient_id": sender, "text": bubble.text}
    if bubble.buttons:
        element["buttons"] = bubble.buttons
    if bubble.custom is not None:
        element["custom"] = bubble.custom
    return element


def _is_service(request: Request, services: Services) -> bool:
    """Whether the desk's own command line sent this; no token at all is a visitor.

    Raises:
        ApiError: 401 when there is a token and it is wrong.
    """
    if request.token is None:
        return False
    if not same_token(request.token, services.secrets.service_token):
        raise ApiError(401, "unauthorised")
    return True
