"""The desk's two Sanic applications: the public one, and the bot's action webhook on loopback."""

import secrets
from pathlib import Path
from typing import Any

from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection
from sanic import HTTPResponse, Request, Sanic, empty, file, html, json
from sanic.response import BaseHTTPResponse

from actions import register
from desk.services import Services
from desk.web import api, console, health, service_levels, webhook
from desk.web.errors import as_json, request_language, same_token
from desk.web.limits import RateLimit
from desk.web.pages import render

_STATIC = Path(__file__).parent / "static"
_OPENAPI = Path(__file__).parent / "openapi.json"
_SIGN_INS_A_MINUTE = 10


def public_app(services: Services) -> Sanic[Any, Any]:
    """Everything that visitors and analysts reach."""
    app: Sanic[Any, Any] = Sanic(f"acedesk-{id(services)}", configure_logging=False)
    # Sanic rewrites its own methods at start, which works for one application a process only.
    app.config.TOUCHUP = False
    app.config.RESPONSE_TIMEOUT = 120
    app.config.REQUEST_MAX_SIZE = 256_000
    app.ctx.services = services
    app.ctx.limit = RateLimit(services.settings.rate_limit)
    app.ctx.sign_in_limit = RateLimit(_SIGN_INS_A_MINUTE if services.settings.rate_limit else 0)
    modules = (health, webhook, api, service_levels)
    for blueprint in (*(module.blueprint for module in modules), *console.BLUEPRINTS):
        app.blueprint(blueprint.copy(blueprint.name))
    app.error_handler.add(Exception, as_json)
    app.add_route(_demo, "/", name="demo")
    app.add_route(_widget, "/widget.js", name="widget")
    app.add_route(_openapi, "/api/v1/openapi.json", name="openapi")
    app.static("/static", _STATIC, name="static")
    app.register_middleware(_name_scripts, "request")
    app.register_middleware(_preflight, "request")
    app.register_middleware(_protect, "response")
    return app


def action_app(services: Services) -> Sanic[Any, Any]:
    """The action webhook that the bot calls; it listens on loopback and asks for the token."""
    app: Sanic[Any, Any] = Sanic(f"acedesk-actions-{id(services)}", configure_logging=False)
    app.config.TOUCHUP = False
    executor = ActionExecutor()
    register(executor, services)

    @app.post("/webhook")
    async def run_action(request: Request) -> HTTPResponse:
        if not same_token(request.token or "", services.secrets.bot_token):
            return json({"error": "wrong token"}, status=401)
        try:
            result = await executor.run(request.json)
        except ActionExecutionRejection as rejection:
            body = {"error": rejection.message, "action_name": rejection.action_name}
            return json(body, status=400)
        return json(result.model_dump() if result else None)

    return app


async def _demo(request: Request) -> HTTPResponse:
    chosen = request.args.get("lang")
    language = chosen if chosen in ("en", "es") else request_language(request)
    return html(render("demo", language))


async def _widget(_request: Request) -> HTTPResponse:
    return await file(
        _STATIC / "widget.js",
        mime_type="text/javascript",
        max_age=300,
    )


async def _openapi(_request: Request) -> HTTPResponse:
    return await file(_OPENAPI, mime_type="application/json")


def _is_embedded(request: Request) -> bool:
    """What the widget asks for from the pages of other sites."""
    return request.path == "/widget.js" or request.path.startswith(
        ("/static/widget/", "/api/v1/conversations")
    )


async def _name_scripts(request: Request) -> None:
    """A word that scripts of this answer carry and nobody who injects one could know."""
    request.ctx.nonce = secrets.token_urlsafe(16)


async def _preflight(request: Request) -> HTTPResponse | None:
    if request.method != "OPTIONS" or not _is_embedded(request):
        return None
    return empty(
        headers={
            "Access-Control-Allow-Methods": "GET, POST, PUT",
            "Access-Control-Allow-Headers": "Authorization, Content-Type, Last-Event-ID",
            "Access-Control-Max-Age": "600",
        }
    )


async def _protect(request: Request, response: BaseHTTPResponse) -> None:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    if _is_embedded(request):
        # A conversation is opened by its token alone, never by a cookie, so any site may ask.
        response.headers.setdefault("Access-Control-Allow-Origin", "*")
        response.headers.setdefault("Access-Control-Expose-Headers", "Retry-After")
    if request.path.startswith("/console"):
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault(
            "Content-Security-Policy",
            f"default-src 'none'; script-src 'nonce-{request.ctx.nonce}'; style-src 'self'; "
            "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
            "frame-ancestors 'none'",
        )
