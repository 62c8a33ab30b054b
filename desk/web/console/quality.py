"""`/console/quality`: lots, what was drawn from them, how it was judged, and what follows."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, redirect
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts import service as accounts
from desk.accounts.models import User
from desk.conversations.service import history as messages_of
from desk.messages import LANGUAGES
from desk.quality import errors
from desk.quality.errors import QualityError
from desk.quality.figures import TARGET
from desk.quality.models import QualityLot, QualityReview
from desk.quality.plans import aqls, levels
from desk.quality.reports import calibration_report, lot_report, quality_report
from desk.quality.rubric import rubric
from desk.quality.scorecards import Scores
from desk.quality.service import (
    decide_lot,
    draw_lot,
    find_lot,
    history,
    newest_lots,
    record_review,
    streams,
)
from desk.quality.switching import may_be_reduced, next_severity
from desk.reporting.reports import day
from desk.services import Services
from desk.tickets.models import Ticket
from desk.tickets.service import find_ticket
from desk.web.console.guard import field, page, page_language, render_page
from desk.web.pages import strings

blueprint = Blueprint("quality", url_prefix="/console/quality")

NA = "na"
"""What a criterion is given that does not apply."""
_LISTED = 30
_YEAR = timedelta(days=365)
_DRAWING = {"level": "II", "aql": "10", "language": ""}
_NUMBER = re.compile(r"[1-9]\d{0,8}")


@blueprint.get("/")
@page("quality.read")
async def lots(request: Request, *, user: User) -> HTTPResponse:
    """All lots, how strictly the next one is inspected, and the year's figures."""
    return await _lots(request, user, _DRAWING, {})


@blueprint.post("/")
@page("quality.score")
async def draw(request: Request, *, user: User) -> HTTPResponse:
    """Draw a lot, or say why it can't be."""
    services: Services = request.app.ctx.services
    names = ("from", "to", "level", "aql", "language", "reduced", "mended")
    values = {name: field(request, name) for name in names}
    said = strings("console", page_language(request, user))["quality"]["problems"]
    bounds: dict[str, datetime] = {}
    wrong: dict[str, str] = {}
    for name in ("from", "to"):
        try:
            bounds[name] = day(values[name])
        except ValueError:
            wrong[name] = said["day"]
    if values["aql"] not in {f"{aql:g}" for aql in aqls()}:
        wrong["aql"] = said["UnknownPlan"]
    if wrong:
        return await _lots(request, user, values, wrong)
    try:
        async with services.store.write() as session:
            lot = await draw_lot(
                session,
                since=bounds["from"],
                # The page asks for the last day of the lot, the room for the first one after it.
                until=bounds["to"] + timedelta(days=1),
                level=values["level"],
                aql=float(values["aql"]),
                language=values["language"] if values["language"] in LANGUAGES else None,
                by=user.email,
                reduced_wanted=values["reduced"] == "on",
                mended=values["mended"] == "on",
                now=datetime.now(UTC),
            )
    except QualityError as error:
        place = "mended" if isinstance(error, errors.Discontinued) else "from"
        return await _lots(request, user, values, {place: said[type(error).__name__]})
    return _to(request, f"lots/{lot.id}")


@blueprint.get("/lots/<number:str>")
@page("quality.read")
async def lot_page(request: Request, *, user: User, number: str) -> HTTPResponse:
    """One lot: its plan and curve, its sample, what the reviews show."""
    return await _lot(request, user, number)


@blueprint.post("/lots/<number:str>/decide")
@page("quality.score")
async def decide(request: Request, *, user: User, number: str) -> HTTPResponse:
    """Accept or reject it by its plan."""
    services: Services = request.app.ctx.services
    if not _NUMBER.fullmatch(number):
        return render_page(request, user, "console/missing", status=404)
    try:
        async with services.store.write() as session:
            await decide_lot(session, int(number), now=datetime.now(UTC))
    except errors.UnknownLot:
        return render_page(request, user, "console/missing", status=404)
    except QualityError as error:
        return await _lot(request, user, number, problem=type(error).__name__)
    return _to(request, f"lots/{number}")


@blueprint.get("/lots/<number:str>/<ticket:str>")
@page("quality.read")
async def review_page(request: Request, *, user: User, number: str, ticket: str) -> HTTPResponse:
    """A drawn ticket beside the rubric."""
    return await _review(request, user, number, ticket)


@blueprint.post("/lots/<number:str>/<ticket:str>")
@page("quality.score")
async def review(request: Request, *, user: User, number: str, ticket: str) -> HTTPResponse:
    """Keep what the reviewer says; an error keeps what they chose and wrote."""
    services: Services = request.app.ctx.services
    given = {key: field(request, key) for key in rubric().criteria}
    typed = given | {name: field(request, name) for name in ("comment", "calibration")}
    said = strings("console", page_language(request, user))["quality"]["problems"]
    wrong = {key: said["points"] for key in given if not _is_points(key, given[key])}
    if wrong:
        return await _review(request, user, number, ticket, typed=typed, wrong=wrong)
    scores: Scores = {key: None if value == NA else int(value) for key, value in given.items()}
    try:
        async with services.store.write() as session:
            found = await find_ticket(session, ticket)
            if found is None or not _NUMBER.fullmatch(number):
                return render_page(request, user, "console/missing", status=404)
            await record_review(
                session,
                lot_id=int(number),
                ticket_id=found.id,
                reviewer=user.email,
                scores=scores,
                comment=typed["comment"],
                is_calibration=typed["calibration"] == "on",
                now=datetime.now(UTC),
            )
    except (errors.UnknownLot, errors.NotInSample):
        return render_page(request, user, "console/missing", status=404)
    except QualityError as error:
        wrong = {"calibration": said[type(error).__name__]}
        return await _review(request, user, number, ticket, typed=typed, wrong=wrong)
    return _to(request, f"lots/{number}")


