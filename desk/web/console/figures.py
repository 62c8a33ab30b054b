"""`/console/figures`: what was promised and kept, and the same figures as files."""

from datetime import UTC, datetime, timedelta
from typing import cast
from urllib.parse import urlencode

from sanic import Blueprint, HTTPResponse, Request

from desk.accounts.models import User
from desk.messages import catalogue, say
from desk.reporting.dashboard import Dashboard, dashboard
from desk.reporting.reports import PAGE_REPORTS
from desk.services import Services
from desk.sla.clock import METRICS
from desk.sla.cohort import STRATA, Cohort, Stratum
from desk.sla.figures import TARGET, attainment
from desk.web.console.guard import page, page_language, render_page
from desk.web.errors import ApiError
from desk.web.service_levels import answer, asked_of

blueprint = Blueprint("figures", url_prefix="/console/figures")

PERIODS = (7, 30, 90, 365)
"""Days that can be chosen; today is the last of them."""
_DEFAULT = 30


@blueprint.get("/")
@page("figures.read")
async def figures(request: Request, *, user: User) -> HTTPResponse:
    """The page; what can't be chosen is as if nothing had been."""
    services: Services = request.app.ctx.services
    language = page_language(request, user)
    now = datetime.now(UTC)
    chosen = request.args.get("days", "")
    days = next((period for period in PERIODS if str(period) == chosen), _DEFAULT)
    until = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    since = until - timedelta(days=days)
    metric = request.args.get("metric")
    cohort = Cohort(
        metric=metric if metric in METRICS else "processed", since=since, until=until, now=now
    )
    by = _strata(request)
    board = await dashboard(services.store, since=since, until=until, now=now)
    async with services.store.read() as session:
        split = await attainment(session, cohort, by) if by else {}
    rules = {
        "report": say(
            "figures.rules.report",
            language,
            metric=say(f"figures.metrics.{cohort.metric}", language),
        ),
        "parity": say("figures.rules.parity", language),
        "backlog": say("figures.rules.backlog", language),
        "forecast": say("figures.rules.forecast", language, days=board.past_days),
        "bot": say("figures.rules.bot", language),
        "satisfaction": say("figures.rules.satisfaction", language),
        "helpfulness": say("figures.rules.helpfulness", language),
        "questions": say("figures.rules.questions", language),
    }
    return render_page(
        request,
        user,
        "console/figures",
        board=board,
        names=catalogue(language)["explain"],
        titles=_titles(services, board, language),
        rules=rules,
        target=TARGET,
        days=days,
        periods=PERIODS,
        metrics=METRICS,
        strata=STRATA,
        metric=cohort.metric,
        by=by,
        split=split,
        queries=_queries(cohort, by),
    )


@blueprint.get("/<name:str>")
@page("figures.read")
async def download(request: Request, *, user: User, name: str) -> HTTPResponse:
    """One of the reports, as the interface for programs gives it."""
    if name not in PAGE_REPORTS:
        raise ApiError(404, "not_found")
    return await answer(request, name, asked_of(request, language=page_language(request, user)))


def _queries(cohort: Cohort, by: tuple[Stratum, ...]) -> dict[str, str]:
    """What the files of the same figures are asked for with."""
    bounds = [("from", cohort.since), ("to", cohort.until)]
    period = [(name, f"{at:%Y-%m-%d}") for name, at in bounds if at is not None]
    split = [("metric", cohort.metric), *(("by", stratum) for stratum in by)]
    return {"period": urlencode(period), "split": urlencode(period + split)}


def _titles(services: Services, board: Dashboard, language: str) -> dict[str, str]:
    """What the articles are called that came nearest to a question, by slug."""
    slugs = {one.nearest for one in board.questions if one.nearest}
    found = {slug: services.library.article(slug, language) for slug in slugs}
    return {slug: article.title for slug, article in found.items() if article}


def _strata(request: Request) -> tuple[Stratum, ...]:
    """Up to two that differ, of those that were chosen."""
    chosen = dict.fromkeys(name for name in request.args.getlist("by", []) if name in STRATA)
    return cast("tuple[Stratum, ...]", tuple(chosen)[:2])
