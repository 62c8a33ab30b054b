"""What is noted of each request, and of each action that the bot calls for: its id, how it went."""

import logging
import re
from collections.abc import Container, Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from time import perf_counter
from typing import Any

from opentelemetry.trace import SpanKind
from sanic import Request, Sanic
from sanic.constants import HTTP_METHODS
from sanic.response import BaseHTTPResponse

from desk import logs, metrics, tracing

log = logging.getLogger(__name__)

HEADER = "X-Request-ID"
PARENT = "traceparent"
"""https://www.w3.org/TR/trace-context/"""
UNMATCHED = "unmatched"
"""The route of what there is no route for: addresses are the world's to invent."""


def watch(app: Sanic[Any, Any], *, trusted: bool) -> None:
    """Give each request of an application its id, and note how it was answered.

    Args:
        app: which.
        trusted: whether a proxy in front says what a request is called; else anybody could.
    """

    async def begun(request: Request) -> None:
        given = request.headers.getone(HEADER, None) if trusted else None
        request.ctx.request_id = logs.begin(given)
        request.ctx.began = perf_counter()
        request.ctx.traced = ExitStack()
        route = route_of(request)
        request.ctx.traced.enter_context(
            tracing.span(
                f"{_method_of(request)} {route}",
                kind=SpanKind.SERVER,
                after={PARENT: request.headers.getone(PARENT, "")} if trusted else {},
                attributes={"http.route": route, "acedesk.request_id": request.ctx.request_id},
            )
        )

    async def answered(request: Request, response: BaseHTTPResponse) -> None:
        if not hasattr(request.ctx, "began"):
            return
        response.headers[HEADER] = request.ctx.request_id
        duration_s = perf_counter() - request.ctx.began
        tracing.note("http.response.status_code", response.status)
        request.ctx.traced.close()
        told = {
            "method": _method_of(request),
            "route": route_of(request),
            "status": response.status,
        }
        metrics.HTTP_REQUESTS.labels(**told).inc()
        metrics.HTTP_DURATION.labels(told["route"]).observe(duration_s)
        log.info("a request was answered", extra=told | {"duration_s": round(duration_s, 4)})

    app.register_middleware(begun, "request")
    app.register_middleware(answered, "response")


@contextmanager
def action(call: Any, known: Container[str]) -> Iterator[None]:
    """Note one action: it is called what the turn is called that it belongs to.

    Args:
        call: what the bot sent.
        known: the names of the actions that there are.
    """
    try:
        name, metadata = call["next_action"], call["tracker"]["latest_message"]["metadata"]
        given, carrier = metadata.get("request_id"), metadata.get("trace") or {}
    except (KeyError, TypeError, AttributeError):
        name, given, carrier = None, None, {}
    if name not in known:
        name = "unknown"
    logs.begin(given)
    began = perf_counter()
    try:
        with tracing.span(f"action {name}", kind=SpanKind.SERVER, after=carrier):
            yield
    finally:
        duration_s = perf_counter() - began
        metrics.ACTION_DURATION.labels(name).observe(duration_s)
        log.info("an action was run", extra={"action": name, "duration_s": round(duration_s, 4)})


def _method_of(request: Request) -> str:
    return request.method if request.method in HTTP_METHODS else "other"


def route_of(request: Request) -> str:
    """The address with names in place of what differs, such as `/console/tickets/{number}`."""
    return UNMATCHED if request.route is None else _template(request.route.path)


@lru_cache(maxsize=1024)
def _template(path: str) -> str:
    return "/" + re.sub(r"<(\w+)[^>]*>", r"{\1}", path).strip("/")
