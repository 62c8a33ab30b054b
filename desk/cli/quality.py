"""`quality`: lots of tickets drawn by a standard plan, reviewed, decided and reported."""

import json
import sys
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from desk.cli.common import as_json, open_store, print_json, run
from desk.cli.quality_rows import (
    calibration_row,
    days,
    lot_row,
    period_row,
    plan_row,
    sample_rows,
    told_figures,
    told_plan,
)
from desk.quality.calibration import Calibration
from desk.quality.curve import curve
from desk.quality.errors import QualityError
from desk.quality.figures import TARGET
from desk.quality.plans import SEVERITIES, levels
from desk.quality.plans import plan as plan_of
from desk.quality.reports import (
    LotReport,
    PeriodReport,
    accepted_at_target,
    calibration_report,
    lot_report,
    quality_report,
)
from desk.quality.rubric import rubric as rubric_in_force
from desk.quality.scorecards import Scores
from desk.quality.service import decide_lot, draw_lot, record_review
from desk.settings import Settings
from desk.tickets.service import find_ticket

_DAY = click.DateTime(["%Y-%m-%d"])
_LOT = click.IntRange(1, 2**31 - 1)
_NA = "na"

level = click.option("--level", type=click.Choice(levels()), default="II", show_default=True)
aql = click.option(
    "--aql", type=float, default=10, show_default=True, help="Per cent nonconforming."
)
since = click.option("--from", "since", type=_DAY, required=True, help="First day (UTC).")
until = click.option("--to", "until", type=_DAY, required=True, help="Day after the last (UTC).")
lot_argument = click.argument("number", metavar="LOT", type=_LOT)
as_html = click.option(
    "--html",
    "file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write a page with the curve as well.",
)


class _Points(click.ParamType[tuple[str, int | None]]):
    """A criterion and its points: `greeting=2`, or `greeting=na` where it does not apply."""

    name = "criterion=points"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int | None]:
        if isinstance(value, tuple):
            return value
        key, _, points = value.partition("=")
        if points == _NA:
            return key.strip(), None
        try:
            return key.strip(), int(points)
        except ValueError:
            self.fail(f"{value!r} is not like greeting=2 or greeting={_NA}")


@click.group()
def quality() -> None:
    """Quality reviews: sampling plans, scorecards, decisions, reports."""


@quality.command()
@click.option("--lot-size", type=int, required=True, help="Tickets in the lot.")
@level
@aql
@click.option("--severity", type=click.Choice(SEVERITIES), default="normal", show_default=True)
@as_json
def plan(lot_size: int, level: str, aql: float, severity: str, as_json: bool) -> None:
    """The plan of MIL-STD-105E for a lot, and what it lets pass."""
    try:
        found = plan_of(lot_size, level, aql, severity)
    except QualityError as error:
        raise click.ClickException(str(error)) from error
    points = curve(found)
    if as_json:
        print_json(
            plan_row(found)
            | {
                "curve": [vars(point) for point in points],
                "accepted_at_target": accepted_at_target(found),
            }
        )
        return
    click.echo(told_plan(found))
    click.echo(f"a lot with {1 - TARGET:.0%} bad is accepted with {accepted_at_target(found):.1%}")
    for point in points:
        click.echo(f"  {point.share_bad:6.1%} bad  {point.accepted:6.1%} accepted")


@quality.command()
@since
@until
@level
@aql
@click.option("--language", type=click.Choice(["en", "es", "mixed", "other"]))
@click.option("--seed", help="By default one that nobody could foresee.")
@click.option("--by", metavar="EMAIL", help="The user of the console who draws.")
@click.option("--reduced", is_flag=True, help="Use reduced inspection where the rules allow it.")
@click.option("--mended", is_flag=True, help="What had ended inspection is mended.")
@as_json
def draw(
    since: datetime,
    until: datetime,
    level: str,
    aql: float,
    language: str | None,
    seed: str | None,
    by: str | None,
    reduced: bool,
    mended: bool,
    as_json: bool,
) -> None:
    """Make a lot of the tickets resolved in a period, and draw the sample.

    How strict the inspection is follows from the lots decided before.
    """
    number = _tried(
        _draw(
            since=_utc(since),
            until=_utc(until),
            level=level,
            aql=aql,
            language=language,
            seed=seed,
            by=by,
            reduced_wanted=reduced,
            mended=mended,
        )
    )
    _show(number, as_json=as_json)


