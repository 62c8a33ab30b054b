"""What stands before every address for programs: a token, its scope, and its user's role."""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from sanic import HTTPResponse, Request

from desk.accounts.models import ApiToken
from desk.accounts.roles import Action, may
from desk.accounts.tokens import note_use, use_is_noted, valid_token
from desk.services import Services
from desk.web.errors import ApiError
from desk.web.limits import RateLimit

Handler = Callable[..., Coroutine[Any, Any, HTTPResponse]]


def program(needs: Action) -> Callable[[Handler], Handler]:
    """Let a handler be reached only with a token that may do what it `needs`.

    The handler gets `by`, the token, with its user.
    """

    def guarded_by(handler: Handler) -> Handler:
        @wraps(handler)
        async def guarded(request: Request, **values: Any) -> HTTPResponse:
            by = await _token(request)
            must(by, needs)
            return await handler(request, by=by, **values)

        return guarded

    return guarded_by


def must(by: ApiToken, action: Action) -> None:
    """Refuse what a token is not for, or what its user's role does not allow now.

    Raises:
        ApiError: 403 with the scope.
    """
    if action not in by.scopes:
        raise ApiError(403, "missing_scope", scope=action)
    if not may(by.user.role, action):
        raise ApiError(403, "outside_role", scope=action)


async def _token(request: Request) -> ApiToken:
    services: Services = request.app.ctx.services
    limit: RateLimit = request.app.ctx.program_limit
    now = datetime.now(UTC)
    if not request.token:
        raise ApiError(401, "unauthorised")
    async with services.store.read() as session:
        found = await valid_token(session, request.token, now=now)
    if found is None:
        raise ApiError(401, "unauthorised")
    limit.spend(f"token/{found.id}")
    if not use_is_noted(found, now):
        async with services.store.write() as session:
            await note_use(session, found.id, now=now)
    return found
