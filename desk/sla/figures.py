"""Attainment and percentiles of a cohort, whole or split by one or two strata.

Everything is counted by the database, in two passes over the episodes: one counts the outcomes, the
other sorts the times that they took.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.sla.cohort import STOPPED, Cohort, Labels, Names, Stratum, key
from desk.sla.models import EpisodeRow
from desk.sla.statistics import PERCENTILES, Attainment, rank
from desk.store.sql import UtcHour

TARGET = 0.90
"""The contract: nine in ten are in time."""

type Percentiles = Mapping[int, float]
"""Counted seconds by percentile, 50, 90 and 95; empty while nothing has stopped."""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What is reported of one group of episodes."""

    attainment: Attainment
    percentiles: Percentiles
    """Of the episodes that stopped and were not cancelled, by nearest rank."""


_VERDICTS = {
    "met": "hits",
    "breached_closed": "breaches",
    "breached_open": "breaches",
    "running": "pending",
    "paused": "pending",
}

NOTHING = Figures(attainment=Attainment(exclusions={}), percentiles={})
"""Those of a group without an episode."""


class Tally:
    """Outcomes as they are counted."""

    def __init__(self) -> None:
        self._verdicts: dict[str, int] = defaultdict(int)
        self._exclusions: dict[str, int] = defaultdict(int)

    def add(self, outcome: str, reason: str | None, late: bool | None, count: int) -> None:
        """Count some that turned out alike: see `Cohort.outcome`."""
        if outcome == "cancelled":
            self._exclusions[str(reason)] += count
        else:
            self._verdicts["breaches" if late else _VERDICTS[outcome]] += count

    def attainment(self) -> Attainment:
        """What they come to."""
        return Attainment(**self._verdicts, exclusions=dict(sorted(self._exclusions.items())))


async def attainment(
    session: AsyncSession, cohort: Cohort, by: tuple[Stratum, ...] = ()
) -> dict[Labels, Figures]:
    """The figures of each group that has an episode, in the order of their labels.

    Without strata there is one group, which may be empty.
    """
    names = await Names.load(session, by)
    keys = [key(stratum, EpisodeRow, EpisodeRow.start) for stratum in by]
    tallies = await _tallies(session, cohort, keys)
    times = await _percentiles(session, cohort, keys)
    if not by:
        tallies.setdefault((), Tally())
    found = {
        names.labels(keys): Figures(attainment=tally.attainment(), percentiles=times.get(keys, {}))
        for keys, tally in tallies.items()
    }
    return dict(sorted(found.items()))


async def outcomes(session: AsyncSession, cohort: Cohort) -> Attainment:
    """How a whole cohort has turned out so far, without the times that it took."""
    tallies = await _tallies(session, cohort, [])
    return tallies.get((), Tally()).attainment()


async def hourly(session: AsyncSession, cohort: Cohort) -> dict[tuple[int, str], Attainment]:
    """Attainment by the hour (UTC) in which an episode started, and by language."""
    tallies = await _tallies(session, cohort, [UtcHour(EpisodeRow.start), EpisodeRow.language])
    return {keys: tally.attainment() for keys, tally in sorted(tallies.items())}


async def _tallies(session: AsyncSession, cohort: Cohort, keys: Sequence[Any]) -> dict[Any, Tally]:
    counted = (
        select(
            *(expression.label(f"key_{place}") for place, expression in enumerate(keys)),
            *cohort.outcome,
        )
        .where(cohort.condition)
        .subquery()
    )
    rows = await session.execute(select(*counted.c, func.count()).group_by(*counted.c))
    found: dict[Any, Tally] = defaultdict(Tally)
    for *group, outcome, reason, late, count in rows:
        found[tuple(group)].add(outcome, reason, late, count)
    return found


async def _percentiles(
    session: AsyncSession, cohort: Cohort, keys: Sequence[Any]
) -> dict[Any, Percentiles]:
    labels = [f"key_{place}" for place in range(len(keys))]
    stopped = (
        select(
            *(expression.label(label) for label, expression in zip(labels, keys, strict=True)),
            EpisodeRow.counted_s.label("counted_s"),
        )
        .where(cohort.condition, STOPPED)
        .subquery()
    )
    groups = [stopped.c[label] for label in labels]
    placed = select(
        *stopped.c,
        func.row_number().over(partition_by=groups, order_by=stopped.c.counted_s).label("place"),
        func.count().over(partition_by=groups).label("many"),
    ).subquery()
    ranks = [(placed.c.many * percent + 99) // 100 for percent in PERCENTILES]
    rows = await session.execute(select(placed).where(placed.c.place.in_(ranks)))
    found: dict[Any, dict[int, float]] = defaultdict(dict)
    for *group, counted_s, place, many in rows:
        reached = [percent for percent in PERCENTILES if rank(percent, many) == place]
        found[tuple(group)] |= dict.fromkeys(reached, counted_s)
    return {group: dict(sorted(times.items())) for group, times in found.items()}
