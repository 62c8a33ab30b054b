"""What stands before every page of the console: sign-in, role, and proof that a form is ours."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial, wraps
from typing import Any
from urllib.parse import urlsplit

from sanic import HTTPResponse, Request, html, redirect

from desk.accounts import sign_ins
from desk.accounts.models import SignIn, User
from desk.accounts.roles import Action, may
from desk.accounts.throttle import TooSoon
from desk.services import Services
from desk.web.errors import ApiError, request_language
from desk.web.pages import render
from textkit.normalise import printable

Page = Callable[..., Awaitable[HTTPResponse | None]]
"""A handler; one that has begun an answer of its own, such as a stream, returns nothing."""

COOKIE = "acedesk_sign_in"
_SAFE = ("GET", "HEAD", "OPTIONS")
_PASSWORD, _SECOND_FACTOR = "/console/password", "/console/second-factor"
"""Where whoever has a one-time password, and then whoever must have a second factor, goes first."""
_ALWAYS = (_PASSWORD, "/console/sign-out", "/console/session")


def page(needs: Action | None = None, *, is_use: bool = True) -> Callable[[Page], Page]:
    """Let a handler be reached by those only who are signed in and may do what it `needs`.

    The handler gets `user`, and finds the sign-in in `request.ctx.sign_in`. A form that does not
    carry the sign-in's own `csrf` value is refused, wherever it was posted from.

    Args:
        needs: what the role must allow; None for what is open to everybody who is signed in.
        is_use: whether somebody sits there; what a page asks for by itself does not keep them in,
            nor does any request with the header `X-Background`.
    """

    def guarded_by(handler: Page) -> Page:
        @wraps(handler)
        async def guarded(request: Request, **values: str) -> HTTPResponse | None:
            asked_by_page = "x-background" in request.headers
            found = await sign_in_of(request, is_use=is_use and not asked_by_page)
            if found is None:
                return _signed_out(request)
            user, request.ctx.sign_in = found.user, found
            first = _to_be_done_first(request, user)
            if first is not None:
                return redirect(first)
            if needs is not None and not may(user.role, needs):
                return refused(request, user)
            if request.method not in _SAFE and not _carries_proof(request):
                return refused(request, user)
            try:
                response = await handler(request, user=user, **values)
            except TooSoon as error:
                return too_soon(request, user, error)
            return _in_the_same_language(request, user, response)

        return guarded

    return guarded_by


def _in_the_same_language(
    request: Request, user: User, response: HTTPResponse | None
) -> HTTPResponse | None:
    """Let the page that an act leads to speak what the page with its form spoke."""
    language = page_language(request, user)
    leads_to = response.headers.get("location", "") if response is not None else ""
    if response is not None and leads_to.startswith("/console") and language != user.language:
        address = urlsplit(leads_to)
        if "lang=" not in address.query:
            query = "&".join(filter(None, (address.query, f"lang={language}")))
            response.headers["location"] = address._replace(query=query).geturl()
    return response


def idle_time(request: Request) -> timedelta:
    """After how long without use a sign-in ends."""
    services: Services = request.app.ctx.services
    return timedelta(minutes=services.settings.sign_in_idle)


def refused(request: Request, user: User) -> HTTPResponse:
    """The page that says that this is not for them."""
    return render_page(request, user, "console/refused", status=403)


def too_soon(request: Request, user: User | None, error: TooSoon) -> HTTPResponse:
    """The page that says how long to wait after so many wrong passwords or codes."""
    return render_page(
        request,
        user,
        "console/too_soon",
        status=429,
        headers={"Retry-After": str(error.seconds)},
        seconds=error.seconds,
    )


def render_page(
    request: Request,
    user: User | None,
    name: str,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **values: Any,
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
    return html(rendered, status=status, headers=headers)


def csrf(request: Request) -> str:
    """What this sign-in's forms carry: it follows from the cookie, which other sites can't read."""
    cookie = request.cookies.get(COOKIE) or ""
    return hmac.new(cookie.encode(errors="surrogateescape"), b"csrf", hashlib.sha256).hexdigest()


def from_here(request: Request) -> bool:
    """Whether a form without a sign-in was posted from a page of the desk, by what browsers say."""
    site = request.headers.getone("sec-fetch-site", "")
    if site:
        return site in ("same-origin", "none")
    # Older browsers do not say; the desk's own pages send no origin, since they send no referrer.
    origin = request.headers.getone("origin", "")
    return origin in ("", "null") or urlsplit(origin).netloc == request.host


def page_language(request: Request, user: User | None = None) -> str:
    """What a page speaks: the language asked for, else that of the user or the browser."""
    chosen = request.args.get("lang")
    if chosen in ("en", "es"):
        return str(chosen)
    return user.language if user else request_language(request)


def text_of(request: Request, name: str) -> str:
    """A field's words, without characters that no database keeps and nobody sees."""
    return printable(field(request, name))


def field(request: Request, name: str) -> str:
    """A field of the posted form, empty when it is not there; without NUL, which no store takes."""
    form = request.form
    return str(form.get(name, "")).replace("\0", "") if form else ""


async def sign_in_of(request: Request, *, is_use: bool) -> SignIn | None:
    """The sign-in that a request comes with, or None when it has none that still holds."""
    services: Services = request.app.ctx.services
    now = datetime.now(UTC)
    async with services.store.read() as session:
        found = await sign_ins.find(
            session, request.cookies.get(COOKIE), idle=idle_time(request), now=now
        )
    if found is not None and is_use and now - found.seen_at >= sign_ins.SEEN_EVERY:
        async with services.store.write() as session:
            await sign_ins.use(session, found, now=now)
        found.seen_at = now
    return found


def _signed_out(request: Request) -> HTTPResponse:
    if "application/json" in request.headers.getone("accept", ""):
        raise ApiError(401, "unauthorised")
    return redirect("/console/sign-in")


def _to_be_done_first(request: Request, user: User) -> str | None:
    if request.path in _ALWAYS:
        return None
    if user.must_change_password:
        return _PASSWORD
    must_have_one = user.role in request.app.ctx.second_factor_roles
    if must_have_one and user.second_factor_at is None:
        return None if request.path.startswith(_SECOND_FACTOR) else _SECOND_FACTOR
    return None


def _carries_proof(request: Request) -> bool:
    given = request.headers.getone("x-csrf-token", "") or field(request, "csrf")
    return hmac.compare_digest(given.encode(errors="surrogateescape"), csrf(request).encode())
