"""The reports of `sla`: attainment, backlog, forecast, parity, the assistant's outcomes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from desk.cli.common import as_json, open_store, print_json, run
from desk.conversations.figures import BOT_STRATA, DECIDED
from desk.reporting.reports import REPORTS, Asked, Report, Unreportable
from desk.settings import Settings
from desk.sla.clock import METRICS
from desk.sla.cohort import STRATA
from desk.sla.figures import TARGET
from desk.sla.statistics import PERCENTILES, percent

_DAY = click.DateTime(["%Y-%m-%d"])
_MINUTE_S = 60

since_option = click.option("--from", "since", type=_DAY, help="First day (UTC).")
until_option = click.option("--to", "until", type=_DAY, help="Day after the last (UTC).")
as_csv = click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")


def _by(strata: Sequence[str]) -> Callable[[Any], Any]:
    return click.option(
        "--by", multiple=True, type=click.Choice(strata), help="Split; twice for a pair."
    )


@click.command()
@since_option
@until_option
@_by(STRATA)
@click.option("--metric", type=click.Choice(METRICS), default="processed", show_default=True)
@as_csv
@as_json
def report(
    since: datetime | None,
    until: datetime | None,
    by: tuple[str, ...],
    metric: str,
    as_csv: bool,
    as_json: bool,
) -> None:
    """How often a promise was kept, with Wilson's 95 % interval, and how long it took."""
    made = _made("report", since=since, until=until, by=by, metric=metric)
    _print(made, _told_report, as_csv=as_csv, as_json=as_json)


@click.command()
@_by(STRATA)
@as_csv
@as_json
def backlog(by: tuple[str, ...], as_csv: bool, as_json: bool) -> None:
    """Open tickets by their age."""
    _print(_made("backlog", by=by), _told_backlog, as_csv=as_csv, as_json=as_json)


@click.command()
@as_csv
@as_json
def forecast(as_csv: bool, as_json: bool) -> None:
    """Breaches to be expected in the next hours, with an 80 % interval."""
    _print(_made("forecast"), _told_forecast, as_csv=as_csv, as_json=as_json)


@click.command()
@since_option
@until_option
@as_csv
@as_json
def parity(since: datetime | None, until: datetime | None, as_csv: bool, as_json: bool) -> None:
    """English beside Spanish, with Newcombe's 95 % interval of the difference."""
    made = _made("parity", since=since, until=until)
    _print(made, _told_parity, as_csv=as_csv, as_json=as_json)


@click.command()
@since_option
@until_option
@_by(BOT_STRATA)
@as_csv
@as_json
def bot(
    since: datetime | None,
    until: datetime | None,
    by: tuple[str, ...],
    as_csv: bool,
    as_json: bool,
) -> None:
    """What the assistant's conversations have come to; no part of the tickets' figures."""
    made = _made("bot", since=since, until=until, by=by)
    _print(made, _told_bot, as_csv=as_csv, as_json=as_json)


COMMANDS = (report, backlog, forecast, parity, bot)


def _made(
    name: str, *, since: datetime | None = None, until: datetime | None = None, **asked: Any
) -> Report:
    try:
        wanted = Asked(now=datetime.now(UTC), since=_utc(since), until=_utc(until), **asked)
    except Unreportable as error:
        raise click.UsageError(str(error)) from error
    return run(_read(name, wanted))


async def _read(name: str, asked: Asked) -> Report:
    async with open_store(Settings()) as store, store.read() as session:
        return await REPORTS[name](session, asked)


def _print(
    made: Report,
    told: Callable[[Mapping[str, Any]], Iterator[str]],
    *,
    as_csv: bool,
    as_json: bool,
) -> None:
    if as_csv:
        click.echo(made.csv(), nl=False)
    elif as_json:
        print_json(made.document)
    else:
        click.echo(f"Rule: {made.document['rule']}")
        for line in told(made.document):
            click.echo(line)


def _told_report(document: Mapping[str, Any]) -> Iterator[str]:
    for name, part in _groups(document):
        counts = (
            f"{part['hits']} in time, {part['breaches']} breached, {part['pending']} pending, "
            f"{part['excluded']} excluded of {part['total']}"
        )
        yield f"{name:<24} {_share(part)}  {counts}"
        reasons = ", ".join(f"{reason} {count}" for reason, count in part["exclusions"].items())
        if reasons:
            yield f"{'':<24} excluded: {reasons}"
        if part["p50_s"] is not None:
            yield f"{'':<24} {_percentiles(part)}"


def _told_backlog(document: Mapping[str, Any]) -> Iterator[str]:
    for name, ages in _groups(document):
        yield f"{name:<24} " + "  ".join(f"{age} {count}" for age, count in ages.items())


def _told_forecast(document: Mapping[str, Any]) -> Iterator[str]:
    for row in document["horizons"]:
        yield (
            f"within {row['horizon_h']:g} h: {row['expected']:.1f} breaches "
            f"({row['low']} to {row['high']})"
        )


def _told_parity(document: Mapping[str, Any]) -> Iterator[str]:
    for metric, sides in document["metrics"].items():
        for language in ("en", "es"):
            part = sides[language]
            told = f"  {_percentiles(part)}" if part["p50_s"] is not None else ""
            decided = part["hits"] + part["breaches"]
            yield f"{metric:<16} {language}  {_share(part)} of {decided}{told}"
        if sides["difference"] is not None:
            low, high = sides["interval"]
            points = f"{100 * sides['difference']:+.1f} points"
            yield f"{metric:<16} en - es  {points} ({100 * low:+.1f} to {100 * high:+.1f})"


def _told_bot(document: Mapping[str, Any]) -> Iterator[str]:
    for name, part in _groups(document):
        yield f"{name:<24} {part['total']} conversations, {part['decided']} decided"
        for end in DECIDED:
            yield f"{'':<24} {end:<10} {part[end]:>6}  {_share(part['shares'][end], target=1)}"
        yield f"{'':<24} still active {part['active']}, without a question {part['no_question']}"


def _groups(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "all", document["total"]
    yield from document["strata"].items()


def _share(part: Mapping[str, Any], *, target: float = TARGET) -> str:
    if part["share"] is None:
        return "nothing decided yet"
    low, high = part["interval"]
    return f"{percent(part['share'], target=target)} ({percent(low)} to {percent(high)})"


def _percentiles(part: Mapping[str, Any]) -> str:
    return ", ".join(f"p{at} {part[f'p{at}_s'] / _MINUTE_S:.1f} min" for at in PERCENTILES)


def _utc(day: datetime | None) -> datetime | None:
    return None if day is None else day.replace(tzinfo=UTC)
