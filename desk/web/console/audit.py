"""`/console/audit`: who did what, on a page and as a file."""

from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from sanic import Blueprint, HTTPResponse, Request

from desk.accounts import service as accounts
from desk.accounts.models import User
from desk.audit.export import csv_head, csv_line, exported
from desk.audit.models import AuditEntry
from desk.audit.service import ACTIONS, By, Wanted, account, entries
from desk.services import Services
from desk.tickets.numbers import number, parse
from desk.web.console.guard import page, render_page

blueprint = Blueprint("audit", url_prefix="/console")

_A_PAGE = 50
_MAX_ID = 2**31 - 1
_FILTERS = ("user", "action", "object", "from", "to")


@blueprint.get("/audit")
@page("audit.read")
async def audit(request: Request, *, user: User) -> HTTPResponse:
    """A page of entries, the newest first; a filter that can't be read is left out."""
    services: Services = request.app.ctx.services
    wanted = _wanted(request)
    before = _id(request.args.get("before", ""))
    async with services.store.read() as session:
        found = await entries(session, wanted, before=before, limit=_A_PAGE + 1)
        people = await accounts.emails(session)
    asked = _asked(request, wanted)
    shown, more = found[:_A_PAGE], len(found) > _A_PAGE
    return render_page(
        request,
        user,
        "console/audit",
        rows=[_row(entry, people) for entry in shown],
        people=sorted(people.items(), key=lambda one: one[1]),
        actions=ACTIONS,
        asked=dict.fromkeys(_FILTERS, "") | asked,
        query=urlencode(asked),
        older=urlencode(asked | {"before": shown[-1].id}) if more else None,
        newest=before is None,
    )


@blueprint.get("/audit.csv")
@page("audit.read")
async def as_csv(request: Request, *, user: User) -> HTTPResponse | None:
    """The entries as a file; that they were taken out is an entry too."""
    services: Services = request.app.ctx.services
    wanted = _wanted(request)
    async with services.store.write() as session:
        now = datetime.now(UTC)
        account(session, "audit_exported", "audit", by=By.user(user.id), now=now)
    response: Any = await request.respond(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="audit.csv"'},
    )
    async with services.store.read() as session:
        people = await accounts.emails(session)
        await response.send(csv_head())
        async for row in exported(session, wanted, people):
            await response.send(csv_line(row))
    await response.eof()
    return None


def _row(entry: AuditEntry, people: dict[int | None, str]) -> dict[str, Any]:
    room, _, key = entry.object.partition("/")
    shown, ticket = entry.object, None
    if key.isdecimal() and room == "user":
        shown = people.get(int(key), entry.object)
    elif key.isdecimal() and room == "ticket":
        shown = ticket = number(int(key))
    return {
        "at": entry.at,
        "actor": entry.actor,
        "who": people.get(entry.user_id),
        "action": entry.action,
        "object": shown,
        "ticket": ticket,
        "detail": entry.detail,
    }


def _wanted(request: Request) -> Wanted:
    action = request.args.get("action")
    return Wanted(
        user_id=_id(request.args.get("user", "")),
        action=action if action in ACTIONS else None,
        of=_object(request.args.get("object", "").strip()),
        start=_day(request.args.get("from", "")),
        end=_day(request.args.get("to", "")),
    )


def _asked(request: Request, wanted: Wanted) -> dict[str, str]:
    """The filters in force, as the form and the links say them."""
    found = {
        "user": wanted.user_id,
        "action": wanted.action,
        "object": request.args.get("object", "").strip() if wanted.of else None,
        "from": wanted.start,
        "to": wanted.end,
        "lang": request.args.get("lang"),
    }
    return {name: str(value) for name, value in found.items() if value is not None}


def _object(typed: str) -> str | None:
    """What is meant by `ticket/12`, or by the ticket's number as people type it."""
    if not typed or not typed.isprintable():
        return None
    ticket = parse(typed)
    return typed[:64] if ticket is None else f"ticket/{ticket}"


def _id(typed: str) -> int | None:
    if not (typed.isascii() and typed.isdecimal()):
        return None
    return int(typed) if len(typed) < 11 and int(typed) <= _MAX_ID else None


def _day(typed: str) -> date | None:
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        return None
    return found if 1970 < found.year < 9999 else None
