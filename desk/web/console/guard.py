"""What stands before every page of the console: sign-in, role, and proof that a form is ours."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from functools import partial, wraps
from typing import Any
from urllib.parse import urlsplit

from sanic import HTTPResponse, Request, html, redirect

from desk.accounts import service as accounts
from desk.accounts.models import User
from desk.accounts.roles import Action, may
from desk.services import Services
from desk.web.errors import request_language
from desk.web.pages import render

Page = Callable[..., Awaitable[HTTPResponse | None]]
"""A handler; one that has begun an answer of its own, such as a stream, returns nothing."""

COOKIE = "acedesk_sign_in"
_SAFE = ("GET", "HEAD", "OPTIONS")
_SETTING_UP = "/console/password"
"""Where whoever has a one-time password is sent first."""


def page(needs: Action | None = None) -> Callable[[Page], Page]:
    """Let a handler be reached by those only who are signed in and may do what it `needs`.

    The handler gets `user`. A form that does not carry the sign-in's own `csrf` value is refused,
    wherever it was posted from.
    """

    def guarded_by(handler: Page) -> Page:
        @wraps(handler)
        async def guarded(request: Request, **values: str) -> HTTPResponse | None:
            services: Services = request.app.ctx.services
            async with services.store.read() as session:
                user = await accounts.signed_in(session, request.cookies.get(COOKIE))
            if user is None:
                return redirect("/console/sign-in")
            if user.must_change_password and request.path != _SETTING_UP:
                return redirect(_SETTING_UP)
            if needs is not None and not may(user.role, needs):
                return refused(request, user)
            if request.method not in _SAFE and not _carries_proof(request):
                return refused(request, user)
            return await handler(request, user=user, **values)

        return guarded

    return guarded_by


def refused(request: Request, user: User) -> HTTPResponse:
    """The page that says that this is not for them."""
    return render_page(request, user, "console/refused", status=403)


def render_page(
    request: Request, user: User | None, name: str, *, status: int = 200, **values: Any
) -> HTTPResponse:
    """A page of the console in the reader's language, with all that its frame needs."""
    rendered = render(
        name,
        page_language(request, user),
        user=user,
        csrf=csrf(request),
        nonce=getattr(request.ctx, "nonce", ""),
        may=partial(may, user.role) if user else lambda _: False,
        **values,
    )
    return html(rendered, status=status)


def csrf(request: Request) -> str:
    """What this sign-in's forms carry: it follows from the cookie, which other sites can't read."""
    cookie = request.cookies.get(COOKIE) or ""
    return hmac.new(cookie.encode(errors="surrogateescape"), b"csrf", hashlib.sha256).hexdigest()


def from_here(request: Request) -> bool:
    """Whether a form without a sign-in was posted from a page of the desk, by what browsers say."""
    origin = request.headers.getone("origin", "")
    return origin in ("", "null") or urlsplit(origin).netloc == request.host


def page_language(request: Request, user: User | None = None) -> str:
    """What a page speaks: the language asked for, else that of the user or the browser."""
    chosen = request.args.get("lang")
    if chosen in ("en", "es"):
        return str(chosen)
    return user.language if user else request_language(request)


def field(request: Request, name: str) -> str:
    """A field of the posted form, empty when it is not there."""
    form = request.form
    return str(form.get(name, "")) if form else ""


def _carries_proof(request: Request) -> bool:
    given = request.headers.getone("x-csrf-token", "") or field(request, "csrf")
    return hmac.compare_digest(given.encode(errors="surrogateescape"), csrf(request).encode())
