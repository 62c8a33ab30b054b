"""The page and the plots of the comparison of turns."""

import statistics
from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.pages import figure, fill, machine, table
from benchmarks.peers.measuring import CLIENTS, LENGTHS, TICKETS, Measured
from desk.evaluation.drawing import ACCENT, QUIET, SOFT, WARN, draw, standalone
from desk.settings import PROJECT

PAGE = PROJECT / "docs" / "peers-benchmark.md"
PLOT = PROJECT / "docs" / "pictures" / "peers-benchmark.svg"
ALT = (
    "Left: milliseconds a turn, median, with 1, 4 and 16 clients, for acedesk, a rasa init "
    "assistant, a help desk bot and the desk's bot alone. Right: the same by the turn of one "
    "conversation."
)
US = "acedesk"
COLOURS = {US: ACCENT, "rasa init": WARN, "help desk bot": QUIET, "the bot alone": SOFT}


def tables(measured: Measured) -> str:
    """All that was measured, as Markdown."""
    names = list(measured.memory)
    return "\n\n".join(
        [
            f"Measured on {machine()}; rasa 3.6.21 on Python 3.10.",
            "### Turns\n\n" + _turns(measured, names),
            "### What came back\n\n" + _replies(measured, names),
            "### Ratios\n\n" + _ratios(measured, names),
            "### One long conversation\n\n" + _lengths(measured, names),
            "### Until a ticket is open\n\n" + _tickets(measured),
            "### Before the first turn\n\n" + _starts(measured, names),
            "### The floor\n\n" + _floor(measured),
        ]
    )


def _turns(measured: Measured, names: Sequence[str]) -> str:
    rows = []
    for count in CLIENTS:
        for name in names:
            rounds = measured.turns[name, count]
            cells = [
                figure(statistics.median(_share(took, at) for took in rounds))
                for at in (0.5, 0.95, 0.99)
            ]
            rate = statistics.median(measured.rates[name, count])
            rows.append([str(count), name, *cells, figure(rate)])
    return table(["Clients", "", "p50 ms", "p95 ms", "p99 ms", "Turns/s"], rows)


def _replies(measured: Measured, names: Sequence[str]) -> str:
    rows = [
        [
            name,
            f"{len(answered):,}",
            f"{sum(answered) / len(answered):.0%}",
            f"{measured.silent[name] / len(answered):.0%}",
        ]
        for name in names
        for answered in [measured.answered[name]]
    ]
    return table(["", "Turns", "An article with its sources", "Nothing at all"], rows)


def _ratios(measured: Measured, names: Sequence[str]) -> str:
    rows = []
    for name in names[1:]:
        cells = []
        for count in CLIENTS:
            times = [
                _share(theirs, 0.5) / _share(ours, 0.5)
                for ours, theirs in _pairs(measured.turns, name, count)
            ]
            speeds = [ours / theirs for ours, theirs in _pairs(measured.rates, name, count)]
            cells += [f"{statistics.median(times):.2f}", f"{statistics.median(speeds):.2f}"]
        rows.append([name, *cells])
    head = ["", *(f"{what}, {count}" for count in CLIENTS for what in ("p50", "turns/s"))]
    return (
        "Medians over the rounds. *p50*: theirs over acedesk's; *turns/s*: acedesk's over theirs. "
        "Above 1 acedesk is ahead.\n\n" + table(head, rows)
    )


def _lengths(measured: Measured, names: Sequence[str]) -> str:
    rows = []
    for name in names:
        told = [measured.at_turn(name, length) for length in LENGTHS]
        rows.append([name, *map(figure, told), f"{told[2] / told[0]:.2f}"])
    last = f"Turn {LENGTHS[2]} / turn {LENGTHS[0]}"
    return table(["ms at turn …", *map(str, LENGTHS), last], rows)


def _tickets(measured: Measured) -> str:
    rows = [
        [name, str(len(TICKETS[name])), figure(statistics.median(took)), figure(max(took))]
        for name, took in measured.tickets.items()
    ]
    return table(["", "Messages", "ms in all, median", "Largest"], rows)


def _starts(measured: Measured, names: Sequence[str]) -> str:
    rows = []
    for name in names:
        parts = measured.memory[name]
        counted = {part: mb for part, mb in parts.items() if part != "servicenow"}
        each = ", ".join(f"{part} {mb:.0f}" for part, mb in counted.items())
        training = measured.training.get(name)
        rows.append(
            [
                name,
                f"{training:.0f}" if training else "–",
                f"{statistics.median(measured.start[name]):.1f}",
                f"{sum(counted.values()):.0f}",
                each,
            ]
        )
    return table(["", "Training s", "Start s", "Memory MB", "Of which"], rows)


def _floor(measured: Measured) -> str:
    reading = statistics.median(measured.parse)
    alone = measured.p50("the bot alone", 1)
    ours = measured.p50(US, 1)
    return table(
        ["", "p50 ms", "More than the line above"],
        [
            [
                "Reading the text, in the bot's process",
                figure(statistics.median(measured.parse)),
                "",
            ],
            [
                "A turn of the bot with an action that does nothing",
                figure(alone),
                figure(alone - reading),
            ],
            ["A turn of the desk", figure(ours), figure(ours - alone)],
        ],
    )


def write(report: str, measured: Measured) -> None:
    fill(PAGE, f"![{ALT}](pictures/{PLOT.name})\n\n{report}")
    PLOT.write_text(_plot(measured), encoding="utf-8")


def _plot(measured: Measured) -> str:
    def paint(drawing: Any) -> None:
        left, right = drawing.subplots(1, 2)
        for name, colour in COLOURS.items():
            told = [measured.p50(name, count) for count in CLIENTS]
            left.plot(CLIENTS, told, color=colour, marker="o", markersize=4, label=name)
            turns = range(10, max(LENGTHS) + 1, 5)
            along = [measured.at_turn(name, number) for number in turns]
            right.plot(turns, along, color=colour)
        left.set_xscale("log", base=2)
        left.set_xticks(CLIENTS, [str(count) for count in CLIENTS])
        left.set_xlabel("clients")
        left.set_title("ms a turn")
        right.set_xlabel("turn of the conversation")
        right.set_title("ms at that turn")
        for axes in (left, right):
            axes.set_ylim(bottom=0)
            axes.grid()
        left.legend(frameon=False)

    return standalone(draw("peers-benchmark", (8.4, 3.4), paint), ALT)


def _pairs(told: Any, name: str, count: int) -> Iterable[tuple[Any, Any]]:
    """Ours and theirs, round by round."""
    return zip(told[US, count], told[name, count], strict=True)


def _share(took: Sequence[float], at: float) -> float:
    ordered = sorted(took)
    return ordered[min(len(ordered) - 1, int(at * len(ordered)))]
