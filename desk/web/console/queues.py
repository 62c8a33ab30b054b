"""`/console`: the queues of tickets, and the way to the next one."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast
from urllib.parse import urlencode

from sanic import Blueprint, HTTPResponse, Request, redirect

from desk.accounts.models import User
from desk.accounts.service import names
from desk.conversations import queues
from desk.conversations.queues import FILTERS, SORTS, VIEWS, Queue, Sort, View
from desk.messages import catalogue
from desk.services import Services
from desk.tickets import triage
from desk.tickets.numbers import parse
from desk.tickets.service import pressing
from desk.web.console.bulk import offered
from desk.web.console.guard import page, page_language, render_page
from desk.web.console.rows import Row
from desk.web.errors import ApiError
from desk.web.pages import strings

blueprint = Blueprint("queues", url_prefix="/console")

DEFAULT: View = "open"
_PAGE = 50
"""Tickets on a page."""


@blueprint.get("/")
@page("tickets.read")
async def tickets(request: Request, *, user: User) -> HTTPResponse:
    """One view of the queues; which one, narrowed and sorted how, stands in the address."""
    services: Services = request.app.ctx.services
    now = datetime.now(UTC)
    asked = _asked(request, user)
    number = page_number(request)
    async with services.store.read() as session:
        version = await queues.version(session)
        counts = await queues.counts(session, user_id=user.id, now=now)
        size = await queues.size(session, asked, now=now)
        last = max(1, -(-size // _PAGE))
        number = min(number, last)
        found = await queues.listed(
            session, asked, now=now, limit=_PAGE, offset=(number - 1) * _PAGE
        )
        kept = await pressing(session, [ticket for ticket, _ in found])
        people = await names(session)
    language = page_language(request, user)
    chosen = {"queue": asked.view, **dict(asked.narrowed)}
    if asked.sort != "due":
        chosen["sort"] = asked.sort
    if asked.tests:
        chosen["tests"] = "1"
    return render_page(
        request,
        user,
        "console/tickets",
        rows=[
            Row(ticket, kept[ticket.id], now, conversation=conversation)
            for ticket, conversation in found
        ],
        view=asked.view,
        chosen=chosen,
        query=urlencode(chosen),
        options=_options(language),
        counts=counts,
        size=size,
        page=number,
        last=last,
        version=version,
        people=people,
        acts=offered(user),
        promises=catalogue(language)["explain"]["metrics"],
    )


@blueprint.get("/next")
@page("tickets.read")
async def next_ticket(request: Request, *, user: User) -> HTTPResponse:
    """On to the most pressing ticket; from a ticket (`after`), to the one behind it."""
    services: Services = request.app.ctx.services
    after = parse(request.args.get("after", ""))
    async with services.store.read() as session:
        found = await queues.next_for(session, user_id=user.id, after=after)
    where = f"tickets/{found.number}" if found else "?queue=waiting"
    asked = request.args.get("lang")
    tail = urlencode({"lang": asked}) if asked in ("en", "es") else ""
    return redirect(f"/console/{where}" + (f"{'&' if '?' in where else '?'}{tail}" if tail else ""))


def _asked(request: Request, user: User) -> Queue:
    """What the address asks for.

    Raises:
        ApiError: 400 for a view, sort or value of a filter that there is not.
    """
    options = _options("en")
    narrowed = []
    for name in FILTERS:
        value = request.args.get(name, "")
        if value:
            narrowed.append((name, _one_of(name, value, options[name])))
    view = _one_of("queue", request.args.get("queue", DEFAULT), dict.fromkeys(VIEWS))
    sort = _one_of("sort", request.args.get("sort", SORTS[0]), dict.fromkeys(SORTS))
    return Queue(
        view=cast("View", view),
        user_id=user.id,
        narrowed=tuple(narrowed),
        sort=cast("Sort", sort),
        tests="tests" in request.get_args(keep_blank_values=True),
    )


def _options(language: str) -> dict[str, dict[str, str]]:
    """The values of each filter, with their words."""
    words = strings("console", language)
    codes = {
        "language": ("en", "es"),
        "channel": tuple(words["channels"]),
        "category": tuple(triage.categories()),
        "priority": tuple(words["priorities"]),
        "group": triage.groups(),
    }
    tables = dict(
        zip(FILTERS, ("languages", "channels", "categories", "priorities", "groups"), strict=True)
    )
    return {
        name: {code: words[tables[name]].get(code, code) for code in codes[name]}
        for name in FILTERS
    }


def _one_of(name: str, value: str, known: Mapping[str, object]) -> str:
    if value not in known:
        raise ApiError(400, "invalid_field", field=name)
    return value


def page_number(request: Request) -> int:
    """Which page of a list the address asks for.

    Raises:
        ApiError: 400 when it is no number of a page.
    """
    given = request.args.get("page", "1")
    if not (given.isascii() and given.isdigit() and int(given[:9]) > 0 and len(given) < 9):
        raise ApiError(400, "invalid_field", field="page")
    return int(given)
