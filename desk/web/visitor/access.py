"""Who may enter a conversation, and how often."""

from sanic import Request
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations import opening
from desk.conversations.models import Conversation
from desk.web.errors import ApiError
from desk.web.limits import Budgets, Kind

PREFIX = "/api/v1/conversations"


async def entered(request: Request, session: AsyncSession, conversation_id: str) -> Conversation:
    """The conversation that the request's token opens.

    Raises:
        ApiError: 404 when there is no such conversation, 401 when the token is not its own.
    """
    if request.token is None:
        raise ApiError(401, "unauthorised")
    try:
        return await opening.authenticate(session, conversation_id, request.token)
    except LookupError as error:
        raise ApiError(404, "unknown_conversation") from error
    except PermissionError as error:
        raise ApiError(401, "unauthorised") from error


def spend(request: Request, kind: Kind) -> None:
    """Count a request against the budgets of its kind.

    Raises:
        ApiError: 429 with the seconds to wait.
    """
    budgets: Budgets = request.app.ctx.budgets
    budgets.spend(kind, request)
