"""`/console`: the list of tickets."""

from datetime import UTC, datetime

from sanic import Blueprint, HTTPResponse, Request

from desk.accounts.models import User
from desk.messages import catalogue
from desk.services import Services
from desk.tickets.service import list_tickets, open_queue, pressing
from desk.tickets.states import DONE
from desk.web.console.guard import page, page_language, render_page
from desk.web.console.rows import Row

blueprint = Blueprint("queues", url_prefix="/console")

_LISTED, _DONE_LISTED = 500, 100
"""Open tickets on the list, and done ones, the newest."""


@blueprint.get("/")
@page("tickets.read")
async def tickets(request: Request, *, user: User) -> HTTPResponse:
    """The list: open tickets first to fall due."""
    services: Services = request.app.ctx.services
    now = datetime.now(UTC)
    async with services.store.read() as session:
        tests = "tests" in request.args
        found = [
            *await open_queue(session, tests=tests, limit=_LISTED),
            *await list_tickets(session, states=DONE, tests=tests, limit=_DONE_LISTED),
        ]
        kept = await pressing(session, found)
    rows = sorted(
        (Row(ticket, kept[ticket.id], now) for ticket in found),
        key=lambda row: (row.stopped, row.left_s),
    )
    language = page_language(request, user)
    promises = catalogue(language)["explain"]["metrics"]
    return render_page(request, user, "console/tickets", rows=rows, promises=promises)
