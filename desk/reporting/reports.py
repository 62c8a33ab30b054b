"""The figures as documents and tables: the same for commands, the interface and the page."""

import csv
import io
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.feedback import helpfulness
from desk.conversations.figures import (
    BOT_STRATA,
    DECIDED,
    ENDS,
    BotOutcomes,
    BotStratum,
    bot_outcomes,
)
from desk.conversations.satisfaction import (
    SATISFACTION_STRATA,
    Rated,
    SatisfactionStratum,
    satisfaction,
)
from desk.instants import instant
from desk.messages import LANGUAGES, say
from desk.quality.figures import TARGET as QUALITY_TARGET
from desk.quality.reports import RULE as QUALITY_RULE
from desk.quality.reports import quality_report
from desk.reporting.questions import unanswered
from desk.sla.clock import METRICS
from desk.sla.cohort import STRATA, Cohort, Labels, Stratum
from desk.sla.figures import NOTHING, TARGET, Figures, attainment, hourly
from desk.sla.outlook import METRIC as FORECAST_METRIC
from desk.sla.outlook import outlook
from desk.sla.profile import profile
from desk.sla.statistics import PERCENTILES, Share
from desk.tickets.backlog import BUCKETS, backlog

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
"""Before the first lot, where a report names no first day."""


class Unreportable(ValueError):
    """Something asked for that there is not; `field` names it, `key` its sentence in `errors`."""

    def __init__(self, field: str, why: str, *, key: str = "invalid_field") -> None:
        super().__init__(f"{field} {why}")
        self.field = field
        self.key = key


def _one_of(allowed: Sequence[str]) -> str:
    return f"is one of {', '.join(allowed)}; at most two, each once"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a report is to be of.

    Raises:
        Unreportable: an unknown metric or stratum, a stratum twice, or more than two, or a period
            in which no moment lies.
    """

    now: datetime
    metric: str = "processed"
    since: datetime | None = None
    until: datetime | None = None
    by: tuple[str, ...] = ()
    language: str = "en"
    """Of the rule that goes with the figures."""

    def __post_init__(self) -> None:
        if self.metric not in METRICS:
            raise Unreportable("metric", _one_of(METRICS))
        if not set(self.by) <= set(STRATA) or len(self.by) > len(set(self.by)) or len(self.by) > 2:
            raise Unreportable("by", _one_of(STRATA))
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise Unreportable(
                "to", "is the day after the last, so it comes after from", key="reversed_period"
            )

    @property
    def cohort(self) -> Cohort:
        """The episodes that are meant."""
        return Cohort(metric=self.metric, since=self.since, until=self.until, now=self.now)

    def rule(self, name: str, **values: object) -> str:
        """What a report counts, in words."""
        return say(f"figures.rules.{name}", self.language, **values)


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report as programs read it: a document, and its groups as the rows of a table."""

    document: Mapping[str, Any]
    columns: Sequence[str]
    rows: Sequence[Mapping[str, Any]]

    def csv(self) -> str:
        """The table as CSV with a header (RFC 4180), which no spreadsheet takes for formulas."""
        written = io.StringIO()
        table = csv.DictWriter(written, self.columns)
        table.writeheader()
        for row in self.rows:
            table.writerow({name: _harmless(value) for name, value in row.items()})
        return written.getvalue()


async def attainment_report(session: AsyncSession, asked: Asked) -> Report:
    """How often a promise was kept, and how long it took."""
    by = cast("tuple[Stratum, ...]", asked.by)
    whole = (await attainment(session, asked.cohort))[()]
    groups = await attainment(session, asked.cohort, by) if by else {(): whole}
    metric = say(f"figures.metrics.{asked.metric}", asked.language)
    return Report(
        document={
            "at": instant(asked.now),
            "metric": asked.metric,
            "rule": asked.rule("report", metric=metric),
            "target": TARGET,
            **_period(asked),
            "total": _figures(whole),
            "by": _by(asked),
            "strata": _strata(asked, {name: _figures(part) for name, part in groups.items()}),
        },
        columns=(*by, *_flat(whole)),
        rows=[_named(by, labels) | _flat(part) for labels, part in groups.items()],
    )


