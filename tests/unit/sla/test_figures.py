"""Figures of the database, held against counting one by one what the logs say."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import combinations

import pytest

from desk.reporting.dashboard import dashboard
from desk.sla.clock import METRICS, Episode
from desk.sla.cohort import STRATA, UNASSIGNED, Cohort, Stratum
from desk.sla.figures import Figures, attainment, hourly
from desk.sla.policies import in_use
from desk.sla.profile import profile
from desk.sla.statistics import PERCENTILES, Attainment, difference
from desk.store import Store
from desk.tickets.backlog import BUCKETS, backlog
from desk.tickets.clocks import episodes
from desk.tickets.models import Ticket
from desk.tickets.states import OPEN
from tests.tickets import EMAILS, NOW, fill, logs

SINCE, UNTIL = NOW - timedelta(days=15), NOW - timedelta(days=2)
# Every one and every other pair, turned round now and then; all of them would only take longer.
SPLITS: list[tuple[Stratum, ...]] = [
    (),
    *((stratum,) for stratum in STRATA),
    *list(combinations(reversed(STRATA), 2))[::3],
]


def label(stratum: str, ticket: Ticket, at: datetime) -> str:
    match stratum:
        case "analyst":
            return EMAILS[ticket.assignee_id - 1] if ticket.assignee_id else UNASSIGNED
        case "day":
            return f"{at:%Y-%m-%d}"
        case "week":
            return f"{at:%G-W%V}"
        case "month":
            return f"{at:%Y-%m}"
    return str(getattr(ticket, stratum))


def nearest_rank(values: list[float], percent: int) -> float:
    ordered = sorted(values)
    return next(
        value
        for place, value in enumerate(ordered, start=1)
        if place * 100 >= percent * len(ordered)
    )


def counted(found: list[Episode]) -> Figures:
    outcomes = Counter(episode.outcome for episode in found)
    times = [
        episode.counted.total_seconds()
        for episode in found
        if episode.outcome in ("met", "breached_closed")
    ]
    return Figures(
        attainment=Attainment(
            hits=outcomes["met"],
            breaches=outcomes["breached_closed"] + outcomes["breached_open"],
            pending=outcomes["running"] + outcomes["paused"],
            exclusions=dict(
                sorted(
                    Counter(
                        episode.reasons[-1] for episode in found if episode.outcome == "cancelled"
                    ).items()
                )
            ),
        ),
        percentiles={percent: nearest_rank(times, percent) for percent in PERCENTILES}
        if times
        else {},
    )


async def by_hand(store: Store, metric: str, by: tuple[str, ...]) -> dict[tuple[str, ...], Figures]:
    groups: dict[tuple[str, ...], list[Episode]] = defaultdict(list)
    for ticket, lines in await logs(store):
        for episode in episodes(lines, in_use(), now=NOW):
            if episode.metric == metric and SINCE <= episode.start < UNTIL:
                labels = tuple(label(stratum, ticket, episode.start) for stratum in by)
                groups[labels].append(episode)
    return {labels: counted(found) for labels, found in sorted(groups.items())}


def cohort(metric: str) -> Cohort:
    return Cohort(metric=metric, since=SINCE, until=UNTIL, now=NOW)


@pytest.mark.parametrize("seed", [1, 2])
async def test_figures_are_those_of_the_logs(store, seed):
    await fill(store, seed=seed, count=60)
    async with store.read() as session:
        for metric in METRICS:
            for by in SPLITS:
                found = await attainment(session, cohort(metric), by)
                assert found == await by_hand(store, metric, by), (metric, by)
                assert list(found) == sorted(found)


async def test_strata_sum_to_the_whole(store):
    await fill(store, seed=3, count=40)
    async with store.read() as session:
        for metric in METRICS:
            whole = (await attainment(session, cohort(metric)))[()].attainment
            for by in SPLITS:
                parts = [
                    part.attainment
                    for part in (await attainment(session, cohort(metric), by)).values()
                ]
                for name in ("hits", "breaches", "pending", "excluded", "total"):
                    assert sum(getattr(part, name) for part in parts) == getattr(whole, name)


async def test_a_profile_has_the_same_figures_and_the_difference_of_the_languages(store):
    await fill(store, seed=4, count=80)
    async with store.read() as session:
        for metric in METRICS:
            found = await profile(session, cohort(metric))
            assert found.whole == (await by_hand(store, metric, ()))[()]
            by_language = {(name,): figures for name, figures in found.by_language.items()}
            assert by_language == await by_hand(store, metric, ("language",))
            english, spanish = (found.by_language[name].attainment for name in ("en", "es"))
            assert found.apart == difference(english, spanish)


async def test_hours_are_those_of_the_opening(store):
    await fill(store, seed=5, count=60)
    expected: dict[tuple[int, str], list[Episode]] = defaultdict(list)
    for ticket, lines in await logs(store):
        for episode in episodes(lines, in_use(), now=NOW):
            if episode.metric == "processed" and SINCE <= episode.start < UNTIL:
                expected[episode.start.hour, ticket.language].append(episode)
    async with store.read() as session:
        found = await hourly(session, cohort("processed"))
    assert found == {keys: counted(group).attainment for keys, group in sorted(expected.items())}


async def test_an_empty_store_has_empty_figures(store):
    nothing = Figures(attainment=Attainment(exclusions={}), percentiles={})
    async with store.read() as session:
        assert await attainment(session, cohort("processed")) == {(): nothing}
        assert await attainment(session, cohort("processed"), ("language",)) == {}
        assert (await profile(session, cohort("processed"))).whole == nothing
    page = await dashboard(store, since=SINCE, until=UNTIL, now=NOW)
    assert page.profiles["processed"].apart is None
    assert sum(page.backlog.values()) == page.bot.total == 0
    assert [breaches.expected for breaches in page.forecast] == [0, 0, 0, 0]


@pytest.mark.parametrize("by", [(), ("language",), ("analyst", "day")])
async def test_the_backlog_is_what_is_open_by_its_age(store, by):
    await fill(store, seed=6, count=60, days=5)
    expected: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    hours = (1, 4, 8, 24, 72)
    for ticket, _ in await logs(store):
        if ticket.state in OPEN:
            age = (NOW - ticket.opened_at) / timedelta(hours=1)
            bucket = BUCKETS[sum(age >= limit for limit in hours)]
            expected[tuple(label(name, ticket, ticket.opened_at) for name in by)][bucket] += 1
    async with store.read() as session:
        found = await backlog(session, now=NOW, by=by)
    assert {key: +Counter(ages) for key, ages in found.items()} == expected
    assert all(tuple(ages) == BUCKETS for ages in found.values())


async def test_the_page_shows_what_the_single_figures_say(store):
    await fill(store, seed=7, count=50)
    page = await dashboard(store, since=SINCE, until=UNTIL, now=NOW)
    async with store.read() as session:
        for metric in METRICS:
            assert page.profiles[metric] == await profile(session, cohort(metric))
        assert page.hours == await hourly(session, cohort("processed"))
        assert page.backlog == (await backlog(session, now=NOW))[()]
    assert [breaches.horizon_h for breaches in page.forecast] == [1, 2, 4, 8]
