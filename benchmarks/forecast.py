"""How far the forecast of breaches is off, on simulated days.

    python -m benchmarks.forecast [--write]

At each hour of the tested days the forecast is made from what was known then, and compared with
what came; beside it stand two that need no model. The half-life of the pace was chosen on seeds of
its own, which the other tables do not see. It takes some four minutes.

`--write` puts the tables into docs/forecast.md and draws docs/pictures/forecast.svg.
"""

import argparse
import random
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from statistics import fmean
from typing import Any

from benchmarks.simulation import COMFORTABLE, START, STRAINED, TARGET_S, Ticket, simulate
from desk.evaluation.drawing import ACCENT, INK, SOFT, draw, standalone
from desk.settings import PROJECT
from desk.sla.forecast import HALF_LIFE_H, Breaches, Open, Past, forecast, interval

LEVELS = {"comfortable": COMFORTABLE, "strained": STRAINED}
HORIZONS_H = (1, 2, 4, 8)
KNOWN_DAYS, TESTED_DAYS = 28, 10
SEEDS = (1, 2, 3, 4, 5, 6)
TRAINING_SEEDS = (101, 102, 103, 104)
TRAINING_STEP_H = 5
"""Not every hour is tried for the half-life; five meets every hour of the day."""
HALF_LIVES_H = (1.0, 2.0, 4.0, 8.0, 24.0, 1e9)
DRAWN_SEED, DRAWN_HORIZON_H = 1, 4
TARGET = timedelta(seconds=TARGET_S)
PAGE = PROJECT / "docs" / "forecast.md"
PICTURE = PROJECT / "docs" / "pictures" / "forecast.svg"
MARKS = "<!-- measured -->", "<!-- end of measured -->"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One forecast at one hour for one horizon, and what came."""

    at: datetime
    forecast: Breaches
    due: int
    """The forecast that every open ticket breaches that is due by then."""
    usual: float
    """The forecast that as many breach as did at this hour, on past days of its kind."""
    came: int


type Cases = dict[int, list[Case]]
"""By seed."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put them into docs/forecast.md")
    options = parser.parse_args()
    cases = {level: {seed: backtest(days_of(seed, level)) for seed in SEEDS} for level in LEVELS}
    report = "\n\n".join([errors(cases), coverage(cases), half_lives()])
    print(report)
    if options.write:
        page = PAGE.read_text(encoding="utf-8")
        before, _, rest = page.partition(MARKS[0])
        _, _, after = rest.partition(MARKS[1])
        PAGE.write_text(f"{before}{MARKS[0]}\n\n{report}\n\n{MARKS[1]}{after}", encoding="utf-8")
        PICTURE.write_text(drawing(cases), encoding="utf-8")


# --- Days -----------------------------------------------------------------------------------


def days_of(seed: int, level: str) -> list[Ticket]:
    """One day more than is forecast on, so that what came is known."""
    days = KNOWN_DAYS + TESTED_DAYS + 1
    return list(simulate(random.Random(seed), days=days, staff=LEVELS[level]))


def backtest(
    tickets: Sequence[Ticket], *, step_h: int = 1, half_life_h: float = HALF_LIFE_H
) -> list[Case]:
    breached = sorted(ticket.opened_at + TARGET for ticket in tickets if late(ticket))
    found = []
    for hour in range(0, TESTED_DAYS * 24, step_h):
        now = START + timedelta(days=KNOWN_DAYS, hours=hour)
        past, running = clocks(tickets, now)
        for one in forecast(
            past,
            running,
            now=now,
            horizons_h=HORIZONS_H,
            days=KNOWN_DAYS,
            half_life_h=half_life_h,
        ):
            left_s = one.horizon_h * 3600
            found.append(
                Case(
                    at=now,
                    forecast=one,
                    due=sum(clock.target_s - clock.counted_s <= left_s for clock in running),
                    usual=usual(breached, now, one.horizon_h),
                    came=between(breached, now, one.horizon_h),
                )
            )
    return found


def late(ticket: Ticket) -> bool:
    return ticket.processed_at is None or ticket.processed_at - ticket.opened_at > TARGET


