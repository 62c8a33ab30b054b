"""`/console/profile/tokens`: the tokens that a user's own programs work with."""

from datetime import UTC, datetime

from sanic import Blueprint, HTTPResponse, Request, redirect

from desk.accounts.models import ApiToken, User
from desk.accounts.roles import ACTIONS, may
from desk.accounts.tokens import MAX_NAME, issue_token, list_tokens, revoke_token
from desk.audit.service import By
from desk.services import Services
from desk.web.console import proof
from desk.web.console.guard import field, page, page_language, render_page, text_of
from desk.web.programs.fields import MAX_ID

blueprint = Blueprint("tokens", url_prefix="/console/profile/tokens")

DAYS = (30, 90, 365)
"""How long a token may be valid; whoever needs one for longer asks an operator."""


@blueprint.get("/")
@page("tokens.own")
async def tokens(request: Request, *, user: User) -> HTTPResponse:
    """The tokens of one's own, and the form for another."""
    return await _page(request, user)


@blueprint.post("/")
@page("tokens.own")
async def make(request: Request, *, user: User) -> HTTPResponse:
    """Make a token for whoever types their password again, and show it this once."""
    services: Services = request.app.ctx.services
    now = datetime.now(UTC)
    scopes = request.form.getlist("scope", []) if request.form else []
    days = field(request, "days")
    if days not in map(str, DAYS):
        return await _page(request, user, failed="form")
    # A token outlives the sign-in: a browser that was left open, or a stolen cookie, is not enough.
    await proof.count_attempt(request, user, now=now)
    if not await proof.gave_password(request, user):
        return await _page(request, user, failed="password")
    async with services.store.write() as session:
        await proof.forgive(request, session, user, now=now)
    try:
        async with services.store.write() as session:
            made = await issue_token(
                session,
                email=user.email,
                name=text_of(request, "name"),
                scopes=scopes,
                days=int(days),
                by=By.user(user.id),
                now=now,
            )
    except ValueError:
        return await _page(request, user, failed="form")
    return await _page(request, user, made=made)


@blueprint.post("/revoke")
@page("tokens.own")
async def revoke(request: Request, *, user: User) -> HTTPResponse:
    """Make a token of one's own open nothing more."""
    services: Services = request.app.ctx.services
    which = field(request, "which")
    token_id = int(which) if which.isascii() and which.isdigit() else 0
    try:
        if not 0 < token_id <= MAX_ID:
            raise LookupError(which)
        async with services.store.write() as session:
            await revoke_token(
                session,
                token_id,
                now=datetime.now(UTC),
                user_id=user.id,
                by=By.user(user.id),
            )
    except LookupError:
        return render_page(request, user, "console/missing", status=404)
    language = page_language(request, user)
    kept = "" if language == user.language else f"?lang={language}"
    return redirect(f"/console/profile/tokens/{kept}")


async def _page(
    request: Request, user: User, *, made: str | None = None, failed: str | None = None
) -> HTTPResponse:
    services: Services = request.app.ctx.services
    now = datetime.now(UTC)
    async with services.store.read() as session:
        found = await list_tokens(session, user_id=user.id)
    return render_page(
        request,
        user,
        "console/tokens",
        status=400 if failed else 200,
        tokens=[(token, _state(token, now)) for token in reversed(found)],
        scopes=[action for action in ACTIONS if may(user.role, action)],
        days=DAYS,
        longest=MAX_NAME,
        made=made,
        failed=failed,
    )


def _state(token: ApiToken, now: datetime) -> str:
    if token.is_valid(now):
        return "valid"
    return "expired" if token.revoked_at is None else "revoked"
