"""A conversation as a file to keep."""

from datetime import UTC, datetime

from sanic import Blueprint, HTTPResponse, Request, json, text

from desk.conversations.transcript import transcript
from desk.services import Services
from desk.web.errors import ApiError
from desk.web.visitor.access import PREFIX, entered, spend

blueprint = Blueprint("transcript", url_prefix=PREFIX)

_FORMATS = ("txt", "json")


@blueprint.get("/<conversation_id:str>/transcript")
async def download(request: Request, conversation_id: str) -> HTTPResponse:
    """The whole conversation, in its language, as `format=txt` or `json`."""
    services: Services = request.app.ctx.services
    spend(request, "messages")
    form = request.args.get("format", "txt")
    if form not in _FORMATS:
        raise ApiError(400, "invalid_field", field="format")
    async with services.store.read() as session:
        conversation = await entered(request, session, conversation_id)
        made = await transcript(session, conversation, now=datetime.now(UTC))
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{made.file_stem}.{form}"',
    }
    if form == "json":
        return json(made.as_document(), headers=headers, ensure_ascii=False)
    return text(made.as_text(), headers=headers)
