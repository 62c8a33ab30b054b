"""`/api/v1/sla`: the figures, for programs."""

from datetime import UTC, datetime
from functools import partial

from sanic import Blueprint, HTTPResponse, Request, json, text

from desk.accounts.models import ApiToken
from desk.reporting.reports import PAGE_REPORTS, REPORTS, Asked, Unreportable, day
from desk.services import Services
from desk.web.errors import ApiError, request_language
from desk.web.programs.guard import program

blueprint = Blueprint("service_levels", url_prefix="/api/v1/sla")

_FORMATS = ("json", "csv")


async def answer(request: Request, name: str, asked: Asked) -> HTTPResponse:
    """A report, as JSON or, with `format=csv`, as a file that a spreadsheet opens.

    Raises:
        ApiError: 400 when the format or a stratum can't be.
    """
    services: Services = request.app.ctx.services
    form = request.args.get("format", "json")
    if form not in _FORMATS:
        raise ApiError(400, "invalid_field", field="format")
    try:
        async with services.store.read() as session:
            report = await PAGE_REPORTS[name](session, asked)
    except Unreportable as error:
        raise ApiError(400, error.key, field=error.field) from error
    if form == "json":
        return json(report.document)
    return text(
        report.csv(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def asked_of(request: Request, *, language: str) -> Asked:
    """What the query asks for: `from`, `to`, `by` (up to twice), `metric`.

    Raises:
        ApiError: 400 when one of them is wrong.
    """
    try:
        return Asked(
            now=datetime.now(UTC),
            metric=request.args.get("metric", "processed"),
            since=_day(request, "from"),
            until=_day(request, "to"),
            by=tuple(request.args.getlist("by", [])),
            language=language,
        )
    except Unreportable as error:
        raise ApiError(400, error.key, field=error.field) from error


def _day(request: Request, field: str) -> datetime | None:
    given = request.args.get(field)
    if given is None:
        return None
    try:
        return day(given)
    except ValueError as error:
        raise ApiError(400, "invalid_field", field=field) from error


@program("figures.read")
async def _report(request: Request, *, by: ApiToken, name: str) -> HTTPResponse:
    return await answer(request, name, asked_of(request, language=request_language(request)))


for _name in REPORTS:
    blueprint.add_route(partial(_report, name=_name), f"/{_name}", name=_name)