async def parity_report(session: AsyncSession, asked: Asked) -> Report:
    """English beside Spanish, metric by metric."""
    metrics: dict[str, dict[str, Any]] = {}
    rows = []
    for metric in METRICS:
        found = await profile(session, replace(asked, metric=metric).cohort)
        sides = {name: found.by_language.get(name, NOTHING) for name in LANGUAGES}
        apart = found.apart
        metrics[metric] = {name: _figures(side) for name, side in sides.items()} | {
            "difference": apart.share if apart else None,
            "interval": list(apart.interval) if apart else None,
        }
        rows.append(
            {"metric": metric}
            | {
                f"{name}_{column}": value
                for name, side in sides.items()
                for column, value in _flat(side).items()
            }
            | {"difference": apart.share if apart else None}
            | _ends(apart.interval if apart else None)
        )
    return Report(
        document={
            "at": instant(asked.now),
            "rule": asked.rule("parity"),
            **_period(asked),
            "metrics": metrics,
        },
        columns=list(rows[0]),
        rows=rows,
    )


async def backlog_report(session: AsyncSession, asked: Asked) -> Report:
    """What is open, by its age."""
    by = cast("tuple[Stratum, ...]", asked.by)
    groups = await backlog(session, now=asked.now, by=by)
    whole = {age: sum(ages[age] for ages in groups.values()) for age in BUCKETS}
    return Report(
        document={
            "at": instant(asked.now),
            "rule": asked.rule("backlog"),
            "total": _ages(whole),
            "by": _by(asked),
            "strata": _strata(asked, {name: _ages(ages) for name, ages in groups.items()}),
        },
        columns=(*by, *_ages(whole)),
        rows=[_named(by, labels) | _ages(ages) for labels, ages in groups.items()],
    )


async def forecast_report(session: AsyncSession, asked: Asked) -> Report:
    """The breaches to be expected in the next hours."""
    told = await outlook(session, now=asked.now)
    rows = [vars(breaches) for breaches in await told.forecast()]
    return Report(
        document={
            "at": instant(asked.now),
            "metric": FORECAST_METRIC,
            "rule": asked.rule("forecast", days=told.days),
            "days": told.days,
            "horizons": rows,
        },
        columns=("horizon_h", "expected", "low", "high"),
        rows=rows,
    )


async def bot_report(session: AsyncSession, asked: Asked) -> Report:
    """What the assistant has come to.

    Raises:
        Unreportable: conversations have no such stratum.
    """
    if not set(asked.by) <= set(BOT_STRATA):
        raise Unreportable("by", _one_of(BOT_STRATA))
    by = cast("tuple[BotStratum, ...]", asked.by)
    groups = await bot_outcomes(session, since=asked.since, until=asked.until, now=asked.now, by=by)
    whole = BotOutcomes(ends={end: sum(part.ends[end] for part in groups.values()) for end in ENDS})
    return Report(
        document={
            "at": instant(asked.now),
            "rule": asked.rule("bot"),
            **_period(asked),
            "total": _outcomes(whole),
            "by": _by(asked),
            "strata": _strata(asked, {name: _outcomes(part) for name, part in groups.items()}),
        },
        columns=(*by, *_flat_outcomes(whole)),
        rows=[_named(by, labels) | _flat_outcomes(part) for labels, part in groups.items()],
    )


REPORTS: Mapping[str, Callable[[AsyncSession, Asked], Awaitable[Report]]] = {
    "report": attainment_report,
    "backlog": backlog_report,
    "forecast": forecast_report,
    "parity": parity_report,
    "bot": bot_report,
}
"""By the names that commands and addresses have."""


async def hours_report(session: AsyncSession, asked: Asked) -> Report:
    """Processed in time, by hour of the opening and language."""
    metric = say("figures.metrics.processed", asked.language)
    found = await hourly(session, replace(asked, metric="processed").cohort)
    rows = [
        {"hour": hour, "language": language, "hits": counts.hits, "breaches": counts.breaches}
        | {"share": counts.share}
        | _ends(counts.interval)
        for (hour, language), counts in sorted(found.items())
    ]
    return Report(
        document={
            "at": instant(asked.now),
            "rule": asked.rule("report", metric=metric),
            "target": TARGET,
            **_period(asked),
            "hours": rows,
        },
        columns=("hour", "language", "hits", "breaches", "share", "low", "high"),
        rows=rows,
    )


