"""What went wrong, as a page of the console in the reader's language."""

from sanic import HTTPResponse, Request

from desk.accounts.models import User
from desk.web.console.guard import page_language, render_page, sign_in_of
from desk.web.errors import refusal_of, retry_after
from desk.web.pages import strings


async def as_page(request: Request, error: Exception) -> HTTPResponse:
    """Turn whatever a handler raised into a page."""
    status, _, values = refusal_of(request, error)
    user = await _reader(request)
    told = strings("console", page_language(request, user))["errors"]
    response = render_page(
        request,
        user,
        "console/error",
        status=status,
        told=told.get(str(status), told["500" if status >= 500 else "400"]),
        seconds=values.get("seconds", ""),
    )
    response.headers.update(retry_after(values))
    return response


async def _reader(request: Request) -> User | None:
    try:
        found = await sign_in_of(request, is_use=False)
    except Exception:
        # The page must show whatever is broken.
        return None
    return found.user if found is not None else None
