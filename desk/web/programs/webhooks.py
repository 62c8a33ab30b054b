"""`/api/v1/webhooks`: other systems that are told of what happens."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import uuid4

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request, empty, json
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts.models import ApiToken
from desk.instants import instant
from desk.outbox import subscriptions
from desk.outbox.addresses import MAX_URL
from desk.outbox.models import Subscription
from desk.outbox.senders import UnusableAddress
from desk.outbox.service import put_for
from desk.outbox.topics import PING, TOPICS
from desk.services import Services
from desk.web.errors import ApiError, body_of
from desk.web.programs.fields import MAX_ID, Body, OneOf
from desk.web.programs.guard import program
from desk.web.programs.writing import actor

blueprint = Blueprint("webhooks", url_prefix="/api/v1/webhooks")


class NewWebhook(Body):
    """Where to send, and of what."""

    url: Annotated[str, Field(max_length=MAX_URL)]
    topics: Annotated[list[Annotated[str, OneOf(TOPICS)]], Field(min_length=1, max_length=50)]


@blueprint.get("/")
@program("webhooks.manage")
async def listed(request: Request, *, by: ApiToken) -> HTTPResponse:
    """Every webhook, and how telling it goes."""
    services: Services = request.app.ctx.services
    async with services.store.read() as session:
        found = await subscriptions.subscriptions(session)
    return json({"webhooks": [_row(one) for one in found]})


@blueprint.post("/")
@program("webhooks.manage")
async def added(request: Request, *, by: ApiToken) -> HTTPResponse:
    """Add one; its secret is shown only here."""
    services: Services = request.app.ctx.services
    body = body_of(request, NewWebhook)
    try:
        async with services.store.write() as session:
            made = await subscriptions.subscribe(
                session,
                url=body.url,
                topics=body.topics,
                user_id=by.user_id,
                now=datetime.now(UTC),
                loopback=services.settings.webhook_loopback,
            )
    except UnusableAddress as error:
        raise ApiError(400, "invalid_field", field="url") from error
    except ValueError as error:
        raise ApiError(409, "too_many", limit=subscriptions.MAX_WEBHOOKS) from error
    secret = subscriptions.secret_of(services.secrets.webhook_key, made)
    return json(_row(made) | {"secret": secret}, status=201)


@blueprint.delete("/<webhook:int>")
@program("webhooks.manage")
async def removed(request: Request, *, by: ApiToken, webhook: int) -> HTTPResponse:
    """Tell it nothing more."""
    services: Services = request.app.ctx.services
    async with services.store.write() as session:
        await _existing(session, webhook)
        await subscriptions.remove(session, webhook, by=actor(by), now=datetime.now(UTC))
    return empty(204)


@blueprint.post("/<webhook:int>/enable")
@program("webhooks.manage")
async def enabled(request: Request, *, by: ApiToken, webhook: int) -> HTTPResponse:
    """Tell it again that was disabled."""
    services: Services = request.app.ctx.services
    async with services.store.write() as session:
        await _existing(session, webhook)
        found = await subscriptions.enable(session, webhook, by=actor(by), now=datetime.now(UTC))
    return json(_row(found))


@blueprint.post("/<webhook:int>/test")
@program("webhooks.manage")
async def tried(request: Request, *, by: ApiToken, webhook: int) -> HTTPResponse:
    """Send it a message of the type `ping`."""
    services: Services = request.app.ctx.services
    async with services.store.write() as session:
        found = await _existing(session, webhook)
        await put_for(session, found, PING, f"ping/{uuid4().hex}", {}, now=datetime.now(UTC))
    return empty(202)


async def _existing(session: AsyncSession, webhook: int) -> Subscription:
    try:
        if not 0 < webhook <= MAX_ID:
            raise LookupError(webhook)
        return await subscriptions.subscription(session, webhook)
    except LookupError as error:
        raise ApiError(404, "not_found") from error


def _row(found: Subscription) -> dict[str, Any]:
    return {
        "id": found.id,
        "url": found.url,
        "topics": found.topics,
        "state": found.state,
        "created_at": instant(found.created_at),
        "delivered_at": instant(found.delivered_at),
        "failing_since": instant(found.failing_since),
        "disabled_at": instant(found.disabled_at),
        "error": found.error,
    }