async def questions_report(session: AsyncSession, asked: Asked) -> Report:
    """What was asked in vain, the most frequent first."""
    rows = [
        {
            "count": one.total,
            **{language: one.by_language[language] for language in LANGUAGES},
            "declined": one.by_kind["decline"],
            "clarified": one.by_kind["clarify"],
            "unhelpful": one.by_kind["unhelpful"],
            "intent": one.intent,
            "nearest": one.nearest,
            "last": instant(one.last_at),
            "example": one.example,
        }
        for one in await unanswered(session, since=asked.since, until=asked.until)
    ]
    return Report(
        document={
            "at": instant(asked.now),
            "rule": asked.rule("questions"),
            **_period(asked),
            "questions": rows,
        },
        columns=(
            "count", *LANGUAGES, "declined", "clarified", "unhelpful", "intent", "nearest", "last",
            "example",
        ),
        rows=rows,
    )  # fmt: skip


async def satisfaction_report(session: AsyncSession, asked: Asked) -> Report:
    """How many were satisfied with what was done about their tickets, by language or as asked.

    Raises:
        Unreportable: ratings have no such stratum.
    """
    split = _split(asked, SATISFACTION_STRATA)
    by = cast("tuple[SatisfactionStratum, ...]", split.by)
    whole = (await satisfaction(session, since=asked.since, until=asked.until))[()]
    groups = await satisfaction(session, since=asked.since, until=asked.until, by=by)
    return Report(
        document={
            "at": instant(asked.now),
            "rule": asked.rule("satisfaction"),
            **_period(asked),
            "total": _rated(whole),
            "by": _by(split),
            "strata": _strata(split, {name: _rated(part) for name, part in groups.items()}),
        },
        columns=(*by, *_flat_rated(whole)),
        rows=[_named(by, labels) | _flat_rated(part) for labels, part in groups.items()],
    )


async def helpfulness_report(session: AsyncSession, asked: Asked) -> Report:
    """How many of the assistant's answers helped, by language or as asked.

    Raises:
        Unreportable: answers have no such stratum.
    """
    split = _split(asked, BOT_STRATA)
    by = cast("tuple[BotStratum, ...]", split.by)
    whole = (await helpfulness(session, since=asked.since, until=asked.until))[()]
    groups = await helpfulness(session, since=asked.since, until=asked.until, by=by)
    return Report(
        document={
            "at": instant(asked.now),
            "rule": asked.rule("helpfulness"),
            **_period(asked),
            "total": _helped(whole),
            "by": _by(split),
            "strata": _strata(split, {name: _helped(part) for name, part in groups.items()}),
        },
        columns=(*by, *_opened(_helped(whole))),
        rows=[_named(by, labels) | _opened(_helped(part)) for labels, part in groups.items()],
    )


async def quality_figures(session: AsyncSession, asked: Asked) -> Report:
    """The lots of the period and what their reviews show."""
    found = await quality_report(
        session, since=asked.since or _BEGINNING, until=asked.until or asked.now
    )
    conforming = found.figures.total.conforming
    rows = [
        {
            "lot": lot.id,
            "from": instant(lot.period_from),
            "to": instant(lot.period_to),
            "language": lot.language,
            "tickets": len(lot.population),
            "sample": lot.sample_size,
            "accept": lot.accept,
            "severity": lot.severity,
            "decision": lot.decision,
            "nonconforming": lot.nonconforming,
        }
        for lot in found.lots
    ]
    return Report(
        document={
            "at": instant(asked.now),
            "rule": QUALITY_RULE,
            "target": QUALITY_TARGET,
            **_period(asked),
            "reviewed": conforming.total,
            "conforming": conforming.hits,
            "share": conforming.share,
            "interval": list(conforming.interval) if conforming.interval else None,
            "lots": rows,
        },
        columns=(
            "lot", "from", "to", "language", "tickets", "sample", "accept", "severity", "decision",
            "nonconforming",
        ),
        rows=rows,
    )  # fmt: skip