async def _lots(
    request: Request, user: User, values: dict[str, str], wrong: dict[str, str]
) -> HTTPResponse:
    services: Services = request.app.ctx.services
    now = datetime.now(UTC)
    async with services.store.read() as session:
        found = await newest_lots(session, limit=_LISTED)
        report = await quality_report(session, since=now - _YEAR, until=now)
        status = [
            await _status(session, level, aql, language)
            for level, aql, language in await streams(session)
        ]
    return render_page(
        request,
        user,
        "console/quality",
        status=400 if wrong else 200,
        lots=found,
        report=report,
        streams=status,
        values=values,
        errors=wrong,
        levels=levels(),
        aqls=[f"{aql:g}" for aql in aqls()],
        target=TARGET,
        last_day=_last_day,
    )


async def _status(
    session: AsyncSession, level: str, aql: float, language: str | None
) -> dict[str, Any]:
    results = await history(session, level=level, aql=aql, language=language)
    return {
        "level": level,
        "aql": f"{aql:g}",
        "language": language,
        "next": next_severity(results),
        "may_be_reduced": may_be_reduced(results),
        "decided": len(results),
    }


async def _lot(
    request: Request, user: User, number: str, *, problem: str | None = None
) -> HTTPResponse:
    services: Services = request.app.ctx.services
    if not _NUMBER.fullmatch(number):
        return render_page(request, user, "console/missing", status=404)
    try:
        async with services.store.read() as session:
            report = await lot_report(session, int(number))
            agreed = await calibration_report(session, int(number))
    except errors.UnknownLot:
        return render_page(request, user, "console/missing", status=404)
    said = strings("console", page_language(request, user))["quality"]["problems"]
    counting = report.lot.counting()
    return render_page(
        request,
        user,
        "console/quality_lot",
        status=409 if problem else 200,
        report=report,
        lot=report.lot,
        plan=report.plan,
        counting=counting,
        calibrating={
            ticket_id: sum(one.is_calibration for one in by_reviewer.values())
            for ticket_id, by_reviewer in report.lot.judged().items()
        },
        missing=report.lot.sample_size - len(counting),
        agreed=agreed,
        criteria=rubric().criteria,
        target=TARGET,
        problem=said[problem] if problem else None,
        last_day=_last_day,
    )


async def _review(
    request: Request,
    user: User,
    number: str,
    ticket: str,
    *,
    typed: dict[str, str] | None = None,
    wrong: dict[str, str] | None = None,
) -> HTTPResponse:
    services: Services = request.app.ctx.services
    async with services.store.read() as session:
        found = await find_ticket(session, ticket)
        lot = await _drawn(session, number, found)
        if found is None or lot is None:
            return render_page(request, user, "console/missing", status=404)
        messages = await messages_of(session, found.conversation_id)
        people = await accounts.emails(session)
    own = lot.judged().get(found.id, {}).get(user.id)
    counts = lot.counting().get(found.id)
    others = counts is not None and counts.reviewer_id != user.id
    stands = lot.decided_at is not None and own is not None and not own.is_calibration
    return render_page(
        request,
        user,
        "console/quality_review",
        status=400 if wrong else 200,
        lot=lot,
        ticket=found,
        messages=messages,
        people=people,
        rubric=rubric(),
        own=own,
        is_own_ticket=found.assignee_id == user.id,
        stands=stands,
        only_calibration=others or lot.decided_at is not None or (own and own.is_calibration),
        values=typed or _before(own),
        errors=wrong or {},
        na=NA,
    )


async def _drawn(session: AsyncSession, number: str, ticket: Ticket | None) -> QualityLot | None:
    """The lot, if the ticket was drawn from it."""
    if ticket is None or not _NUMBER.fullmatch(number):
        return None
    try:
        lot = await find_lot(session, int(number))
    except errors.UnknownLot:
        return None
    return lot if any(drawn.ticket_id == ticket.id for drawn in lot.sample) else None


def _before(own: QualityReview | None) -> dict[str, str]:
    """What the reviewer said last, as their form holds it."""
    if own is None:
        return {}
    points = {key: NA if given is None else str(given) for key, given in own.scores.items()}
    return points | {"comment": own.comment, "calibration": "on" if own.is_calibration else ""}


def _is_points(key: str, given: str) -> bool:
    criterion = rubric().criteria[key]
    allowed = {str(points) for points in criterion.points}
    return given in allowed or (given == NA and criterion.may_be_na)


def _last_day(lot: QualityLot) -> datetime:
    return lot.period_to - timedelta(microseconds=1)


def _to(request: Request, path: str) -> HTTPResponse:
    chosen = request.args.get("lang")
    tail = f"?lang={chosen}" if chosen in LANGUAGES else ""
    return redirect(f"/console/quality/{path}{tail}", status=303)
