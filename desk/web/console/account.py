"""`/console/password`: the password that people set for themselves."""

from datetime import UTC, datetime

from sanic import Blueprint, HTTPResponse, Request, redirect

from desk.accounts import service as accounts
from desk.accounts import sign_ins
from desk.accounts.models import User
from desk.services import Services
from desk.web.console import cookies, proof
from desk.web.console.browsers import browser_of
from desk.web.console.guard import field, page, render_page

blueprint = Blueprint("account", url_prefix="/console")


@blueprint.get("/password")
@page()
async def password_page(request: Request, *, user: User) -> HTTPResponse:
    """The form for a password of one's own."""
    return _password_form(request, user)


@blueprint.post("/password")
@page()
async def change_password(request: Request, *, user: User) -> HTTPResponse:
    """Set it, sign this browser in anew, and all others out."""
    services: Services = request.app.ctx.services
    chosen, now = field(request, "password"), datetime.now(UTC)
    # Whoever has a one-time password has typed it a moment ago.
    if not user.must_change_password:
        await proof.count_attempt(request, user, now=now)
        if not await proof.gave_password(request, user):
            return _password_form(request, user, failed="wrong")
    try:
        async with services.store.write() as session:
            await accounts.change_password(session, user.id, chosen)
            await proof.forgive(request, session, user, now=now)
            browser = browser_of(request.headers.getone("user-agent", ""))
            cookie = await sign_ins.begin(session, user, browser=browser, how="password", now=now)
    except accounts.WeakPassword:
        return _password_form(request, user, failed="weak")
    response = redirect("/console/")
    cookies.sign_browser_in(request, response, cookie, user)
    return response


def _password_form(request: Request, user: User, *, failed: str | None = None) -> HTTPResponse:
    return render_page(
        request,
        user,
        "console/password",
        status=400 if failed else 200,
        failed=failed,
        least=accounts.MIN_PASSWORD,
    )
