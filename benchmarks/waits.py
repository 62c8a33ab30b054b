"""How far the expected wait is off, on simulated days.

    python -m benchmarks.waits [--write]

Everybody who waits is told at once how long it will take, and again after a while, from what was
known at that moment; then it is set against how long they did wait. The code is the desk's own;
beside it stand simpler ways. The settings were chosen on seeds of their own, which the other tables
do not see. It takes some four minutes.

`--write` puts the tables into docs/waits.md and draws docs/pictures/waits.svg.
"""

import argparse
import random
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from itertools import pairwise
from statistics import fmean, median, quantiles
from typing import Any
from unittest.mock import patch

from scipy.stats import betaprime

from benchmarks.simulation import COMFORTABLE, START, STRAINED, Shift, Ticket, simulate
from desk.conversations import expectation
from desk.conversations.expectation import Expectation, Place, Wait, Waits, expect
from desk.evaluation.drawing import ACCENT, INK, SOFT, draw, standalone
from desk.settings import PROJECT

CALM = (
    Shift(hour=0, weekday=3, weekend=1),
    Shift(hour=7, weekday=7, weekend=2),
    Shift(hour=9, weekday=8, weekend=3),
    Shift(hour=12, weekday=5, weekend=2),
    Shift(hour=16, weekday=5, weekend=2),
)
BY_DAY = (
    Shift(hour=7, weekday=9, weekend=3),
    Shift(hour=10, weekday=8, weekend=4),
    Shift(hour=14, weekday=6, weekend=3),
)
DESKS = {"calm": CALM, "busy": COMFORTABLE, "strained": STRAINED, "closed at night": BY_DAY}
KNOWN_DAYS, TESTED_DAYS = 4, 14
SEEDS = (1, 2, 3, 4, 5, 6)
TRAINING_SEEDS = (101, 102, 103)
EVERY, TRAINING_EVERY = 4, 12
"""Every fourth visitor is told, and fewer for the settings."""
AGES_MIN = (0, 10, 30, 60, 120, 240)
"""How long they have waited when they are told, the first time and again."""
SETTINGS: dict[str, dict[str, Any]] = {
    "as chosen": {},
    "pace over half an hour": {"PACE_OVER": timedelta(minutes=30)},
    "pace over two hours": {"PACE_OVER": timedelta(hours=2)},
    "one day of past": {"PAST": timedelta(days=1)},
    "all languages alike": {"OTHER_LANGUAGE": 1.0},
    "all priorities alike": {"OTHER_PRIORITY": 1.0},
    "told in silence too": {"SILENCE": timedelta(days=9), "PACE_WITHIN": timedelta(days=9)},
}
DRAWN_BINS_MIN = (0, 2, 4, 8, 16, 32, 64, 128, 256)
TICKS_MIN = (1, 3, 10, 30, 100, 300)
PAGE = PROJECT / "docs" / "waits.md"
PICTURE = PROJECT / "docs" / "pictures" / "waits.svg"
MARKS = "<!-- measured -->", "<!-- end of measured -->"


@dataclass(frozen=True, kw_only=True)
class Case:
    """What one visitor is told at one moment, and how long they then waited; minutes."""

    at: datetime
    age: float
    place: Place
    told: Expectation | None
    others: dict[str, float]
    """What simpler ways would have told, by name."""
    theory: tuple[float, float]
    """The interval that the pace alone gives, were take-overs to come at random."""
    came: float

    @property
    def expected(self) -> float:
        return self.told.wait_s / 60 if self.told else 0.0

    @property
    def low(self) -> float:
        return self.told.wait_low_s / 60 if self.told else 0.0

    @property
    def high(self) -> float:
        return self.told.wait_high_s / 60 if self.told else 0.0


