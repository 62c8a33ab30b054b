"""`/console/second-factor`: codes of an authenticator app, and what stands in for them."""

from datetime import UTC, datetime
from io import BytesIO

import segno
from sanic import Blueprint, HTTPResponse, Request, raw, redirect

from desk.accounts import second_factor
from desk.accounts.models import User
from desk.audit.service import By
from desk.services import Services
from desk.web.console import proof
from desk.web.console.guard import field, page, render_page

blueprint = Blueprint("second_factor", url_prefix="/console/second-factor")

_GROUP = 4


@blueprint.get("/")
@page()
async def second_factor_page(request: Request, *, user: User) -> HTTPResponse:
    """What there is: nothing yet, a secret that waits to be confirmed, or a second factor."""
    return await _page(request, user)


@blueprint.post("/start")
@page()
async def start(request: Request, *, user: User) -> HTTPResponse:
    """Make a secret to be put into the app."""
    services: Services = request.app.ctx.services
    if user.second_factor_at is None:
        async with services.store.write() as session:
            await second_factor.propose(session, user.id, key=services.secrets.accounts_key)
    return redirect("/console/second-factor/")


@blueprint.get("/qr.svg")
@page()
async def qr(request: Request, *, user: User) -> HTTPResponse:
    """The secret that waits to be confirmed, as a picture for the telephone's camera."""
    secret = await _proposed(request, user)
    if secret is None:
        return render_page(request, user, "console/missing", status=404)
    drawn = BytesIO()
    # On white in the dark as well: not every camera reads a code in reverse.
    code = segno.make(second_factor.address_of(secret, user), error="m", micro=False)
    code.save(drawn, kind="svg", scale=4, border=4, dark="#000", light="#fff", xmldecl=False)
    return raw(drawn.getvalue(), content_type="image/svg+xml")


@blueprint.post("/")
@page()
async def confirm(request: Request, *, user: User) -> HTTPResponse:
    """Switch it on, and show the recovery codes."""
    services: Services = request.app.ctx.services
    now = datetime.now(UTC)
    if await _proposed(request, user) is None:
        return redirect("/console/second-factor/")
    await proof.count_attempt(request, user, now=now)
    async with services.store.write() as session:
        codes = await second_factor.confirm(
            session,
            user.id,
            field(request, "code"),
            key=services.secrets.accounts_key,
            staying=request.ctx.sign_in.token_hash,
            now=now,
        )
        if codes is not None:
            await proof.forgive(request, session, user, now=now)
    if codes is None:
        return await _page(request, user, failed="code")
    user.second_factor_at = now
    return render_page(request, user, "console/recovery_codes", codes=codes, is_new=True)


@blueprint.post("/codes")
@page()
async def renew_codes(request: Request, *, user: User) -> HTTPResponse:
    """Make new recovery codes."""
    services: Services = request.app.ctx.services
    now = datetime.now(UTC)
    if user.second_factor_at is None:
        return redirect("/console/second-factor/")
    await proof.count_attempt(request, user, now=now)
    async with services.store.write() as session:
        right = await proof.gave_code(request, session, user, now=now)
        codes = []
        if right:
            key = services.secrets.accounts_key
            codes = await second_factor.renew_codes(session, user.id, key=key, now=now)
            await proof.forgive(request, session, user, now=now)
    if not right:
        return await _page(request, user, failed="renew")
    return render_page(request, user, "console/recovery_codes", codes=codes, is_new=False)


@blueprint.post("/remove")
@page()
async def remove(request: Request, *, user: User) -> HTTPResponse:
    """Switch it off, with password and code."""
    services: Services = request.app.ctx.services
    now = datetime.now(UTC)
    if user.second_factor_at is None:
        return redirect("/console/second-factor/")
    await proof.count_attempt(request, user, now=now)
    right = await proof.gave_password(request, user)
    async with services.store.write() as session:
        right = right and await proof.gave_code(request, session, user, now=now)
        if right:
            await second_factor.remove(
                session,
                user.id,
                by=By.user(user.id),
                staying=request.ctx.sign_in.token_hash,
                now=now,
            )
            await proof.forgive(request, session, user, now=now)
    return redirect("/console/profile") if right else await _page(request, user, failed="remove")


async def _proposed(request: Request, user: User) -> str | None:
    services: Services = request.app.ctx.services
    async with services.store.read() as session:
        return await second_factor.proposed(session, user, key=services.secrets.accounts_key)


async def _page(request: Request, user: User, *, failed: str | None = None) -> HTTPResponse:
    services: Services = request.app.ctx.services
    secret = await _proposed(request, user)
    async with services.store.read() as session:
        left = await second_factor.codes_left(session, user.id)
    groups = [secret[at : at + _GROUP] for at in range(0, len(secret), _GROUP)] if secret else []
    return render_page(
        request,
        user,
        "console/second_factor",
        status=400 if failed else 200,
        failed=failed,
        secret=groups,
        left=left,
        required=user.role in request.app.ctx.second_factor_roles,
    )