def clocks(tickets: Sequence[Ticket], now: datetime) -> tuple[list[Past], list[Open]]:
    """What was known at `now`: all clocks of the days before, and those open and in time."""
    past, running = [], []
    for ticket in tickets:
        if ticket.opened_at > now:
            break
        stopped = ticket.processed_at is not None and ticket.processed_at <= now
        until = ticket.processed_at if stopped and ticket.processed_at else now
        counted_s = (until - ticket.opened_at).total_seconds()
        past.append(
            Past(
                opened=ticket.opened_at,
                until=until,
                counted_s=counted_s,
                stopped=stopped,
                target_s=TARGET_S,
                stratum=ticket.priority,
            )
        )
        if not stopped and counted_s <= TARGET_S:
            running.append(Open(counted_s=counted_s, target_s=TARGET_S, stratum=ticket.priority))
    return past, running


def between(breached: Sequence[datetime], begin: datetime, hours: float) -> int:
    end = begin + timedelta(hours=hours)
    return bisect_right(breached, end) - bisect_right(breached, begin)


def usual(breached: Sequence[datetime], now: datetime, hours: float) -> float:
    """The mean at this hour, on past days that are weekdays or weekends as today is."""
    before = [now - timedelta(days=day) for day in range(1, KNOWN_DAYS + 1)]
    alike = [day for day in before if weekend(day) == weekend(now)]
    return fmean(between(breached, day, hours) for day in alike)


def weekend(at: datetime) -> bool:
    return (at - START).days % 7 > 4


# --- Tables ---------------------------------------------------------------------------------


def errors(cases: dict[str, Cases]) -> str:
    ways: dict[str, Callable[[Case], float]] = {
        "forecast": lambda case: case.forecast.expected,
        "all due": lambda case: case.due,
        "as usual": lambda case: case.usual,
    }
    rows = []
    for level, by_seed in cases.items():
        for horizon in HORIZONS_H:
            chosen = at_horizon(by_seed, horizon)
            cells = [level, f"{horizon} h", f"{fmean(case.came for case in chosen):.2f}"]
            for way in ways.values():
                off = [way(case) - case.came for case in chosen]
                cells += [f"{fmean(map(abs, off)):.2f}", f"{fmean(off):+.2f}"]
            by_itself = [
                fmean(
                    abs(case.forecast.expected - case.came)
                    for case in at_horizon({0: one}, horizon)
                )
                for one in by_seed.values()
            ]
            rows.append([*cells, f"{min(by_itself):.2f}–{max(by_itself):.2f}"])
    kept = "; ".join(f"{level} {100 * attainment(level):.1f} %" for level in cases)
    head = ["Desk", "Horizon", "Breaches"]
    head += [f"{way}: {what}" for way in ways for what in ("error", "bias")]
    return (
        f"{len(SEEDS) * TESTED_DAYS} days of each desk, {len(SEEDS)} seeds, a forecast each hour "
        f"from {KNOWN_DAYS} days before. Processed within four hours: {kept}. *Breaches* is how "
        "many came on average, *error* the mean absolute error, *bias* the mean of forecast less "
        "what came; the last column has the forecast's smallest and largest error among the "
        "seeds.\n\n" + table([*head, "by seed"], rows)
    )


def attainment(level: str) -> float:
    return 1 - fmean(late(ticket) for seed in SEEDS for ticket in days_of(seed, level))


def coverage(cases: dict[str, Cases]) -> str:
    rows = []
    for level, by_seed in cases.items():
        for horizon in HORIZONS_H:
            chosen = at_horizon(by_seed, horizon)
            many = [case for case in chosen if case.forecast.expected >= 1]
            rows.append(
                [
                    level,
                    f"{horizon} h",
                    percent(held, chosen),
                    percent(lambda case: case.came < case.forecast.low, chosen),
                    percent(lambda case: case.came > case.forecast.high, chosen),
                    f"{fmean(case.forecast.high - case.forecast.low for case in chosen):.1f}",
                    f"{len(many):,}",
                    percent(held, many),
                    percent(held_by_poisson, many),
                ]
            )
    head = ["Desk", "Horizon", "Within", "Below", "Above", "Width", "Of 1 and more", "within"]
    return (
        "What the 80 % interval held, per cent of forecasts, and how wide it was on average. "
        "*Of 1 and more* counts the forecasts that expected at least one breach; beside it, what "
        "their intervals held, and what plain Poisson intervals around the same means would have "
        "held.\n\n" + table([*head, "Poisson"], rows)
    )