type Cases = dict[str, list[Case]]
"""By desk."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put them into docs/waits.md")
    options = parser.parse_args()
    cases = {desk: [one for seed in SEEDS for one in backtest(desk, seed)] for desk in DESKS}
    report = "\n\n".join([errors(cases), coverage(cases), parts(cases), settings()])
    print(report)
    if options.write:
        page = PAGE.read_text(encoding="utf-8")
        before, _, rest = page.partition(MARKS[0])
        _, _, after = rest.partition(MARKS[1])
        PAGE.write_text(f"{before}{MARKS[0]}\n\n{report}\n\n{MARKS[1]}{after}", encoding="utf-8")
        PICTURE.write_text(drawing(cases), encoding="utf-8")


# --- Days -----------------------------------------------------------------------------------


@cache
def days_of(desk: str, seed: int) -> list[Ticket]:
    days = KNOWN_DAYS + TESTED_DAYS
    return list(simulate(random.Random(seed), days=days, staff=DESKS[desk]))


def backtest(desk: str, seed: int, *, every: int = EVERY) -> list[Case]:
    """All that is told to every `every`-th of those who wait on the tested days."""
    tickets = days_of(desk, seed)
    taken = sorted(ticket.taken_at for ticket in tickets if ticket.taken_at)
    return [
        case_of(tickets, taken, ticket, ticket.opened_at + timedelta(minutes=age))
        for ticket in tickets[::every]
        if ticket.opened_at >= START + timedelta(days=KNOWN_DAYS)
        for age in AGES_MIN
        # Of the few who still wait at the end nobody knows how long they would have.
        if ticket.taken_at and ticket.taken_at > ticket.opened_at + timedelta(minutes=age)
    ]


def case_of(
    tickets: Sequence[Ticket], taken: Sequence[datetime], who: Ticket, now: datetime
) -> Case:
    waits = Waits(past=list(known(tickets, now)), now=now)
    queue = [wait for wait in waits.past if wait.taken is None]
    turn = wait_of(who, now).turn
    place = Place(
        number=sum(wait.turn <= turn for wait in queue),
        language=who.language,
        priority=who.priority,
    )
    assert who.taken_at
    return Case(
        at=now,
        age=minutes(now - who.opened_at),
        place=place,
        told=expect(place, waits),
        others=dict(others(waits, place, min(wait.opened for wait in queue))),
        theory=theory(taken, place, now),
        came=minutes(who.taken_at - now),
    )


def known(tickets: Sequence[Ticket], now: datetime) -> Iterator[Wait]:
    """What the desk reads from its store: waits of the last days, and all who wait."""
    for ticket in tickets:
        if ticket.opened_at > now:
            return
        waits = ticket.taken_at is None or ticket.taken_at > now
        if waits or ticket.opened_at > now - expectation.PAST:
            yield wait_of(ticket, now)


def wait_of(ticket: Ticket, now: datetime) -> Wait:
    is_over = ticket.taken_at is not None and ticket.taken_at <= now
    return Wait(
        opened=ticket.opened_at,
        taken=ticket.taken_at if is_over else None,
        language=ticket.language,
        priority=ticket.priority,
    )


def others(waits: Waits, place: Place, head: datetime) -> Iterator[tuple[str, float]]:
    over = [wait for wait in waits.past if wait.taken]
    last = max(over, key=lambda wait: wait.taken or wait.opened)
    day = [wait for wait in over if wait.taken and wait.taken > waits.now - timedelta(days=1)]
    yield "pace alone", (waits.announced_s(place.number, waits.now) or 0) / 60
    yield "last served", lasted(last)
    yield "head of line", minutes(waits.now - head)
    yield "mean of a day", fmean(lasted(wait) for wait in day or over)


def lasted(wait: Wait) -> float:
    return minutes((wait.taken or wait.opened) - wait.opened)


def theory(taken: Sequence[datetime], place: Place, now: datetime) -> tuple[float, float]:
    """Take-overs at random: of a rate known from n of them in T, the k-th comes within T times a
    beta prime variate of k and n."""
    until = bisect_right(taken, now)
    count, over = until - bisect_right(taken, now - expectation.PACE_OVER), expectation.PACE_OVER
    if count < expectation.TAKEN:
        count, over = expectation.TAKEN, now - taken[until - expectation.TAKEN]
    low, high = betaprime.ppf((expectation.LEVELS[0], expectation.LEVELS[-1]), place.number, count)
    return minutes(over) * low, minutes(over) * high


def minutes(length: timedelta) -> float:
    return length / timedelta(minutes=1)


# --- Tables ---------------------------------------------------------------------------------


def ways() -> dict[str, Callable[[Case], float]]:
    """By name, what each way tells; two of them know the training seeds and nothing else."""
    before = [
        case
        for desk in DESKS
        for seed in TRAINING_SEEDS
        for case in backtest(desk, seed, every=TRAINING_EVERY)
    ]
    a_place = median(case.came / case.place.number for case in before)
    constant = median(case.came for case in before)
    return {
        "chosen": lambda case: case.expected,
        **{name: partial(other, name) for name in before[0].others},
        "place × usual": lambda case: case.place.number * a_place,
        "constant": lambda case: constant,
    }


def other(name: str, case: Case) -> float:
    return case.others[name]


def errors(cases: Cases) -> str:
    by_name = ways()
    rows = []
    for desk, all_cases in cases.items():
        told = said(all_cases)
        cells = [
            desk,
            f"{len(all_cases):,}",
            percent(lambda case: case.told is not None, all_cases),
        ]
        cells.append(f"{median(case.came for case in told):.0f}")
        for way in by_name.values():
            off = [abs(way(case) - case.came) for case in told]
            cells.append(f"{median(off):.1f} / {fmean(off):.0f}")
        rows.append(cells)
    ratios = quantiles(case.came / case.expected for case in everything(cases) if case.expected)
    half = median(abs(case.expected - case.came) for case in everything(cases))
    return (
        f"{len(SEEDS) * TESTED_DAYS} days of each desk, {len(SEEDS)} seeds. *Told* is the per cent "
        "of moments at which a time is told and not only the place; all other columns are about "
        "them. *Wait* is the median of what was still to be waited, in minutes; then by way the "
        "median and the mean of how far off it was, in minutes. **Over all desks half of the "
        f"waits ended within {half:.0f} minutes of what was told, and half took between "
        f"{ratios[0]:.1f} and {ratios[2]:.1f} times of it.**\n\n"
        + table(["Desk", "Moments", "Told", "Wait", *by_name], rows)
    )


def coverage(cases: Cases) -> str:
    rows = []
    for desk, all_cases in cases.items():
        told = said(all_cases)
        rows.append(
            [
                desk,
                percent(held, told),
                percent(lambda case: case.came < case.low, told),
                percent(lambda case: case.came > case.high, told),
                f"{median(case.low for case in told):.0f}–{median(case.high for case in told):.0f}",
                percent(held, [case for case in told if not case.age]),
                percent(held, [case for case in told if case.age]),
                percent(lambda case: case.theory[0] <= case.came <= case.theory[1], told),
            ]
        )
    head = ["Desk", "Within", "Below", "Above", "Typical", "When they come", "Later", "Pace alone"]
    return (
        "What the 80 % interval held, per cent of the moments at which it was told; *typical* has "
        "the medians of its ends in minutes. The last column is what an interval from the pace "
        "alone would have held, were analysts to take people over at random.\n\n"
        + table(head, rows)
    )


def parts(cases: Cases) -> str:
    kinds: dict[str, Callable[[Case], bool]] = {
        "in English": lambda case: case.place.language == "en",
        "in Spanish": lambda case: case.place.language == "es",
        "urgent": lambda case: case.place.priority == "urgent",
        "high": lambda case: case.place.priority == "high",
        "normal": lambda case: case.place.priority == "normal",
        "low": lambda case: case.place.priority == "low",
        "next": lambda case: case.place.number == 1,
        "2nd to 4th": lambda case: 1 < case.place.number < 5,
        "5th and behind": lambda case: case.place.number > 4,
    }
    rows = []
    for kind, is_so in kinds.items():
        told = [case for case in everything(cases) if is_so(case)]
        off = [abs(case.expected - case.came) for case in told]
        rows.append(
            [
                kind,
                f"{len(told):,}",
                f"{median(case.came for case in told):.0f}",
                f"{median(off):.1f} / {fmean(off):.0f}",
                percent(lambda case: case.came > case.expected, told),
                percent(lambda case: case.came > case.others["pace alone"], told),
                percent(held, told),
            ]
        )
    head = ["Visitors", "Moments", "Wait", "Off by", "Longer", "Longer: pace alone", "Within"]
    return (
        "The same by visitors, over all desks. *Longer* is the per cent of waits that took longer "
        "than what was told, which ought to be 50; beside it what it would be of the pace alone."
        "\n\n" + table(head, rows)
    )


def settings() -> str:
    rows = []
    for name, changed in SETTINGS.items():
        cells = [name]
        with patch.dict(vars(expectation), changed):
            for desk in DESKS:
                tried = [
                    case
                    for seed in TRAINING_SEEDS
                    for case in backtest(desk, seed, every=TRAINING_EVERY)
                ]
                told = said(tried)
                off = median(abs(case.expected - case.came) for case in told)
                cells.append(f"{off:.1f} / {percent(held, told)} / {100 * len(told) // len(tried)}")
        rows.append(cells)
    return (
        f"Median error in minutes / per cent that the interval held / per cent of moments told, by "
        f"the settings, on {len(TRAINING_SEEDS)} seeds that the tables above do not use.\n\n"
        + table(["Settings", *DESKS], rows)
    )


def said(cases: Sequence[Case]) -> list[Case]:
    return [case for case in cases if case.told]


def everything(cases: Cases) -> list[Case]:
    return [case for one in cases.values() for case in said(one)]


def held(case: Case) -> bool:
    return case.low <= case.came <= case.high


def percent(is_so: Callable[[Case], bool], cases: Sequence[Case]) -> str:
    return f"{100 * fmean(map(is_so, cases)):.0f}" if cases else "–"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


# --- Picture --------------------------------------------------------------------------------


def drawing(cases: Cases) -> str:
    alt = (
        "How long people waited, by what they were told, on four simulated desks: the middle and "
        "the inner eight in ten of the waits, beside the interval that was told."
    )
    return standalone(draw("waits", (9.6, 6.4), partial(_paint, cases=cases)), alt)


def _paint(figure: Any, cases: Cases) -> None:
    grid = figure.subplots(2, 2, sharex=True, sharey=True)
    for axes, (desk, all_cases) in zip(grid.flat, cases.items(), strict=True):
        bins = [
            found
            for low, high in pairwise(DRAWN_BINS_MIN)
            if len(found := [c for c in said(all_cases) if low <= c.expected < high]) >= 20
        ]
        told = [median(case.expected for case in one) for one in bins]
        axes.fill_between(
            told,
            [median(case.low for case in one) for one in bins],
            [median(case.high for case in one) for one in bins],
            color=SOFT,
            label="told: 80 % interval",
        )
        axes.plot(told, told, color=ACCENT, linewidth=1.6, label="told")
        tenths = [quantiles((case.came for case in one), n=10) for one in bins]
        axes.vlines(
            told,
            [one[0] for one in tenths],
            [one[-1] for one in tenths],
            color=INK,
            linewidth=1,
            label="waited: eight in ten",
        )
        axes.plot(
            told,
            [one[4] for one in tenths],
            color=INK,
            linestyle="none",
            marker="o",
            markersize=4,
            label="waited: median",
        )
        axes.set_title(f"A desk that is {desk}")
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xticks(TICKS_MIN, [str(tick) for tick in TICKS_MIN], minor=False)
        axes.set_yticks(TICKS_MIN, [str(tick) for tick in TICKS_MIN], minor=False)
        axes.minorticks_off()
        axes.grid()
    for axes in grid[-1]:
        axes.set_xlabel("minutes told")
    for axes in grid[:, 0]:
        axes.set_ylabel("minutes waited")
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", frameon=False, ncols=4)


if __name__ == "__main__":
    main()
