"""`/console/tickets/<number>`: one ticket with its transcript, trail and clocks."""

from datetime import UTC, datetime

from sanic import Blueprint, HTTPResponse, Request

from desk.accounts import service as accounts
from desk.accounts.models import User
from desk.audit.service import By, account_reading
from desk.conversations.service import history
from desk.messages import catalogue
from desk.services import Services
from desk.sla.policies import in_use
from desk.tickets.clocks import clocks, explained
from desk.tickets.service import find_ticket, processed
from desk.web.console.guard import page, page_language, render_page
from desk.web.console.rows import Row

blueprint = Blueprint("ticket", url_prefix="/console")


@blueprint.get("/tickets/<number:str>")
@page("tickets.read")
async def ticket(request: Request, *, user: User, number: str) -> HTTPResponse:
    """One ticket with its transcript, trail and clock."""
    services: Services = request.app.ctx.services
    language = page_language(request, user)
    async with services.store.read() as session:
        found = await find_ticket(session, number)
        if found is None:
            return render_page(request, user, "console/missing", status=404)
        messages = await history(session, found.conversation_id)
        kept = await processed(session, [found])
        people = await accounts.emails(session)
    now = datetime.now(UTC)
    of = f"ticket/{found.id}"
    await account_reading(services.store, "ticket_read", of, by=By.user(user.id), now=now)
    row = Row(found, kept[found.id], now)
    recorded = {line.id: line.recorded_at for line in found.events}
    told = [
        {
            "metric": clock.metric,
            "outcome": episode.outcome,
            "lines": [
                {"at": step.at, "text": step.told(language)}
                for step in explained(clock, episode, recorded, now=now)
            ],
        }
        for clock in clocks(found.events, in_use(), now=now)
        for episode in clock.episodes
    ]
    labels = catalogue(language)["handoff"]["summary"]
    return render_page(
        request,
        user,
        "console/ticket",
        row=row,
        messages=messages,
        labels=labels,
        people=people,
        clocks=told,
        metrics=catalogue(language)["explain"]["metrics"],
    )