PAGE_REPORTS: Mapping[str, Callable[[AsyncSession, Asked], Awaitable[Report]]] = {
    **REPORTS,
    "hours": hours_report,
    "questions": questions_report,
    "satisfaction": satisfaction_report,
    "helpfulness": helpfulness_report,
    "quality": quality_figures,
}
"""Those that the page of figures gives as files, by their names."""


def day(text: str) -> datetime:
    """Midnight (UTC) at the beginning of a day: `2026-11-22`.

    Raises:
        ValueError: it is no such day.
    """
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)


def _figures(part: Figures) -> dict[str, Any]:
    counts = part.attainment
    return {
        "total": counts.total,
        "hits": counts.hits,
        "breaches": counts.breaches,
        "pending": counts.pending,
        "excluded": counts.excluded,
        "exclusions": dict(counts.exclusions),
        "share": counts.share,
        "interval": list(counts.interval) if counts.interval else None,
        **{f"p{percent}_s": part.percentiles.get(percent) for percent in PERCENTILES},
    }


def _flat(part: Figures) -> dict[str, Any]:
    """The figures as cells."""
    cells = _figures(part)
    reasons = "; ".join(f"{reason} {count}" for reason, count in cells["exclusions"].items())
    return _opened(cells | {"exclusions": reasons})


def _outcomes(part: BotOutcomes) -> dict[str, Any]:
    shares = {end: {"share": part.share(end), "interval": part.interval(end)} for end in DECIDED}
    return {"total": part.total, "decided": part.decided, **part.ends, "shares": shares}


def _flat_outcomes(part: BotOutcomes) -> dict[str, Any]:
    cells = _outcomes(part)
    for end, share in cells.pop("shares").items():
        cells |= {f"{end}_{name}": value for name, value in _opened(share).items()}
    return cells


def _rated(part: Rated) -> dict[str, Any]:
    return {
        "resolved": part.response.total,
        "rated": part.satisfied.total,
        "satisfied": part.satisfied.hits,
        **_shares(part.satisfied),
        "response": _shares(part.response),
    }


def _flat_rated(part: Rated) -> dict[str, Any]:
    cells = _rated(part)
    response = _opened(cells.pop("response"))
    return _opened(cells) | {f"response_{name}": value for name, value in response.items()}


def _helped(part: Share) -> dict[str, Any]:
    return {"answers": part.total, "helpful": part.hits, **_shares(part)}


def _shares(part: Share) -> dict[str, Any]:
    return {"share": part.share, "interval": list(part.interval) if part.interval else None}


def _split(asked: Asked, allowed: Sequence[str]) -> Asked:
    """The same, split by language where nothing else is asked for."""
    if not set(asked.by) <= set(allowed):
        raise Unreportable("by", _one_of(allowed))
    return replace(asked, by=asked.by or ("language",))


def _opened(cells: Mapping[str, Any]) -> dict[str, Any]:
    """Cells in which the two ends of the interval stand apart."""
    found: dict[str, Any] = {}
    for name, value in cells.items():
        found |= _ends(value) if name == "interval" else {name: value}
    return found


def _ends(interval: Sequence[float] | None) -> dict[str, float | None]:
    low, high = interval or (None, None)
    return {"low": low, "high": high}


def _ages(ages: Mapping[str, int]) -> dict[str, int]:
    return {"total": sum(ages.values()), **ages}


def _period(asked: Asked) -> dict[str, str | None]:
    return {"from": instant(asked.since), "to": instant(asked.until)}


def _by(asked: Asked) -> str | None:
    return ",".join(asked.by) or None


def _strata(asked: Asked, groups: Mapping[Labels, Any]) -> dict[str, Any]:
    return {",".join(labels): part for labels, part in groups.items()} if asked.by else {}


def _named(by: Sequence[str], labels: Labels) -> dict[str, Any]:
    return dict(zip(by, labels, strict=True))


def _harmless(value: object) -> object:
    """A text that a spreadsheet would run is led in by an apostrophe.

    OWASP, "CSV Injection": https://owasp.org/www-community/attacks/CSV_Injection
    """
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value
