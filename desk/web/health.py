"""Health: for people and monitors, for orchestrators, and for load balancers."""

from sanic import Blueprint, HTTPResponse, Request, json
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from desk.services import Services

blueprint = Blueprint("health")
READ = ("GET", "HEAD")
"""Monitors and caches ask for the head alone (RFC 9110, 9.3.2)."""


async def health(request: Request) -> HTTPResponse:
    """200 when every part works, else 503 with the failing part named."""
    services: Services = request.app.ctx.services
    bot = "ok" if await services.bot.healthy() else "down"
    store = "ok" if await _store_works(services) else "down"
    well = bot == store == "ok"
    body = {"status": "ok" if well else "degraded", "bot": bot, "store": store}
    return json(body, status=200 if well else 503)


async def live(_request: Request) -> HTTPResponse:
    """This process answers."""
    return json({"status": "ok"})


async def ready(request: Request) -> HTTPResponse:
    """The store works: a desk whose bot is down stays in service."""
    well = await _store_works(request.app.ctx.services)
    return json({"status": "ok" if well else "down"}, status=200 if well else 503)


async def _store_works(services: Services) -> bool:
    try:
        async with services.store.read(brief=True) as session:
            await session.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError):
        return False
    return True


for handler, path in ((health, "/health"), (live, "/health/live"), (ready, "/health/ready")):
    blueprint.add_route(handler, path, methods=READ)
