"""`/console/password`: what analysts set for themselves."""

from sanic import Blueprint, HTTPResponse, Request, redirect

from desk.accounts import service as accounts
from desk.accounts.models import User
from desk.services import Services
from desk.web.console.guard import field, page, render_page
from desk.web.console.sign_in import set_cookie

blueprint = Blueprint("account", url_prefix="/console")


@blueprint.get("/password")
@page()
async def password_page(request: Request, *, user: User) -> HTTPResponse:
    """The form for a password of one's own."""
    return _password_form(request, user, weak=False)


@blueprint.post("/password")
@page()
async def change_password(request: Request, *, user: User) -> HTTPResponse:
    """Set it, and sign this browser in anew."""
    services: Services = request.app.ctx.services
    chosen = field(request, "password")
    try:
        async with services.store.write() as session:
            await accounts.change_password(session, user.id, chosen)
            cookie = await accounts.sign_in(session, email=user.email, password=chosen)
    except accounts.WeakPassword:
        return _password_form(request, user, weak=True)
    response = redirect("/console/")
    if cookie is not None:
        set_cookie(request, response, cookie)
    return response


def _password_form(request: Request, user: User, *, weak: bool) -> HTTPResponse:
    return render_page(
        request,
        user,
        "console/password",
        status=400 if weak else 200,
        weak=weak,
        least=accounts.MIN_PASSWORD,
    )
