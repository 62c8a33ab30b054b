"""Errors as JSON, in the visitor's language, with a code for programs and never a stack trace."""

import hmac
import logging

from pydantic import BaseModel, ValidationError
from sanic import HTTPResponse, Request, json
from sanic.exceptions import SanicException

from desk.conversations.ownership import Ended
from desk.conversations.service import UnusableMessage
from desk.messages import say
from desk.web.watching import route_of

log = logging.getLogger(__name__)

SPOKEN = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}
"""What the server itself refuses, by status."""


class ApiError(Exception):
    """A refusal: HTTP status, and the sentence's key in the message catalogue.

    The values stand in the sentence, and beside it for programs.
    """

    def __init__(self, status: int, key: str, **values: object) -> None:
        super().__init__(key)
        self.status = status
        self.key = key
        self.values = values


def same_token(given: str, expected: str) -> bool:
    """Compare in constant time; a header may hold bytes that are no text."""
    return hmac.compare_digest(given.encode(errors="surrogateescape"), expected.encode())


def request_language(request: Request) -> str:
    """The language to speak to whoever sent this: Spanish when they rank it above English."""
    header = request.headers.getone("accept-language", "").lower()
    ranked = []
    for part in header.split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            ranked.append((-float(quality or 1), tag[:2]))
        except ValueError:
            continue
    known = [tag for _, tag in sorted(ranked, key=lambda pair: pair[0]) if tag in ("en", "es")]
    return known[0] if known else "en"


def body_of[Body: BaseModel](request: Request, model: type[Body]) -> Body:
    """The request's JSON body.

    Raises:
        ApiError: 400 when it is no JSON or a field is missing or wrong.
    """
    try:
        return model.model_validate_json(request.body or b"")
    except ValidationError as error:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            raise ApiError(400, "not_json") from error
        field = ".".join(str(part) for part in first["loc"]) or "body"
        raise ApiError(400, "invalid_field", field=field) from error


async def as_json(request: Request, error: Exception) -> HTTPResponse:
    """Turn whatever a handler raised into an answer."""
    status, key, values = refusal_of(request, error)
    message = say(f"errors.{key}", request_language(request), **values)
    body = {"error": {"code": key, "message": message} | values}
    headers = retry_after(values)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return json(body, status=status, headers=headers)


def refusal_of(request: Request, error: Exception) -> tuple[int, str, dict[str, object]]:
    """HTTP status, the sentence's key and its values; what nobody foresaw is logged."""
    values: dict[str, object] = {}
    match error:
        case ApiError():
            status, key, values = error.status, error.key, error.values
        case Ended():
            status, key = 410, "conversation_ended"
        case UnusableMessage():
            status, key, values = 400, error.key, error.values
        case SanicException() if error.status_code in SPOKEN:
            status, key = error.status_code, SPOKEN[error.status_code]
        case SanicException() if error.status_code < 500:
            status, key = error.status_code, "bad_request"
        case _:
            log.exception("a request failed", extra={"route": route_of(request)})
            status, key = 500, "server_error"
    return status, key, values


def retry_after(values: dict[str, object]) -> dict[str, str]:
    """The header that says how many seconds to wait, where a refusal knows."""
    return {"Retry-After": str(values["seconds"])} if "seconds" in values else {}
