"""The cookies of signing in."""

from datetime import timedelta
from typing import Literal

from sanic import HTTPResponse, Request

from desk.accounts import sign_ins
from desk.accounts.models import User
from desk.accounts.throttle import Counted
from desk.web.console.guard import COOKIE
from desk.web.limits import address_of

PENDING = "acedesk_signing_in"
"""Goes on with a sign-in whose code is still missing."""
OPENID = "acedesk_openid"
"""Goes on with a sign-in when another provider sends the browser back."""
_KNOWN = "acedesk_browser"
"""Says that somebody has signed in here before, so that others' guesses do not slow them down."""
_KNOWN_LASTS = timedelta(days=180)


def sign_browser_in(request: Request, response: HTTPResponse, cookie: str, user: User) -> None:
    """Sign the browser in, and know it again."""
    # SameSite=Strict keeps other sites from posting the console's forms with this cookie.
    _add(request, response, COOKIE, cookie, lasts=sign_ins.LASTS)
    known = request.app.ctx.throttle.known_cookie(user.email)
    _add(request, response, _KNOWN, known, lasts=_KNOWN_LASTS)


def keep_pending(request: Request, response: HTTPResponse, cookie: str) -> None:
    """Bind a sign-in that waits for its code to this browser."""
    _add(request, response, PENDING, cookie, lasts=sign_ins.PENDING_LASTS)


def keep_openid(request: Request, response: HTTPResponse, cookie: str) -> None:
    """Bind a sign-in at another provider to this browser."""
    # Lax: the provider's page leads back here, and a strict cookie would not come along.
    _add(request, response, OPENID, cookie, lasts=sign_ins.PENDING_LASTS, samesite="Lax")


def forget(response: HTTPResponse, *names: str) -> None:
    """Delete cookies."""
    for name in names:
        response.delete_cookie(name, path="/console")


def counted_for(request: Request, email: str) -> list[Counted]:
    """What an attempt to sign in as somebody counts for."""
    found: list[Counted] = request.app.ctx.throttle.counted_for(
        email=email,
        address=address_of(request),
        known=request.cookies.get(_KNOWN),
    )
    return found


def _add(
    request: Request,
    response: HTTPResponse,
    name: str,
    value: str,
    *,
    lasts: timedelta,
    samesite: Literal["Strict", "Lax"] = "Strict",
) -> None:
    response.add_cookie(
        name,
        value,
        path="/console",
        httponly=True,
        samesite=samesite,
        secure=request.scheme == "https",
        max_age=int(lasts.total_seconds()),
    )
