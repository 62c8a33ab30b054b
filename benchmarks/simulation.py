"""A simulated support desk: tickets as they might come in and be processed, from a seed.

    for ticket in simulate(random.Random(1), days=38, staff=COMFORTABLE): …

Nothing here is measured on a real desk; the figures below are assumptions, chosen so that a week
looks like one of a desk for U.S. businesses. Tickets arrive by a curve over the week, heavier on
some days than on others and much heavier in an outage. Analysts work in shifts, sometimes miss one,
take one ticket at a time, the most urgent and then the oldest first, and finish what they began. A
ticket in Spanish needs one who speaks it. Some tickets wait for another office once an analyst is
done with them.
"""

import heapq
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 5, 5, tzinfo=UTC)
"""A Monday, midnight in New York; there is no change of daylight saving time for nine weeks."""
TARGET_S = 4 * 3600
"""Within this a ticket is to be processed, whatever its priority."""

WEEKDAY = (2, 2, 1, 1, 1, 2, 4, 8, 14, 18, 19, 18, 16, 17, 18, 16, 13, 10, 7, 5, 4, 4, 3, 2)
"""Tickets an hour by the local hour, on an ordinary Monday to Friday."""
WEEKEND = 0.3
"""The share of a weekday that a day of the weekend has."""
BUSY_DAYS = 0.15
"""The standard deviation of a day's factor, whose mean is 1."""
OUTAGES_A_DAY = 0.12
OUTAGE_HOURS = (1.0, 3.0)
OUTAGE_FACTOR = 2.5

SPANISH = 0.25
PRIORITIES = {"urgent": 0.05, "high": 0.2, "normal": 0.6, "low": 0.15}
"""From the first served to the last, with their shares."""
OUTAGE_PRIORITIES = {"urgent": 0.2, "high": 0.4, "normal": 0.35, "low": 0.05}

WORK_MEDIAN_S, WORK_SIGMA = 25 * 60, 0.8
"""Of the log-normal time that an analyst is busy with a ticket."""
ELSEWHERE = 0.03
"""The share of tickets that then wait for another office."""
ELSEWHERE_MEDIAN_S, ELSEWHERE_SIGMA = 2.5 * 3600, 0.7

SHIFT_S = 8 * 3600
ABSENT = 0.07
"""The share of shifts that are not worked, unannounced."""


@dataclass(frozen=True, kw_only=True)
class Shift:
    """Analysts that begin at a local hour, on weekdays and at the weekend.

    The first of them speaks Spanish too, and so does every third after.
    """

    hour: int
    weekday: int
    weekend: int


COMFORTABLE = (
    Shift(hour=0, weekday=2, weekend=1),
    Shift(hour=7, weekday=6, weekend=2),
    Shift(hour=9, weekday=7, weekend=2),
    Shift(hour=12, weekday=4, weekend=1),
    Shift(hour=16, weekday=4, weekend=2),
)
STRAINED = (
    Shift(hour=0, weekday=2, weekend=1),
    Shift(hour=7, weekday=4, weekend=2),
    Shift(hour=9, weekday=6, weekend=1),
    Shift(hour=12, weekday=3, weekend=1),
    Shift(hour=16, weekday=3, weekend=1),
)


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """One ticket as it was at the end of the simulation; instants are whole seconds of UTC."""

    number: int
    language: str
    priority: str
    opened_at: datetime
    taken_at: datetime | None
    """When an analyst began with it; None while it waits."""
    processed_at: datetime | None
    """None while it is open."""


@dataclass(frozen=True)
class _Arrival:
    at: float
    language: str
    priority: str
    work_s: float
    elsewhere_s: float


def simulate(
    chance: random.Random,
    *,
    days: int,
    staff: tuple[Shift, ...],
    start: datetime = START,
    busy: float = 1.0,
) -> Iterator[Ticket]:
    """The tickets opened on `days` days from `start`, a Monday midnight, in their order.

    `busy` is how many times as many there are as `WEEKDAY` says.

    The first day begins with an empty desk.
    """
    arrivals = list(_arrivals(chance, days, busy))
    worked = _work(arrivals, list(_presences(chance, days, staff)))
    end = days * 86_400
    for number, (arrival, (taken, done)) in enumerate(zip(arrivals, worked, strict=True), start=1):
        yield Ticket(
            number=number,
            language=arrival.language,
            priority=arrival.priority,
            opened_at=start + timedelta(seconds=int(arrival.at)),
            taken_at=start + timedelta(seconds=int(taken)) if taken < end else None,
            processed_at=start + timedelta(seconds=math.ceil(done)) if done < end else None,
        )


