"""`/console/sign-in/openid`: signing in with another provider."""

import logging
from datetime import UTC, datetime

from sanic import Blueprint, HTTPResponse, Request, redirect

from desk.accounts import passwords, sign_ins
from desk.accounts import service as accounts
from desk.accounts.models import User
from desk.accounts.openid import OpenId, OpenIdFailed, Person
from desk.services import Services
from desk.store import Store
from desk.web.console import cookies
from desk.web.console.guard import page_language
from desk.web.console.sign_in import let_in, sign_in_form
from desk.web.limits import address_of

log = logging.getLogger(__name__)

blueprint = Blueprint("openid", url_prefix="/console/sign-in/openid")


@blueprint.get("/")
async def go(request: Request) -> HTTPResponse:
    """Send the browser to the provider."""
    services: Services = request.app.ctx.services
    provider: OpenId | None = request.app.ctx.openid
    if provider is None:
        return redirect("/console/sign-in")
    request.app.ctx.program_limit.spend(address_of(request))
    back = f"{request.scheme}://{request.host}/console/sign-in/openid/back"
    try:
        address, kept = await provider.begin(back)
    except OpenIdFailed as error:
        log.warning("signing in with the provider failed: %s", error)
        return sign_in_form(request, failed="openid")
    now = datetime.now(UTC)
    async with services.store.write() as session:
        cookie = await sign_ins.suspend(session, user_id=None, now=now, detail=kept)
    response = redirect(address)
    cookies.keep_openid(request, response, cookie)
    return response


@blueprint.get("/back")
async def back(request: Request) -> HTTPResponse:
    """Let in whom the provider sends back, if the way out began in this browser."""
    services: Services = request.app.ctx.services
    provider: OpenId | None = request.app.ctx.openid
    if provider is None:
        return redirect("/console/sign-in")
    now = datetime.now(UTC)
    async with services.store.write() as session:
        # At once, so that nothing that came with it works a second time.
        pending = await sign_ins.take_up(session, request.cookies.get(cookies.OPENID), now=now)
    try:
        if pending is None or "state" not in pending.detail:
            raise OpenIdFailed("unknown")
        person = await provider.finish(
            pending.detail,
            state=str(request.args.get("state", "")),
            code=str(request.args.get("code", "")),
        )
    except OpenIdFailed as error:
        log.warning("signing in with the provider failed: %s", error)
        return _failed(request)
    user = await _user_of(services.store, person, page_language(request), now)
    async with services.store.write() as session:
        if user is None:
            await accounts.note_failure(session, email=person.email, why="openid", now=now)
            return _failed(request)
        response = await let_in(request, session, user, how="openid", now=now, leads_on=False)
    cookies.forget(response, cookies.OPENID)
    return response


async def _user_of(store: Store, person: Person, language: str, now: datetime) -> User | None:
    """The user with this address; a new one if the provider says which role they have here."""
    async with store.write() as session:
        user = await accounts.find_user(session, person.email)
        if user is None and person.role is not None:
            user = await accounts.add_user(
                session,
                email=person.email,
                name=(person.name or "")[: accounts.MAX_NAME],
                role=person.role,
                language=language,
                password=passwords.one_time(),
            )
    return user if user is not None and user.disabled_at is None else None


def _failed(request: Request) -> HTTPResponse:
    response = sign_in_form(request, failed="openid")
    cookies.forget(response, cookies.OPENID)
    return response
