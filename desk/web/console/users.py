"""`/console/users`: who may sign in, as what, and helping those who can't."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from sanic import Blueprint, HTTPResponse, Request, redirect
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts import passwords, second_factor
from desk.accounts import service as accounts
from desk.accounts.models import User
from desk.accounts.roles import ROLES
from desk.audit.service import By
from desk.services import Services
from desk.web.console.guard import field, page, render_page

blueprint = Blueprint("users", url_prefix="/console/users")

_MAX_ID = 2**31 - 1


@blueprint.get("/")
@page("users.manage")
async def users(request: Request, *, user: User) -> HTTPResponse:
    """Everybody."""
    return await _list(request, user)


@blueprint.post("/")
@page("users.manage")
async def add(request: Request, *, user: User) -> HTTPResponse:
    """Make a user, and show the one-time password."""
    services: Services = request.app.ctx.services
    role, language = field(request, "role"), field(request, "language")
    if role not in ROLES or language not in accounts.LANGUAGES:
        return await _list(request, user, failed="invalid")
    password = passwords.one_time()
    try:
        async with services.store.write() as session:
            made = await accounts.add_user(
                session,
                email=field(request, "email"),
                name=field(request, "name"),
                role=role,
                language=language,
                password=password,
                must_change=True,
                by=By.user(user.id),
            )
    except accounts.EmailTaken:
        return await _list(request, user, failed="taken")
    except ValueError:
        return await _list(request, user, failed="invalid")
    return render_page(request, user, "console/one_time", of=made, password=password)


@blueprint.get("/<number:int>")
@page("users.manage")
async def one(request: Request, *, user: User, number: int) -> HTTPResponse:
    """One user."""
    return await _one(request, user, number)


@blueprint.post("/<number:int>")
@page("users.manage")
async def change(request: Request, *, user: User, number: int) -> HTTPResponse:
    """Change name, language and role."""

    async def write(session: AsyncSession, by: By, now: datetime) -> None:
        await accounts.change_role(session, number, field(request, "role"), by=by, now=now)
        await accounts.describe(
            session, number, name=field(request, "name"), language=field(request, "language")
        )

    return await _do(request, user, number, write)


@blueprint.post("/<number:int>/disable")
@page("users.manage")
async def disable(request: Request, *, user: User, number: int) -> HTTPResponse:
    """Keep somebody out, at once."""

    async def write(session: AsyncSession, by: By, now: datetime) -> None:
        await accounts.disable(session, number, by=by, now=now)

    return await _do(request, user, number, write)


@blueprint.post("/<number:int>/enable")
@page("users.manage")
async def enable(request: Request, *, user: User, number: int) -> HTTPResponse:
    """Let somebody in again."""

    async def write(session: AsyncSession, by: By, now: datetime) -> None:
        await accounts.enable(session, number, by=by, now=now)

    return await _do(request, user, number, write)


@blueprint.post("/<number:int>/second-factor")
@page("users.manage")
async def reset_second_factor(request: Request, *, user: User, number: int) -> HTTPResponse:
    """Switch off the second factor of somebody who has lost it."""

    async def write(session: AsyncSession, by: By, now: datetime) -> None:
        await second_factor.remove(session, number, by=by, now=now)

    return await _do(request, user, number, write)


@blueprint.post("/<number:int>/password")
@page("users.manage")
async def reset_password(request: Request, *, user: User, number: int) -> HTTPResponse:
    """Show a one-time password for somebody who has forgotten theirs."""
    services: Services = request.app.ctx.services
    found = await _found(request, number)
    if found is None:
        return render_page(request, user, "console/missing", status=404)
    async with services.store.write() as session:
        password = await accounts.reset_password(
            session, number, by=By.user(user.id), now=datetime.now(UTC)
        )
    return render_page(request, user, "console/one_time", of=found, password=password)


async def _do(
    request: Request,
    user: User,
    number: int,
    write: Callable[[AsyncSession, By, datetime], Awaitable[None]],
) -> HTTPResponse:
    services: Services = request.app.ctx.services
    if await _found(request, number) is None:
        return render_page(request, user, "console/missing", status=404)
    try:
        async with services.store.write() as session:
            await write(session, By.user(user.id), datetime.now(UTC))
    except accounts.LastAdministrator:
        return await _one(request, user, number, failed="last")
    except ValueError:
        return await _one(request, user, number, failed="invalid")
    return redirect("/console/users/")


async def _found(request: Request, number: int) -> User | None:
    services: Services = request.app.ctx.services
    if not 0 < number <= _MAX_ID:
        return None
    async with services.store.read() as session:
        return await session.get(User, number)


async def _one(
    request: Request, user: User, number: int, *, failed: str | None = None
) -> HTTPResponse:
    found = await _found(request, number)
    if found is None:
        return render_page(request, user, "console/missing", status=404)
    return render_page(
        request,
        user,
        "console/user",
        status=400 if failed else 200,
        failed=failed,
        of=found,
        roles=ROLES,
        longest=accounts.MAX_NAME,
    )


async def _list(request: Request, user: User, *, failed: str | None = None) -> HTTPResponse:
    services: Services = request.app.ctx.services
    async with services.store.read() as session:
        found = await accounts.users(session)
    return render_page(
        request,
        user,
        "console/users",
        status=400 if failed else 200,
        failed=failed,
        users=found,
        typed={name: field(request, name) for name in ("email", "name", "role", "language")},
        roles=ROLES,
        longest=accounts.MAX_NAME,
    )
