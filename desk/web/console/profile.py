"""`/console/profile`: what people see and set of themselves."""

from datetime import UTC, datetime

from sanic import Blueprint, HTTPResponse, Request, redirect

from desk.accounts import second_factor, sign_ins
from desk.accounts import service as accounts
from desk.accounts.models import User
from desk.services import Services
from desk.web.console.guard import field, idle_time, page, render_page

blueprint = Blueprint("profile", url_prefix="/console/profile")


@blueprint.get("/")
@page()
async def profile(request: Request, *, user: User) -> HTTPResponse:
    """The page."""
    return await _profile(request, user)


@blueprint.post("/")
@page()
async def describe(request: Request, *, user: User) -> HTTPResponse:
    """Set the name that visitors are told, and the console's language."""
    services: Services = request.app.ctx.services
    name, language = field(request, "name"), field(request, "language")
    try:
        async with services.store.write() as session:
            await accounts.describe(session, user.id, name=name, language=language)
    except ValueError:
        return await _profile(request, user, failed=True)
    return redirect("/console/profile/")


@blueprint.post("/sign-ins")
@page()
async def end(request: Request, *, user: User) -> HTTPResponse:
    """Sign one browser out, or all but this one."""
    services: Services = request.app.ctx.services
    which = field(request, "which")
    async with services.store.write() as session:
        if which == "others":
            await sign_ins.end_all(session, user.id, but=request.ctx.sign_in.token_hash)
        else:
            await sign_ins.end(session, user.id, which, now=datetime.now(UTC))
    return redirect("/console/profile/")


async def _profile(request: Request, user: User, *, failed: bool = False) -> HTTPResponse:
    services: Services = request.app.ctx.services
    async with services.store.read() as session:
        here = await sign_ins.of_user(
            session, user.id, idle=idle_time(request), now=datetime.now(UTC)
        )
        left = await second_factor.codes_left(session, user.id)
    return render_page(
        request,
        user,
        "console/profile",
        status=400 if failed else 200,
        failed=failed,
        sign_ins=here,
        this=request.ctx.sign_in.token_hash,
        left=left,
        longest=accounts.MAX_NAME,
    )
