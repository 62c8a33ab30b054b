"""A visitor's file comes in: bounded, told by its content, looked at by the scanner, then kept."""

import asyncio
from contextlib import ExitStack
from datetime import UTC, datetime

from pydantic import BaseModel, Field, ValidationError
from sanic import Blueprint, HTTPResponse, Request, json
from sanic.request import File, RequestParameters

from desk.attachments.service import sent_lately, spooled
from desk.attachments.spool import NoRoom, Spool
from desk.conversations.files import Kept, NotAFile, receive_file, shown
from desk.home import Home
from desk.services import Services
from desk.web.errors import ApiError
from desk.web.limits import Budgets
from desk.web.uploads import file_of, look_at, no_room
from desk.web.visitor.access import PREFIX, entered, spend

blueprint = Blueprint("files", url_prefix=PREFIX)

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
    budgets: Budgets = request.app.ctx.budgets
    spend(request, "files")
    # Before ten megabytes are taken in from a stranger.
    async with services.store.read() as session:
        await entered(request, session, conversation_id)
        sent = await sent_lately(session, now=datetime.now(UTC))
    if 0 < budgets.uploads_an_hour <= sent:
        raise no_room()
    client_id, file = await _form(request)
    await look_at(request.app.ctx.scanner, file)
    # A client that hangs up now does not undo what may have been committed already.
    kept = await asyncio.shield(_keep(request, conversation_id, client_id, file))
    services.live.announce(conversation_id)
    message = kept.message
    return json({"id": message.id, "seq": message.seq, "file": shown(kept.file)}, status=202)


async def _form(request: Request) -> tuple[str, File]:
    file = await file_of(request)
    given = request.get_form() or RequestParameters()
    try:
        form = Form(client_id=given.get("client_id", ""))
    except ValidationError as error:
        raise ApiError(400, "invalid_field", field="client_id") from error
    return form.client_id, file


async def _keep(request: Request, conversation_id: str, client_id: str, file: File) -> Kept:
    services: Services = request.app.ctx.services
    spool = Spool.of(Home(services.settings.home))
    with ExitStack() as unless_kept:
        try:
            piece = await asyncio.to_thread(
                unless_kept.enter_context, spooled(spool, _name(file), file.body)
            )
        except NoRoom as error:
            raise no_room() from error
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
