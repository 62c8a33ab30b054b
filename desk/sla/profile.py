"""A metric's figures, whole and by language, for the page that everybody opens.

The same figures as `figures.attainment` gives, without sorting every time that was taken: one pass
counts outcomes, and times by bands of a minute; the other ranks what lies in the few bands that
hold the percentiles.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Integer, case, cast, func, literal_column, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from desk.sla.cohort import STOPPED, Cohort
from desk.sla.figures import Figures, Tally
from desk.sla.models import EpisodeRow
from desk.sla.statistics import PERCENTILES, Difference, difference, rank

# A literal, since PostgreSQL takes a parameter for a decimal number, which it divides by slowly.
# Databases round differently here, which changes what a band is and not what is found by it.
_BAND = case((STOPPED, cast(EpisodeRow.counted_s / literal_column("60.0"), Integer)))


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A metric's figures."""

    whole: Figures
    by_language: Mapping[str, Figures]

    @property
    def apart(self) -> Difference | None:
        """The attainment in English less that in Spanish; None where one has nothing decided."""
        if not {"en", "es"} <= self.by_language.keys():
            return None
        english, spanish = (self.by_language[language].attainment for language in ("en", "es"))
        return difference(english, spanish)


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where a percentile lies: the band, and which value of the group in it, from 1."""

    band: int
    place: int


type _Places = dict[int, _Place]


async def profile(session: AsyncSession, cohort: Cohort) -> Profile:
    """The figures of a cohort and of each of its languages."""
    counted = (
        select(
            EpisodeRow.language,
            *cohort.outcome,
            _BAND.label("band"),
        )
        .where(cohort.condition)
        .subquery()
    )
    columns = counted.c
    keys = columns.language, columns.band, columns.outcome, columns.reason, columns.late
    rows = await session.execute(select(*keys, func.count()).group_by(*keys))
    tallies: dict[str | None, Tally] = defaultdict(Tally, {None: Tally()})
    bands: dict[str | None, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for language, band, outcome, reason, late, count in rows:
        for group in (None, language):
            tallies[group].add(outcome, reason, late, count)
            if band is not None:
                bands[group][band] += count
    places = {group: _places(bands[group].items()) for group in tallies}
    times = await _times(session, cohort, places)
    found = {
        group: Figures(attainment=tallies[group].attainment(), percentiles=times[group])
        for group in places
    }
    return Profile(
        whole=found.pop(None),
        by_language={str(language): found[language] for language in sorted(filter(None, found))},
    )


def _places(bands: Iterable[tuple[int, int]]) -> _Places:
    """Where the percentiles of a group lie whose bands hold so many values each."""
    ordered = sorted(bands)
    many = sum(count for _, count in ordered)
    found: _Places = {}
    below = 0
    for band, count in ordered:
        for percent in PERCENTILES:
            if below < rank(percent, many) <= below + count:
                found[percent] = _Place(band=band, place=rank(percent, many) - below)
        below += count
    return found


async def _times(
    session: AsyncSession, cohort: Cohort, places: Mapping[str | None, _Places]
) -> dict[str | None, dict[int, float]]:
    """The values at these places, by group and percentile."""
    bands = {place.band for group in places.values() for place in group.values()}
    within = (
        select(EpisodeRow.language, _BAND.label("band"), EpisodeRow.counted_s)
        .where(cohort.condition, STOPPED)
        .subquery()
    )
    order = within.c.counted_s
    placed = (
        select(
            *within.c,
            func.row_number().over(partition_by=within.c.band, order_by=order).label("of_all"),
            func.row_number()
            .over(partition_by=[within.c.band, within.c.language], order_by=order)
            .label("of_language"),
        )
        .where(within.c.band.in_(bands))
        .subquery()
    )
    of_all = [(place.band, place.place) for place in places[None].values()]
    of_language = [
        (language, place.band, place.place)
        for language, group in places.items()
        for place in group.values()
        if language is not None
    ]
    rows = await session.execute(
        select(placed).where(
            or_(
                tuple_(placed.c.band, placed.c.of_all).in_(of_all),
                tuple_(placed.c.language, placed.c.band, placed.c.of_language).in_(of_language),
            )
        )
    )
    values: dict[tuple[str | None, _Place], float] = {}
    for language, band, counted_s, place, place_of_language in rows:
        values[None, _Place(band=band, place=place)] = counted_s
        values[language, _Place(band=band, place=place_of_language)] = counted_s
    return {
        group: {percent: values[group, place] for percent, place in sorted(wanted.items())}
        for group, wanted in places.items()
    }