@quality.command()
@lot_argument
@as_html
@as_json
def show(number: int, file: Path | None, as_json: bool) -> None:
    """Show a lot: its plan, sample, decision, curve and percentages."""
    _show(number, as_json=as_json, file=file)


@quality.command()
@lot_argument
@click.argument("ticket")
@click.option("--reviewer", metavar="EMAIL", required=True, help="A user of the console.")
@click.option("--set", "points", type=_Points(), multiple=True, help="greeting=2, closure=na, …")
@click.option("--comment", default="", help="Secrets in it are masked.")
@click.option(
    "--json-stdin",
    is_flag=True,
    help='Read {"scores": {"greeting": 2, "closure": null, …}, "comment": "…"} instead.',
)
@click.option("--calibration", is_flag=True, help="Only to compare reviewers; does not count.")
@as_json
def score(
    number: int,
    ticket: str,
    reviewer: str,
    points: tuple[tuple[str, int | None], ...],
    comment: str,
    json_stdin: bool,
    calibration: bool,
    as_json: bool,
) -> None:
    """Record a review of a drawn ticket; recorded again, it corrects the one before."""
    scores: Scores = dict(points)
    if json_stdin:
        if points or comment:
            raise click.UsageError("--json-stdin takes the place of --set and --comment")
        scores, comment = _from_stdin()
    elif len(scores) < len(points):
        raise click.UsageError("a criterion is set twice")
    row = _tried(_score(number, ticket, reviewer, scores, comment, calibration))
    if as_json:
        print_json(row)
        return
    conforming = "conforming" if row["conforming"] else "nonconforming"
    click.echo(f"{row['ticket']}: {row['score']:.1%}, {conforming}")


@quality.command()
@lot_argument
@as_json
def decide(number: int, as_json: bool) -> None:
    """Accept or reject a lot whose sample is reviewed; this can't be undone."""
    _tried(_decide(number))
    _show(number, as_json=as_json)


@quality.command()
@since
@until
@as_html
@as_json
def report(since: datetime, until: datetime, file: Path | None, as_json: bool) -> None:
    """What the lots of a period show, against 90 %."""
    found = _tried(_report(_utc(since), _utc(until)))
    if file is not None:
        from desk.cli.quality_page import period_page  # noqa: PLC0415

        file.write_text(period_page(found), encoding="utf-8")
    if as_json:
        print_json(period_row(found))
        return
    for lot in found.lots:
        click.echo(
            f"lot {lot.id}  {days(lot)}  {lot.sample_size} of {len(lot.population)} drawn, "
            f"{lot.decision or 'undecided'}"
        )
    for line in told_figures(found.figures):
        click.echo(line)


@quality.command()
@lot_argument
@as_json
def calibration(number: int, as_json: bool) -> None:
    """Whether the reviewers of a lot judge alike, the weakest criterion first."""
    found = _tried(_calibration(number))
    if as_json:
        print_json(calibration_row(found))
        return
    click.echo(f"{found.interactions} tickets judged by more than one of {len(found.reviewers)}")
    for one in found.criteria:
        told = " ".join(
            f"{name} {value:.2f}"
            for name, value in (("alpha", one.alpha), ("kappa", one.kappa))
            if value is not None
        )
        click.echo(f"  {one.criterion:<14} {one.share:6.1%} of {one.pairs} pairs agree  {told}")
    for leaning in found.leanings:
        click.echo(
            f"  {leaning.reviewer}: {100 * leaning.difference:+.1f} points beside the others on "
            f"{leaning.interactions} tickets"
        )


