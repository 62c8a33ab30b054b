"""`/api/v1/tickets/{number}/attachments`: files on tickets."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from sanic import Blueprint, HTTPResponse, Request, json, raw
from sanic.request import File

from desk.accounts.models import ApiToken
from desk.attachments.models import Attachment
from desk.attachments.scanner import Infected, ScannerDown
from desk.attachments.service import (
    ENDINGS,
    MAX_BYTES,
    EmptyFile,
    FileTooLarge,
    TypeNotAllowed,
    attach,
    attachments_of,
    checked,
)
from desk.attachments.spool import ContentGone, Spool
from desk.home import Home
from desk.instants import instant
from desk.privacy.attachments import open_attachment
from desk.services import Services
from desk.web.errors import ApiError
from desk.web.programs.fields import MAX_ID
from desk.web.programs.guard import program
from desk.web.programs.writing import actor, existing, refusals, write_of

blueprint = Blueprint("ticket_attachments", url_prefix="/api/v1")

_FORM_BYTES = 64 * 1024
"""What a form may take besides its file."""
_UPLOAD_S = 60.0
_RETRY_S = 60


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
    file = await _file(request)
    await _look_at(request, file)
    spool = Spool.of(Home(services.settings.home))
    async with services.store.write() as session:
        ticket = await existing(session, number)
        write = write_of(request, by)
        with refusals("file"):
            made = await attach(session, spool, ticket.id, write, name=file.name, content=file.body)
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
    return raw(
        content,
        content_type=found.media_type,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )


async def _file(request: Request) -> File:
    """The file of the form.

    Raises:
        ApiError: 400 when there is none, 408 when it takes too long.
    """
    stream: Any = request.stream
    stream.request_max_size = MAX_BYTES + _FORM_BYTES
    try:
        async with asyncio.timeout(_UPLOAD_S):
            await request.receive_body()  # type: ignore[no-untyped-call]
    except TimeoutError as error:
        raise ApiError(408, "upload_slow") from error
    given = request.files.get("file") if request.files else None
    if given is None:
        raise ApiError(400, "invalid_field", field="file")
    file: File = given
    return file


async def _look_at(request: Request, file: File) -> None:
    """Refuse what is not taken, and what the virus scanner does not like or can't look at.

    Raises:
        ApiError: 400, 413, 415, 422 or 503.
    """
    try:
        await asyncio.to_thread(checked, file.body)
        await request.app.ctx.scanner.check(file.body)
    except EmptyFile as error:
        raise ApiError(400, "file_empty") from error
    except FileTooLarge as error:
        raise ApiError(413, "file_too_large", limit=MAX_BYTES // 2**20) from error
    except TypeNotAllowed as error:
        raise ApiError(415, "file_type", endings=ENDINGS) from error
    except Infected as error:
        raise ApiError(422, "file_infected") from error
    except ScannerDown as error:
        raise ApiError(503, "scanner_down", seconds=_RETRY_S) from error


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