def held(case: Case) -> bool:
    return case.forecast.low <= case.came <= case.forecast.high


def held_by_poisson(case: Case) -> bool:
    low, high = interval(case.forecast.expected, case.forecast.expected)
    return low <= case.came <= high


def half_lives() -> str:
    rows = []
    for half_life_h in HALF_LIVES_H:
        cells = [f"{half_life_h:g} h" if half_life_h < 1e9 else "no pace"]
        total = 0.0
        for level in LEVELS:
            by_seed = {
                seed: backtest(
                    days_of(seed, level), step_h=TRAINING_STEP_H, half_life_h=half_life_h
                )
                for seed in TRAINING_SEEDS
            }
            found = [
                fmean(
                    abs(case.forecast.expected - case.came) for case in at_horizon(by_seed, horizon)
                )
                for horizon in HORIZONS_H
            ]
            total += sum(found)
            cells.append(" / ".join(f"{one:.2f}" for one in found))
        rows.append([*cells, f"{total:.2f}"])
    return (
        f"Mean absolute errors at {' / '.join(map(str, HORIZONS_H))} hours by the half-life of the "
        f"pace, on {len(TRAINING_SEEDS)} seeds that the tables above do not use; the chosen one is "
        f"{HALF_LIFE_H:g} h.\n\n" + table(["Half-life", *LEVELS, "sum"], rows)
    )


def at_horizon(by_seed: Cases, horizon_h: float) -> list[Case]:
    return [
        case for cases in by_seed.values() for case in cases if case.forecast.horizon_h == horizon_h
    ]


def percent(is_so: Callable[[Case], bool], cases: Sequence[Case]) -> str:
    return f"{100 * fmean(map(is_so, cases)):.0f}" if cases else "–"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


# --- Picture --------------------------------------------------------------------------------


def drawing(cases: dict[str, Cases]) -> str:
    alt = (
        f"Breaches forecast for the next {DRAWN_HORIZON_H} hours and those that came, hour by "
        f"hour over {TESTED_DAYS} simulated days, of a comfortable and of a strained desk."
    )
    svg = draw("forecast", (9.6, 5.6), partial(_paint, cases=cases))
    return standalone(svg, alt)


def _paint(figure: Any, cases: dict[str, Cases]) -> None:
    grid = figure.subplots(len(cases), 1, sharex=True)
    for axes, (level, by_seed) in zip(grid, cases.items(), strict=True):
        chosen = at_horizon({DRAWN_SEED: by_seed[DRAWN_SEED]}, DRAWN_HORIZON_H)
        days = [(case.at - chosen[0].at) / timedelta(days=1) for case in chosen]
        axes.fill_between(
            days,
            [case.forecast.low for case in chosen],
            [case.forecast.high for case in chosen],
            step="mid",
            color=SOFT,
            label="80 % interval",
        )
        axes.plot(
            days,
            [case.forecast.expected for case in chosen],
            color=ACCENT,
            linewidth=1.6,
            label="forecast",
        )
        axes.plot(
            days,
            [case.came for case in chosen],
            color=INK,
            linestyle="none",
            marker=".",
            markersize=3,
            label="came",
        )
        axes.set_title(f"A {level} desk: breaches in the next {DRAWN_HORIZON_H} hours")
        axes.set_ylabel("tickets")
        axes.set_ylim(bottom=0)
        axes.grid()
    grid[-1].set_xlim(0, TESTED_DAYS)
    grid[-1].set_xticks(range(TESTED_DAYS + 1))
    grid[-1].set_xlabel("days, from a Monday's midnight in New York")
    grid[-1].legend(loc="upper center", bbox_to_anchor=(0.5, -0.25), frameon=False, ncols=3)


if __name__ == "__main__":
    main()
