"""The desk's two Sanic applications: the public one, and the bot's action webhook on loopback."""

from pathlib import Path
from typing import Any

from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection
from sanic import HTTPResponse, Request, Sanic, html, json
from sanic.response import BaseHTTPResponse

from actions import register
from desk.accounts.openid import OpenId
from desk.accounts.roles import roles_named
from desk.accounts.throttle import Throttle
from desk.attachments.scanner import scanner_of
from desk.services import Services
from desk.settings import Settings
from desk.web import (
    console,
    gateway,
    health,
    metrics,
    openapi,
    programs,
    security,
    service_levels,
    visitor,
    watching,
    webhook,
    widget,
)
from desk.web.console.errors import as_page
from desk.web.console.queue_stream import QueueWatch
from desk.web.errors import as_json, request_language, same_token
from desk.web.limits import Budgets, RateLimit
from desk.web.pages import render
from desk.web.visitor import origins
from desk.web.visitor.origins import Origins

_STATIC = Path(__file__).parent / "static"


def public_app(services: Services) -> Sanic[Any, Any]:
    """Everything that visitors and analysts reach."""
    app: Sanic[Any, Any] = Sanic(f"acedesk-{id(services)}", configure_logging=False)
    # Sanic rewrites its own methods at start, which works for one application a process only.
    app.config.TOUCHUP = False
    app.config.RESPONSE_TIMEOUT = 120
    app.config.REQUEST_MAX_SIZE = 256_000
    settings = services.settings
    app.config.PROXIES_COUNT = settings.proxies_count or None
    app.ctx.services = services
    app.ctx.origins = Origins.parse(settings.allowed_origins)
    app.ctx.scanner = scanner_of(settings.clamd)
    app.ctx.queue_watch = QueueWatch(services)
    app.ctx.budgets = Budgets(settings.rate_limit)
    app.ctx.program_limit = RateLimit(settings.rate_limit)
    app.ctx.unsigned_limit = RateLimit(min(settings.rate_limit, gateway.UNSIGNED_A_MINUTE))
    app.ctx.throttle = Throttle(
        services.store, services.secrets.accounts_key, on=settings.rate_limit > 0
    )
    app.ctx.second_factor_roles = roles_named(settings.require_second_factor)
    app.ctx.openid = _openid_of(settings)
    app.ctx.watch = metrics.Watch(services)
    modules = (health, metrics, webhook, gateway, service_levels)
    blueprints = [module.blueprint for module in modules]
    blueprints += [*visitor.BLUEPRINTS, *programs.BLUEPRINTS, *console.BLUEPRINTS]
    for blueprint in blueprints:
        app.blueprint(blueprint.copy(blueprint.name))
    app.error_handler.add(Exception, _explain)
    app.add_route(_demo, "/", methods=health.READ, name="demo")
    # A script that cannot be made should stop the start and not the first visitor.
    widget.bundle()
    app.add_route(widget.serve, "/widget.js", methods=health.READ, name="widget")
    app.add_route(_openapi, "/api/v1/openapi.json", methods=health.READ, name="openapi")
    # Where an index is looked for, a folder is not found; else Sanic takes it for a fault.
    app.static("/static", _STATIC, name="static", index="index.html")
    watching.watch(app, trusted=settings.proxies_count > 0)
    app.register_middleware(security.receive, "request")
    app.register_middleware(_check_origin, "request")
    app.register_middleware(_allow_origins, "response")
    app.register_middleware(security.protect, "response")
    return app


def action_app(services: Services, *, keep_alive: bool = True) -> Sanic[Any, Any]:
    """The action webhook that the bot calls; it listens on loopback and asks for the token.

    Args:
        services: those of this desk.
        keep_alive: bots may keep their connections. Where several processes serve, each call should
            come to whichever is there then.
    """
    app: Sanic[Any, Any] = Sanic(f"acedesk-actions-{id(services)}", configure_logging=False)
    app.config.TOUCHUP = False
    app.config.KEEP_ALIVE = keep_alive
    executor = ActionExecutor()
    register(executor, services)

    @app.post("/webhook")
    async def run_action(request: Request) -> HTTPResponse:
        if not same_token(request.token or "", services.secrets.bot_token):
            return json({"error": "wrong token"}, status=401)
        try:
            with watching.action(request.json, executor.actions):
                result = await executor.run(request.json)
        except ActionExecutionRejection as rejection:
            body = {"error": rejection.message, "action_name": rejection.action_name}
            return json(body, status=400)
        return json(result.model_dump() if result else None)

    return app


async def _explain(request: Request, error: Exception) -> HTTPResponse:
    """Whatever was raised: to people in the console as a page, to programs as JSON."""
    asks_for_page = "text/html" in request.headers.getone("accept", "")
    if request.path.startswith("/console") and asks_for_page:
        return await as_page(request, error)
    return await as_json(request, error)


def _openid_of(settings: Settings) -> OpenId | None:
    if settings.oidc_issuer is None:
        return None
    secret = settings.oidc_client_secret
    return OpenId(
        settings.oidc_issuer,
        client_id=settings.oidc_client_id or "",
        client_secret=secret.get_secret_value() if secret else None,
        role_claim=settings.oidc_role_claim,
    )


async def _demo(request: Request) -> HTTPResponse:
    chosen = request.args.get("lang")
    language = chosen if chosen in ("en", "es") else request_language(request)
    return html(render("demo", language, nonce=request.ctx.nonce))


async def _openapi(_request: Request) -> HTTPResponse:
    return json(openapi.document())


async def _check_origin(request: Request) -> HTTPResponse | None:
    if not security.is_embedded(request):
        return None
    return origins.check(request, request.app.ctx.origins)


async def _allow_origins(request: Request, response: BaseHTTPResponse) -> None:
    if security.is_embedded(request):
        for name, value in origins.headers_for(request, request.app.ctx.origins).items():
            response.headers.setdefault(name, value)
