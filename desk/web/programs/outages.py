"""`/api/v1/outages`: what the desk knows of an outage now."""

from datetime import UTC, datetime

from sanic import Blueprint, HTTPResponse, Request, json

from desk.accounts.models import ApiToken
from desk.instants import instant
from desk.outages.service import is_current, list_outages
from desk.services import Services
from desk.web.programs.guard import program

blueprint = Blueprint("outages_for_programs", url_prefix="/api/v1/outages")


@blueprint.get("/current")
@program("tickets.read")
async def current(request: Request, *, by: ApiToken) -> HTTPResponse:
    """The outage whose reports are being collected, with the status in force; or null."""
    services: Services = request.app.ctx.services
    now = datetime.now(UTC)
    async with services.store.read() as session:
        newest = next(iter(await list_outages(session)), None)
        if newest is None or not await is_current(session, newest, now=now):
            return json({"outage": None})
        status = newest.status_in_force(now)
        told = status and {
            "en": status.text_en,
            "es": status.text_es,
            "scope": status.scope,
            "posted_at": instant(status.posted_at),
            "until": instant(status.until),
        }
        return json(
            {
                "outage": {
                    "id": newest.id,
                    "started_at": instant(newest.started_at),
                    "ticket": newest.parent.number,
                    "reports": [child.number for child in newest.parent.children],
                    "status": told,
                }
            }
        )
