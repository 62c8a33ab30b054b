"""`/api/v1/tickets/{number}/attachments`: files on tickets."""

from datetime import UTC, datetime
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, json

from desk.accounts.models import ApiToken
from desk.attachments.models import Attachment
from desk.attachments.service import attach, attachments_of
from desk.attachments.spool import ContentGone, NoRoom, Spool
from desk.home import Home
from desk.instants import instant
from desk.privacy.attachments import open_attachment
from desk.services import Services
from desk.web.downloads import to_save
from desk.web.errors import ApiError
from desk.web.programs.fields import MAX_ID
from desk.web.programs.guard import program
from desk.web.programs.writing import actor, existing, refusals, write_of
from desk.web.uploads import file_of, look_at, no_room

blueprint = Blueprint("ticket_attachments", url_prefix="/api/v1")


@blueprint.get("/tickets/<number:str>/attachments")
@program("tickets.read")
async def listed(request: Request, *, by: ApiToken, number: str) -> HTTPResponse:
    """The files of a ticket, oldest first."""
    services: Services = request.app.ctx.services
    async with services.store.read() as session:
        ticket = await existing(session, number)
        found = await attachments_of(session, ticket.id)
    return json({"attachments": [_row(one) for one in found]})


@blueprint.post("/tickets/<number:str>/attachments", stream=True)
@program("tickets.work")
async def uploaded(request: Request, *, by: ApiToken, number: str) -> HTTPResponse:
    """Put a file on a ticket: `multipart/form-data` with the field `file`."""
    services: Services = request.app.ctx.services
    # Whoever may not upload has been refused before the body is read.
    file = await file_of(request)
    await look_at(request.app.ctx.scanner, file)
    spool = Spool.of(Home(services.settings.home))
    content = file.body
    try:
        async with services.store.write() as session:
            ticket = await existing(session, number)
            write = write_of(request, by)
            with refusals("file"):
                made = await attach(
                    session, spool, ticket.id, write, name=file.name, content=content
                )
    except NoRoom as error:
        raise no_room() from error
    return json(_row(made), status=201)


@blueprint.get("/attachments/<attachment:int>")
@program("attachments.open")
async def downloaded(request: Request, *, by: ApiToken, attachment: int) -> HTTPResponse:
    """A file's content; that it was opened is written down."""
    services: Services = request.app.ctx.services
    if not 0 < attachment <= MAX_ID:
        raise ApiError(404, "not_found")
    spool = Spool.of(Home(services.settings.home))
    try:
        async with services.store.write() as session:
            found, content = await open_attachment(
                session, spool, attachment, by=actor(by), now=datetime.now(UTC)
            )
    except ContentGone as error:
        raise ApiError(410, "content_gone") from error
    except LookupError as error:
        raise ApiError(404, "not_found") from error
    return to_save(content, found.name, media_type=found.media_type)


def _row(attachment: Attachment) -> dict[str, Any]:
    return {
        "id": attachment.id,
        "name": attachment.name,
        "media_type": attachment.media_type,
        "size": attachment.size,
        "sha256": attachment.sha256,
        "at": instant(attachment.at),
        "actor": attachment.actor,
        "purged_at": instant(attachment.purged_at),
    }
