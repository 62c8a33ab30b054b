"""Asking whoever is signed in for their password or a code once more, before what matters most."""

from datetime import datetime

from sanic import Request
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts import second_factor
from desk.accounts import service as accounts
from desk.accounts.models import User
from desk.services import Services
from desk.web.console import cookies
from desk.web.console.guard import field

_MAX_TYPED = 1024


async def count_attempt(request: Request, user: User, *, now: datetime) -> None:
    """Count an attempt at this user's password or code.

    Raises:
        TooSoon: earlier failures are too near.
    """
    await request.app.ctx.throttle.attempt(cookies.counted_for(request, user.email), now=now)


async def gave_password(request: Request, user: User) -> bool:
    """Whether the form's field `current` is their password."""
    services: Services = request.app.ctx.services
    password = field(request, "current")[:_MAX_TYPED]
    async with services.store.read() as session:
        found = await accounts.with_password(session, email=user.email, password=password)
    return found is not None


async def gave_code(request: Request, session: AsyncSession, user: User, *, now: datetime) -> bool:
    """Whether the form's field `code` is a code of theirs, which it spends."""
    services: Services = request.app.ctx.services
    code, key = field(request, "code")[:_MAX_TYPED], services.secrets.accounts_key
    return await second_factor.accepts(session, user.id, code, key=key, now=now) is not None


async def forgive(request: Request, session: AsyncSession, user: User, *, now: datetime) -> None:
    """Take the counted attempt back: it was right."""
    counted = cookies.counted_for(request, user.email)
    await request.app.ctx.throttle.forgive(session, counted, now=now)
