"""A visitor's file comes in: bounded, told by its content, looked at by the scanner, then kept."""

import asyncio
from contextlib import ExitStack
from typing import Any

from pydantic import BaseModel, Field, ValidationError
from sanic import Blueprint, HTTPResponse, Request, json
from sanic.request import File, RequestParameters

from desk.attachments.scanner import Infected, Scanner, ScannerDown
from desk.attachments.service import (
    ENDINGS,
    MAX_BYTES,
    EmptyFile,
    FileTooLarge,
    TypeNotAllowed,
    checked,
    spooled,
)
from desk.attachments.spool import Spool
from desk.conversations.files import Kept, NotAFile, receive_file, shown
from desk.home import Home
from desk.services import Services
from desk.web.errors import ApiError
from desk.web.visitor.access import PREFIX, entered, spend

blueprint = Blueprint("files", url_prefix=PREFIX)

MAX_BODY = 11_000_000
"""Bytes of a request with a file: the file, and what a form puts around it."""
UPLOAD_S = 60.0
"""Seconds that a file may take to come in."""
_HEARD_OUT = 4 * MAX_BODY
"""A longer request is not kept, but read so far: a browser that is cut off hears no reason."""
_RETRY_S = 30
_ESCAPES = {"%0A": "\n", "%0D": "\r", "%22": '"'}
"""What browsers write in a file's name instead of characters that would break the form:
https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data"""


class Form(BaseModel):
    """The fields beside the file; the same `client_id` is the same file."""

    client_id: str = Field(pattern=r"^[^\x00]{1,255}$")


@blueprint.post("/<conversation_id:str>/files", stream=True)
async def upload(request: Request, conversation_id: str) -> HTTPResponse:
    """Take one file: once this is answered it is kept, and stands in the conversation."""
    services: Services = request.app.ctx.services
    spend(request, "files")
    # Before ten megabytes are taken in from a stranger.
    async with services.store.read() as session:
        await entered(request, session, conversation_id)
    client_id, file = await _form(request)
    await _look_at(request.app.ctx.scanner, file)
    # A client that hangs up now does not undo what may have been committed already.
    kept = await asyncio.shield(_keep(request, conversation_id, client_id, file))
    services.live.announce(conversation_id)
    message = kept.message
    return json({"id": message.id, "seq": message.seq, "file": shown(kept.file)}, status=202)


async def _form(request: Request) -> tuple[str, File]:
    request.body = await _body(request)
    given, sent = request.get_form() or RequestParameters(), request.files or RequestParameters()
    try:
        form = Form(client_id=given.get("client_id", ""))
    except ValidationError as error:
        raise ApiError(400, "invalid_field", field="client_id") from error
    files = sent.getlist("file", [])
    if len(files) != 1:
        raise ApiError(400, "invalid_field", field="file")
    return form.client_id, files[0]


async def _body(request: Request) -> bytes:
    """The request's body.

    Raises:
        ApiError: 413 when it is too long, 408 when it is too slow.
    """
    body, length = bytearray(), 0
    try:
        async with asyncio.timeout(UPLOAD_S):
            while length <= _HEARD_OUT and (chunk := await _chunk(request)):
                length += len(chunk)
                if length <= MAX_BODY:
                    body += chunk
    except TimeoutError as error:
        raise ApiError(408, "upload_slow") from error
    if length > MAX_BODY:
        raise ApiError(413, "file_too_large", limit=MAX_BYTES // 2**20)
    return bytes(body)


async def _chunk(request: Request) -> bytes | None:
    stream: Any = request.stream
    chunk: bytes | None = await stream.read()
    return chunk


async def _look_at(scanner: Scanner, file: File) -> None:
    """Refuse what is not taken, and what the scanner does not like or can't look at.

    Raises:
        ApiError: 400, 413, 415, 422 or 503.
    """
    try:
        await asyncio.to_thread(checked, file.body)
        await scanner.check(file.body)
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


async def _keep(request: Request, conversation_id: str, client_id: str, file: File) -> Kept:
    services: Services = request.app.ctx.services
    spool = Spool.of(Home(services.settings.home))
    with ExitStack() as unless_kept:
        piece = await asyncio.to_thread(
            unless_kept.enter_context, spooled(spool, _name(file), file.body)
        )
        try:
            async with services.store.write() as session:
                conversation = await entered(request, session, conversation_id)
                kept = await receive_file(session, conversation, piece, client_id=client_id)
        except NotAFile as error:
            raise ApiError(400, "invalid_field", field="client_id") from error
    if kept.again:
        spool.purge(piece.spool_key)
    return kept


def _name(file: File) -> str:
    """The file's name as its owner reads it, so that what stands out in it can be found."""
    name = file.name
    for escape, character in _ESCAPES.items():
        name = name.replace(escape, character)
    return name
