"""`/console`: analysts sign in, see the tickets and read one with its transcript and clock."""

from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING

from sanic import Blueprint, HTTPResponse, Request, html, redirect

from desk.accounts import service as accounts
from desk.conversations.service import history
from desk.messages import catalogue
from desk.services import Services
from desk.sla.models import EpisodeRow
from desk.sla.policies import in_use
from desk.tickets.clocks import clocks, explained
from desk.tickets.models import Ticket
from desk.tickets.service import find_ticket, list_tickets, open_queue, pressing, processed
from desk.tickets.states import DONE
from desk.web.errors import request_language
from desk.web.pages import render

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from desk.accounts.models import User

    Page = Callable[..., Awaitable[HTTPResponse]]

blueprint = Blueprint("console", url_prefix="/console")

COOKIE = "acedesk_sign_in"
_LISTED, _DONE_LISTED = 500, 100
"""Open tickets on the list, and done ones, the newest."""


class Row:
    """A ticket with one of its clocks as it stands at a moment."""

    def __init__(self, ticket: Ticket, clock: EpisodeRow, now: datetime) -> None:
        self.ticket = ticket
        self.clock = clock
        self.outcome = clock.outcome_at(now)
        self.stopped = clock.stop is not None
        if clock.due is not None:
            self.left_s = (clock.due - now).total_seconds()
        else:
            # It stands still: what is left once it goes on.
            self.left_s = clock.target_s - (clock.counted_s or 0.0)


def signed_in(page: "Page") -> "Page":
    """Send whoever is not signed in to the sign-in page, and new users to choose a password."""

    @wraps(page)
    async def guarded(request: Request, **values: str) -> HTTPResponse:
        services: Services = request.app.ctx.services
        async with services.store.read() as session:
            user = await accounts.signed_in(session, request.cookies.get(COOKIE))
        if user is None:
            return redirect("/console/sign-in")
        if user.must_change_password and not request.path.endswith("/password"):
            return redirect("/console/password")
        return await page(request, user=user, **values)

    return guarded


@blueprint.get("/")
@signed_in
async def tickets(request: Request, *, user: "User") -> HTTPResponse:
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
    return html(render("console/tickets", language, user=user, rows=rows, promises=promises))


@blueprint.get("/tickets/<number:str>")
@signed_in
async def ticket(request: Request, *, user: "User", number: str) -> HTTPResponse:
    """One ticket with its transcript, trail and clock."""
    services: Services = request.app.ctx.services
    language = page_language(request, user)
    async with services.store.read() as session:
        found = await find_ticket(session, number)
        if found is None:
            return html(render("console/missing", language, user=user), status=404)
        messages = await history(session, found.conversation_id)
        kept = await processed(session, [found])
        people = await accounts.emails(session)
    now = datetime.now(UTC)
    row = Row(found, kept[found.id], now)
    recorded = {line.id: line.recorded_at for line in found.events}
    told = [
        {
            "metric": clock.metric,
            "outcome": episode.outcome,
            "lines": [
                {"at": step.at, "text": step.told(language)}
                for step in explained(clock, episode, recorded, now=now)
            ],
        }
        for clock in clocks(found.events, in_use(), now=now)
        for episode in clock.episodes
    ]
    labels = catalogue(language)["handoff"]["summary"]
    page = render(
        "console/ticket",
        language,
        user=user,
        row=row,
        messages=messages,
        labels=labels,
        people=people,
        clocks=told,
        metrics=catalogue(language)["explain"]["metrics"],
    )
    return html(page)


@blueprint.get("/sign-in")
async def sign_in_page(request: Request) -> HTTPResponse:
    """The form."""
    return html(render("console/sign_in", page_language(request), user=None, failed=False))


@blueprint.post("/sign-in")
async def sign_in(request: Request) -> HTTPResponse:
    """Check address and password; a wrong pair says nothing of which one was wrong."""
    services: Services = request.app.ctx.services
    request.app.ctx.sign_in_limit.spend(request.remote_addr or request.ip)
    async with services.store.write() as session:
        cookie = await accounts.sign_in(
            session, email=_field(request, "email"), password=_field(request, "password")
        )
    if cookie is None:
        page = render("console/sign_in", page_language(request), user=None, failed=True)
        return html(page, status=403)
    response = redirect("/console/")
    _set_cookie(request, response, cookie)
    return response


@blueprint.post("/sign-out")
@signed_in
async def sign_out(request: Request, *, user: "User") -> HTTPResponse:
    """End this sign-in."""
    services: Services = request.app.ctx.services
    async with services.store.write() as session:
        await accounts.sign_out(session, request.cookies[COOKIE])
    response = redirect("/console/sign-in")
    response.delete_cookie(COOKIE, path="/console")
    return response


@blueprint.get("/password")
@signed_in
async def password_page(request: Request, *, user: "User") -> HTTPResponse:
    """The form for a password of one's own."""
    return html(_password_form(request, user, weak=False))


@blueprint.post("/password")
@signed_in
async def change_password(request: Request, *, user: "User") -> HTTPResponse:
    """Set it, and sign this browser in anew."""
    services: Services = request.app.ctx.services
    chosen = _field(request, "password")
    try:
        async with services.store.write() as session:
            await accounts.change_password(session, user.id, chosen)
            cookie = await accounts.sign_in(session, email=user.email, password=chosen)
    except accounts.WeakPassword:
        return html(_password_form(request, user, weak=True), status=400)
    response = redirect("/console/")
    if cookie is not None:
        _set_cookie(request, response, cookie)
    return response


def _field(request: Request, name: str) -> str:
    form = request.form
    return str(form.get(name, "")) if form else ""


def _password_form(request: Request, user: "User", *, weak: bool) -> str:
    language = page_language(request, user)
    return render("console/password", language, user=user, weak=weak, least=accounts.MIN_PASSWORD)


def _set_cookie(request: Request, response: HTTPResponse, cookie: str) -> None:
    # SameSite=Strict keeps other sites from posting these forms with the analyst's cookie.
    response.add_cookie(
        COOKIE,
        cookie,
        path="/console",
        httponly=True,
        samesite="Strict",
        secure=request.scheme == "https",
        max_age=int(accounts.SIGN_IN_LASTS.total_seconds()),
    )


def page_language(request: Request, user: "User | None" = None) -> str:
    """What a page speaks: the language asked for, else that of the user or the browser."""
    chosen = request.args.get("lang")
    if chosen in ("en", "es"):
        return str(chosen)
    return user.language if user else request_language(request)
