"""`/console/sign-in`: the way in, in one step or two, and out."""

from datetime import UTC, datetime

from sanic import Blueprint, HTTPResponse, Request, redirect
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts import second_factor, sign_ins
from desk.accounts import service as accounts
from desk.accounts.models import User
from desk.accounts.throttle import Throttle, TooSoon
from desk.services import Services
from desk.web.console import cookies
from desk.web.console.browsers import browser_of
from desk.web.console.guard import (
    COOKIE,
    field,
    from_here,
    page,
    page_language,
    render_page,
    too_soon,
)

blueprint = Blueprint("sign_in", url_prefix="/console")

_MAX_TYPED = 1024
"""Characters of a password or a code that are looked at."""


@blueprint.get("/sign-in")
async def sign_in_page(request: Request) -> HTTPResponse:
    """The form."""
    return sign_in_form(request)


@blueprint.post("/sign-in")
async def sign_in(request: Request) -> HTTPResponse:
    """Check address and password; a wrong pair says nothing of which one was wrong."""
    services: Services = request.app.ctx.services
    throttle: Throttle = request.app.ctx.throttle
    if not from_here(request):
        return sign_in_form(request, failed="pair")
    email, password = field(request, "email"), field(request, "password")[:_MAX_TYPED]
    now = datetime.now(UTC)
    counted = cookies.counted_for(request, email)
    try:
        await throttle.attempt(counted, now=now)
    except TooSoon as error:
        return too_soon(request, None, error)
    async with services.store.read() as session:
        user = await accounts.with_password(session, email=email, password=password)
    async with services.store.write() as session:
        if user is None:
            await accounts.note_failure(session, email=email, why="password", now=now)
            return sign_in_form(request, failed="pair")
        return await let_in(request, session, user, how="password", now=now)


@blueprint.get("/sign-in/code")
async def code_page(request: Request) -> HTTPResponse:
    """The second step's form."""
    return await _code_step(request)


@blueprint.post("/sign-in/code")
async def give_code(request: Request) -> HTTPResponse:
    """Check the code of the app, or a recovery code."""
    return await _code_step(request)


@blueprint.post("/sign-out")
@page()
async def sign_out(request: Request, *, user: User) -> HTTPResponse:
    """End this sign-in."""
    services: Services = request.app.ctx.services
    async with services.store.write() as session:
        this = request.ctx.sign_in.token_hash
        await sign_ins.end(session, user.id, this, now=datetime.now(UTC))
    response = redirect("/console/sign-in")
    cookies.forget(response, COOKIE)
    return response


def sign_in_form(request: Request, *, failed: str | None = None) -> HTTPResponse:
    """The form.

    Args:
        failed: why it is shown again: pair, late or openid.
    """
    return render_page(
        request,
        None,
        "console/sign_in",
        status=403 if failed else 200,
        failed=failed,
        openid=request.app.ctx.openid is not None,
    )


async def let_in(
    request: Request,
    session: AsyncSession,
    user: User,
    *,
    how: str,
    now: datetime,
    leads_on: bool = True,
) -> HTTPResponse:
    """Sign the browser in, or ask for the code if this user has a second factor.

    Args:
        leads_on: by a redirect; else by a page, whose cookies hold for the next request even if
            another site has led here.
    """
    if user.second_factor_at is not None and how in ("password", "openid"):
        pending = await sign_ins.suspend(session, user_id=user.id, now=now, detail={"how": how})
        response = _on_to(
            request, f"/console/sign-in/code?lang={page_language(request)}", leads_on=leads_on
        )
        cookies.keep_pending(request, response, pending)
        return response
    cookie = await sign_ins.begin(
        session,
        user,
        browser=browser_of(request.headers.getone("user-agent", "")),
        how=how,
        now=now,
    )
    counted = cookies.counted_for(request, user.email)
    await request.app.ctx.throttle.forgive(session, counted, now=now)
    response = _on_to(request, "/console/", leads_on=leads_on)
    cookies.sign_browser_in(request, response, cookie, user)
    return response


def _on_to(request: Request, path: str, *, leads_on: bool) -> HTTPResponse:
    if leads_on:
        return redirect(path)
    below = path.removeprefix("/console/")
    return render_page(request, None, "console/hop", path=below)


async def _code_step(request: Request) -> HTTPResponse:
    services: Services = request.app.ctx.services
    now = datetime.now(UTC)
    async with services.store.read() as session:
        pending = await sign_ins.suspended(session, request.cookies.get(cookies.PENDING), now=now)
        user = await sign_ins.user_of(session, pending) if pending else None
    if user is None:
        return sign_in_form(request, failed="late")
    if request.method != "POST":
        return _code_form(request, wrong=False)
    if not from_here(request):
        return _code_form(request, wrong=True)
    # Not for the address, which the password has been counted for.
    counted = [one for one in cookies.counted_for(request, user.email) if one.kind != "address"]
    try:
        await request.app.ctx.throttle.attempt(counted, now=now)
    except TooSoon as error:
        return too_soon(request, None, error)
    async with services.store.write() as session:
        code = field(request, "code")[:_MAX_TYPED]
        key = services.secrets.accounts_key
        how = await second_factor.accepts(session, user.id, code, key=key, now=now)
        if how is None:
            await accounts.note_failure(session, email=user.email, why="code", now=now)
            return _code_form(request, wrong=True)
        taken = await sign_ins.take_up(session, request.cookies.get(cookies.PENDING), now=now)
        if taken is None:
            return sign_in_form(request, failed="late")
        response = await let_in(request, session, user, how=how, now=now)
    cookies.forget(response, cookies.PENDING)
    return response


def _code_form(request: Request, *, wrong: bool) -> HTTPResponse:
    return render_page(request, None, "console/code", status=403 if wrong else 200, wrong=wrong)
