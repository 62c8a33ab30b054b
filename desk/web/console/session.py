"""`/console/session`: when this sign-in ends, for the page's warning, and how to stay."""

from sanic import Blueprint, HTTPResponse, Request, json

from desk.accounts.models import User
from desk.web.console.guard import idle_time, page
from desk.web.pages.words import iso

blueprint = Blueprint("session", url_prefix="/console")


@blueprint.get("/session")
@page(is_use=False)
async def look(request: Request, *, user: User) -> HTTPResponse:
    """When it ends, without putting that off."""
    return _session(request)


@blueprint.post("/session")
@page()
async def stay(request: Request, *, user: User) -> HTTPResponse:
    """Stay signed in (WCAG 2.2.1)."""
    return _session(request)


def _session(request: Request) -> HTTPResponse:
    return json({"expires_at": iso(request.ctx.sign_in.ends_at(idle_time(request)))})
