"""`/api/v1/macros`: the reply texts, as they stand or filled in for a ticket."""

from typing import Annotated, Any

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request, json

from desk.accounts.models import ApiToken
from desk.macros.service import newest
from desk.services import Services
from desk.web.errors import request_language
from desk.web.programs.fields import Category, Language, Query, query_of
from desk.web.programs.guard import program
from desk.web.programs.writing import existing
from desk.web.ticket_macros import filled_macros, reply_language

blueprint = Blueprint("macros_for_programs", url_prefix="/api/v1/macros")


class MacroQuery(Query):
    """Which macros, and for which ticket."""

    language: Language | None = None
    category: Category | None = None
    ticket: Annotated[str, Field(max_length=40)] | None = None


@blueprint.get("/")
@program("tickets.read")
async def listed(request: Request, *, by: ApiToken) -> HTTPResponse:
    """Those that are offered; filled in where a ticket is named, else with their variables."""
    services: Services = request.app.ctx.services
    asked = query_of(request, MacroQuery)
    async with services.store.read() as session:
        if asked.ticket is None:
            language = asked.language or request_language(request)
            rows: list[dict[str, Any]] = [
                {
                    "slug": one.slug,
                    "name": one.name(language),
                    "category": one.category,
                    "text": one.text(language),
                    "gaps": [],
                }
                for one in await newest(session)
                if one.active and (asked.category is None or one.category in (None, asked.category))
            ]
            return json({"ticket": None, "language": language, "macros": rows})
        ticket = await existing(session, asked.ticket)
        language = asked.language or reply_language(ticket)
        rows = await filled_macros(
            services,
            session,
            ticket,
            analyst=by.user.name,
            language=language,
            category=asked.category,
        )
    return json({"ticket": ticket.number, "language": language, "macros": rows})