@quality.command()
@click.option("--language", type=click.Choice(["en", "es"]), default="en", show_default=True)
@as_json
def rubric(language: str, as_json: bool) -> None:
    """The criteria, what their points mean, and the mark to reach."""
    found = rubric_in_force()
    rows: list[dict[str, Any]] = [
        {
            "criterion": criterion.key,
            "weight": criterion.weight,
            "critical": criterion.critical,
            "name": criterion.wording[language].name,
            "question": criterion.wording[language].question,
            "points": criterion.wording[language].points,
            _NA: criterion.wording[language].may_be_na,
        }
        for criterion in found.criteria.values()
    ]
    if as_json:
        print_json({"language": language, "pass_mark": found.pass_mark, "criteria": rows})
        return
    for row in rows:
        critical = ", critical" if row["critical"] else ""
        click.echo(f"{row['name']} ({row['criterion']}, {row['weight']} %{critical})")
        click.echo(f"  {row['question']}")
        for points, meaning in row["points"].items():
            click.echo(f"  {points:>2}  {meaning}")
        if row[_NA]:
            click.echo(f"  {_NA}  {row[_NA]}")
    click.echo(f"≥ {found.pass_mark} %")


def _tried[Result](work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine, and turn what the room refuses into a sentence."""
    try:
        return run(work)
    except QualityError as error:
        raise click.ClickException(str(error)) from error


async def _draw(**values: Any) -> int:
    async with open_store(Settings()) as store, store.write() as session:
        return (await draw_lot(session, now=datetime.now(UTC), **values)).id


async def _lot(number: int) -> LotReport:
    async with open_store(Settings()) as store, store.read() as session:
        return await lot_report(session, number)


async def _score(
    number: int, ticket: str, reviewer: str, scores: Scores, comment: str, calibration: bool
) -> dict[str, Any]:
    async with open_store(Settings()) as store, store.write() as session:
        found = await find_ticket(session, ticket)
        if found is None:
            raise click.ClickException(f"there is no ticket {ticket}")
        review = await record_review(
            session,
            lot_id=number,
            ticket_id=found.id,
            reviewer=reviewer,
            scores=scores,
            comment=comment,
            is_calibration=calibration,
            now=datetime.now(UTC),
        )
        return {
            "lot": number,
            "ticket": found.number,
            "score": review.score,
            "conforming": review.conforming,
            "scores": review.scores,
            "comment": review.comment,
            "calibration": review.is_calibration,
            "revision": review.revision,
        }


async def _decide(number: int) -> None:
    async with open_store(Settings()) as store, store.write() as session:
        await decide_lot(session, number, now=datetime.now(UTC))


async def _report(since: datetime, until: datetime) -> PeriodReport:
    async with open_store(Settings()) as store, store.read() as session:
        return await quality_report(session, since=since, until=until)


async def _calibration(number: int) -> Calibration:
    async with open_store(Settings()) as store, store.read() as session:
        return await calibration_report(session, number)


def _show(number: int, *, as_json: bool, file: Path | None = None) -> None:
    found = _tried(_lot(number))
    if file is not None:
        # Here, since the library that draws takes seconds to load.
        from desk.cli.quality_page import lot_page  # noqa: PLC0415

        file.write_text(lot_page(found), encoding="utf-8")
    lot = found.lot
    if as_json:
        print_json(lot_row(found))
        return
    click.echo(
        f"lot {lot.id}  {days(lot)}  {lot.language or 'all languages'}  seed {lot.seed}\n"
        f"{told_plan(found.plan)}"
    )
    bad = "" if lot.nonconforming is None else f", {lot.nonconforming} bad"
    click.echo(f"decision: {lot.decision or 'undecided'}{bad}")
    click.echo(
        f"a lot with {1 - TARGET:.0%} bad is accepted with {found.accepted_at_target:.1%}, and the "
        f"worst sample that is accepted is {found.worst_accepted:.1%} good"
    )
    for line in told_figures(found.figures):
        click.echo(line)
    for row in sample_rows(lot):
        told = "no review" if row["score"] is None else f"{row['score']:.1%}"
        mark = "  nonconforming" if row["conforming"] is False else ""
        click.echo(f"  {row['ticket']}  {told}{mark}")


def _from_stdin() -> tuple[Scores, str]:
    try:
        given = json.load(sys.stdin)
    except ValueError as error:
        raise click.ClickException(f"standard input holds no JSON ({error})") from error
    scores = given.get("scores") if isinstance(given, dict) else None
    if not isinstance(scores, dict):
        raise click.ClickException('the JSON has no object under "scores"')
    comment = given.get("comment", "")
    if not isinstance(comment, str):
        raise click.ClickException('"comment" is no text')
    return scores, comment


def _utc(day: datetime) -> datetime:
    return day.replace(tzinfo=UTC)
