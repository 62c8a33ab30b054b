"""The page and the plots of the simulated day."""

from collections.abc import Sequence
from typing import Any

from benchmarks.day.assumptions import (
    BY_MAIL,
    CHATS_A_DAY,
    CHATS_A_SECOND,
    CONTACTS,
    CONTACTS_A_DAY,
    HANDED_OFF,
    MAILS_A_DAY,
    PEAK_HOUR,
    SPANISH,
    TICKETS_A_DAY,
    USERS,
)
from benchmarks.day.peak import PROGRAMS, Load
from benchmarks.day.tickets import Week
from benchmarks.pages import figure, fill, machine, table
from benchmarks.simulation import WEEKDAY
from desk.evaluation.drawing import ACCENT, BAR, QUIET, WARN, draw, standalone
from desk.settings import PROJECT

PAGE = PROJECT / "docs" / "day-benchmark.md"
PLOT = PROJECT / "docs" / "pictures" / "day-benchmark.svg"
ALT = (
    "Left: tickets opened an hour over a weekday in New York, and the share processed within four "
    "hours by the hour of opening. Right: that share against the number of analysts' shifts of a "
    "weekday, with the target of 90 %."
)
TARGET = 0.9
_OFFSET = 5
"""Hours from New York to UTC in January, when the simulated weeks are."""


def tables(loads: Sequence[Load], weeks: Sequence[Week]) -> str:
    """All of it, as Markdown."""
    parts = [f"Measured on {machine()}.", "### The day in figures\n\n" + _day()]
    if loads:
        parts.append("### The machine\n\n" + _loads(loads))
    if weeks:
        parts.append("### The analysts\n\n" + _weeks(weeks))
        parts.append("### With just enough analysts to process in time\n\n" + _enough(weeks))
    return "\n\n".join(parts)


def write(report: str, weeks: Sequence[Week]) -> None:
    fill(PAGE, f"![{ALT}](pictures/{PLOT.name})\n\n{report}")
    PLOT.write_text(_plot(weeks), encoding="utf-8")


def enough(weeks: Sequence[Week]) -> Week:
    """The fewest analysts that keep the target, or the most that were tried."""
    return next((one for one in weeks if _share(one, "processed") >= TARGET), weeks[-1])


def _day() -> str:
    rows = [
        ["Users", f"{USERS:,}"],
        [f"Contacts, {CONTACTS:.0%} of them", f"{CONTACTS_A_DAY:,.0f}"],
        [f"Mails, {BY_MAIL:.0%} of the contacts", f"{MAILS_A_DAY:,.0f}"],
        ["Chats", f"{CHATS_A_DAY:,.0f}"],
        [f"Of them in Spanish, {SPANISH:.0%}", f"{CHATS_A_DAY * SPANISH:,.0f}"],
        [f"Tickets, {HANDED_OFF:.0%} of the contacts", f"{TICKETS_A_DAY:,.0f}"],
        [f"Chats in the busiest hour, {PEAK_HOUR:.1%}", f"{CHATS_A_DAY * PEAK_HOUR:,.0f}"],
        ["Seconds between two of them", f"{1 / CHATS_A_SECOND:,.0f}"],
    ]
    return table(["On a working day", ""], rows)


def _loads(loads: Sequence[Load]) -> str:
    rows = [
        [
            str(load.times),
            f"{load.chats:,}",
            figure(len(load.took) / load.seconds),
            *(figure(load.percentile(percent)) for percent in (50, 95, 99)),
            *(f"{load.cores[name]:.2f}" for name in PROGRAMS),
            f"{sum(load.memory.values()):,.0f}",
            str(load.tickets),
            str(load.failed),
        ]
        for load in loads
    ]
    cores = [f"Cores, {name}" for name in PROGRAMS]
    head = ["Times", "Chats", "Turns/s", "p50 ms", "p95 ms", "p99 ms", *cores]
    told = [load for load in loads if not load.full]
    most = told[-1].times if told else 0
    return (
        table([*head, "Memory MB", "Tickets opened", "Failed or degraded"], rows)
        + f"\n\nThe last load with a p95 within a second: {most} times the busiest hour."
    )


def _weeks(weeks: Sequence[Week]) -> str:
    rows = [
        [
            str(one.on_weekdays),
            f"{one.tickets:,}",
            *_kept(one, "processed"),
            *_kept(one, "first_response"),
            f"{one.reports['processed']['p95_s'] / 3600:.1f}",
        ]
        for one in weeks
    ]
    head = ["Shifts of a weekday", "Tickets", "Processed within 4 h", "95 % interval"]
    last = ["First response in time", "95 % interval", "p95 of processing, h"]
    return table([*head, *last], rows)


def _kept(one: Week, metric: str) -> list[str]:
    told = one.reports[metric]
    low, high = told["interval"]
    return [f"{told['share']:.1%}", f"{low:.1%}–{high:.1%}"]


def _enough(weeks: Sequence[Week]) -> str:
    one = enough(weeks)
    hours = _by_hour(one)
    rows = [
        [f"{hour:02}–{hour + 1:02}", f"{total / one.weeks / 7:.0f}", f"{share:.1%}"]
        for hour, (total, share) in enumerate(hours)
    ]
    languages = ", ".join(f"{code} {told['share']:.1%}" for code, told in one.by_language.items())
    days = [told["share"] for told in one.by_day.values() if told["total"] > 100]
    return (
        f"{one.on_weekdays} shifts of a weekday. Processed within four hours by language: "
        f"{languages}; by day from {min(days):.1%} to {max(days):.1%}.\n\n"
        + table(["Opened, New York", "Tickets, mean of all days", "Processed within 4 h"], rows)
    )


def _by_hour(one: Week) -> list[tuple[int, float]]:
    """Tickets that have an outcome and the share in time, by the local hour of opening."""
    found = []
    for hour in range(24):
        cells = [cell for cell in one.hours if cell["hour"] == (hour + _OFFSET) % 24]
        hits = sum(cell["hits"] for cell in cells)
        total = hits + sum(cell["breaches"] for cell in cells)
        found.append((total, hits / total if total else 1.0))
    return found


def _share(one: Week, metric: str) -> float:
    return float(one.reports[metric]["share"])


def _plot(weeks: Sequence[Week]) -> str:
    one = enough(weeks)

    def paint(drawing: Any) -> None:
        left, right = drawing.subplots(1, 2)
        hourly = [TICKETS_A_DAY * rate / sum(WEEKDAY) for rate in WEEKDAY]
        left.bar(range(24), hourly, color=BAR, label="tickets an hour")
        left.set_xticks([0, 6, 12, 18])
        left.set_xlabel("hour in New York")
        left.set_title(f"Tickets an hour, and in time (%), {one.on_weekdays} shifts")
        left.plot(
            range(24), [share * 100 for _, share in _by_hour(one)], color=ACCENT, label="in time, %"
        )
        left.legend(frameon=False)
        shifts = [week.on_weekdays for week in weeks]
        for metric, colour, name in (
            ("processed", ACCENT, "processed"),
            ("first_response", WARN, "first response"),
        ):
            told = [_share(week, metric) * 100 for week in weeks]
            right.plot(shifts, told, color=colour, marker="o", markersize=4, label=name)
        right.axhline(TARGET * 100, color=QUIET, linewidth=0.8, linestyle=":")
        right.set_xlabel("analysts' shifts of a weekday")
        right.set_title("In time, %")
        right.set_ylim(0, 101)
        right.grid()
        right.legend(frameon=False)

    return standalone(draw("day-benchmark", (8.4, 3.4), paint), ALT)