def _arrivals(chance: random.Random, days: int, busy: float) -> Iterator[_Arrival]:
    """By thinning: candidates at the highest rate, each kept with its hour's share of it."""
    factors = [chance.gammavariate(BUSY_DAYS**-2, BUSY_DAYS**2) for _ in range(days)]
    outages: list[tuple[float, float]] = []
    at = 0.0
    while (at := at + chance.expovariate(OUTAGES_A_DAY)) < days:
        outages.append((at * 86_400, at * 86_400 + chance.uniform(*OUTAGE_HOURS) * 3600))
    highest = max(WEEKDAY) * max(factors) * OUTAGE_FACTOR * busy
    at = 0.0
    while (at := at + chance.expovariate(highest / 3600)) < days * 86_400:
        day = int(at // 86_400)
        hourly = WEEKDAY[int(at % 86_400 // 3600)] * busy
        rate = hourly * factors[day] * (WEEKEND if day % 7 > 4 else 1)
        outage = any(begin <= at < end for begin, end in outages)
        if chance.random() * highest < rate * (OUTAGE_FACTOR if outage else 1):
            mix = OUTAGE_PRIORITIES if outage else PRIORITIES
            away = chance.random() < ELSEWHERE
            yield _Arrival(
                at=at,
                language="es" if chance.random() < SPANISH else "en",
                priority=chance.choices(list(mix), list(mix.values()))[0],
                work_s=chance.lognormvariate(math.log(WORK_MEDIAN_S), WORK_SIGMA),
                elsewhere_s=chance.lognormvariate(math.log(ELSEWHERE_MEDIAN_S), ELSEWHERE_SIGMA)
                if away
                else 0.0,
            )


def _presences(
    chance: random.Random, days: int, staff: tuple[Shift, ...]
) -> Iterator[tuple[float, bool]]:
    """When each analyst of each shift comes, and whether they speak Spanish."""
    for day in range(days):
        for shift in staff:
            for place in range(shift.weekend if day % 7 > 4 else shift.weekday):
                if chance.random() >= ABSENT:
                    yield day * 86_400 + shift.hour * 3600, place % 3 == 0


def _work(
    arrivals: list[_Arrival], presences: list[tuple[float, bool]]
) -> list[tuple[float, float]]:
    """When each arrival is taken up and processed: infinity for what nobody takes up."""
    ranks = {priority: rank for rank, priority in enumerate(PRIORITIES)}
    waiting: dict[str, list[tuple[int, float, int]]] = {"en": [], "es": []}
    worked = [(math.inf, math.inf)] * len(arrivals)
    # At one and the same instant tickets come before analysts, who may so take them.
    moments: list[tuple[float, int, int]] = [(a.at, 0, n) for n, a in enumerate(arrivals)]
    moments += [(at, 1, who) for who, (at, _) in enumerate(presences)]
    heapq.heapify(moments)
    idle: set[int] = set()
    while moments:
        at, is_analyst, number = heapq.heappop(moments)
        if is_analyst:
            idle.add(number)
        else:
            arrival = arrivals[number]
            heapq.heappush(waiting[arrival.language], (ranks[arrival.priority], at, number))
        idle = {who for who in idle if at < presences[who][0] + SHIFT_S}
        # Those who speak only English choose first, so that the others are there for Spanish.
        for who in sorted(idle, key=lambda who: (presences[who][1], who)):
            queues = [waiting[code] for code in ("en", "es")[: 1 + presences[who][1]]]
            queue = min((q for q in queues if q), key=lambda q: q[0], default=None)
            if queue is None:
                continue
            *_, taken = heapq.heappop(queue)
            idle.remove(who)
            free = at + arrivals[taken].work_s
            worked[taken] = at, free + arrivals[taken].elsewhere_s
            heapq.heappush(moments, (free, 1, who))
    return worked
