"""`/console/sign-in`: the way in and out."""

from sanic import Blueprint, HTTPResponse, Request, redirect

from desk.accounts import service as accounts
from desk.accounts.models import User
from desk.services import Services
from desk.web.console.guard import COOKIE, field, from_here, page, render_page

blueprint = Blueprint("sign_in", url_prefix="/console")


@blueprint.get("/sign-in")
async def sign_in_page(request: Request) -> HTTPResponse:
    """The form."""
    return render_page(request, None, "console/sign_in", failed=False)


@blueprint.post("/sign-in")
async def sign_in(request: Request) -> HTTPResponse:
    """Check address and password; a wrong pair says nothing of which one was wrong."""
    services: Services = request.app.ctx.services
    request.app.ctx.sign_in_limit.spend(request.remote_addr or request.ip)
    cookie = None
    if from_here(request):
        async with services.store.write() as session:
            cookie = await accounts.sign_in(
                session, email=field(request, "email"), password=field(request, "password")
            )
    if cookie is None:
        return render_page(request, None, "console/sign_in", status=403, failed=True)
    response = redirect("/console/")
    set_cookie(request, response, cookie)
    return response


@blueprint.post("/sign-out")
@page()
async def sign_out(request: Request, *, user: User) -> HTTPResponse:
    """End this sign-in."""
    services: Services = request.app.ctx.services
    async with services.store.write() as session:
        await accounts.sign_out(session, str(request.cookies.get(COOKIE)))
    response = redirect("/console/sign-in")
    response.delete_cookie(COOKIE, path="/console")
    return response


def set_cookie(request: Request, response: HTTPResponse, cookie: str) -> None:
    """Sign the browser in."""
    # SameSite=Strict keeps other sites from posting the console's forms with this cookie.
    response.add_cookie(
        COOKIE,
        cookie,
        path="/console",
        httponly=True,
        samesite="Strict",
        secure=request.scheme == "https",
        max_age=int(accounts.SIGN_IN_LASTS.total_seconds()),
    )
