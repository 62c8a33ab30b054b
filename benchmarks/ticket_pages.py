"""The page and the plot that the benchmark of tickets leaves in docs/."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from desk.evaluation.drawing import ACCENT, QUIET, WARN, draw, standalone

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "tickets-benchmark.md"
PLOT = ROOT / "docs" / "pictures" / "tickets-benchmark.svg"
MARKS = "<!-- measured -->", "<!-- end of measured -->"
SYSTEMS = ("PostgreSQL", "SQLite")
TASKS = (1, 8, 32)
ALT = (
    "Milliseconds for the dashboard's figures against the number of tickets, both on a logarithmic "
    "scale, for a period of 30 days and for a year, on PostgreSQL and on SQLite."
)

type Results = dict[str, Any]


def tables(results: Results, sizes: Sequence[int]) -> str:
    """All that has been measured, as Markdown."""
    parts = [
        _machine(results),
        "### The databases\n\n" + _rows(results, sizes),
        "### Opening\n\n" + _opening(results, sizes),
        "### Working\n\n" + _working(results, sizes),
        "### The first page of the queue\n\n" + _listing(results, sizes),
        "### The dashboard's figures\n\n" + _figures(results, sizes),
        "### Beside django-helpdesk\n\n" + _helpdesk(results, sizes),
    ]
    return "\n\n".join(parts)


def write(page: str, results: Results, sizes: Sequence[int]) -> None:
    """Put the tables between the marks of the page, and the plot beside it."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    PAGE.write_text(f"{before}{MARKS[0]}\n\n{page}\n\n{MARKS[1]}{after}", encoding="utf-8")
    if f"figures/{SYSTEMS[0]}/{sizes[-1]}/year" in results:
        PLOT.write_text(_plot(results, sizes), encoding="utf-8")


def _machine(results: Results) -> str:
    told = results["machine"]
    return (
        f"Measured on {told['cores']} cores ({told['processor']}), {told['memory_gb']} GB of "
        f"memory, desk and server on the same machine: Python {told['python']}, SQLAlchemy "
        f"{told['sqlalchemy']}, asyncpg {told['asyncpg']}, SQLite {told['sqlite']}, PostgreSQL "
        f"{told['postgresql']} with its own defaults (shared_buffers {told['shared_buffers']}, "
        f"synchronous_commit {told['synchronous_commit']}, fsync {told['fsync']})."
    )


def _rows(results: Results, sizes: Sequence[int]) -> str:
    lines = []
    for size in sizes:
        counts = results["rows"][f"PostgreSQL/{size}"]
        cells = (size, counts["open"], counts["events"], counts["episodes"])
        lines.append([f"{cell:,}" for cell in cells])
    return _table(["Tickets", "Open", "Events", "Episodes"], lines)


def _opening(results: Results, sizes: Sequence[int]) -> str:
    lines = [
        [system, f"{size:,}", str(tasks), *_speed(results.get(f"opening/{system}/{size}/{tasks}"))]
        for system in SYSTEMS
        for size in (0, *sizes)
        for tasks in TASKS
        if f"opening/{system}/{size}/{tasks}" in results
    ]
    head = ["", "Tickets before", "At once", "Tickets/s", "p50 ms", "p95 ms"]
    return _table(head, lines)


def _working(results: Results, sizes: Sequence[int]) -> str:
    lines = [
        [system, str(tasks), *_speed(results.get(f"working/{system}/{sizes[-1]}/{tasks}"))]
        for system in SYSTEMS
        for tasks in TASKS
    ]
    return _table(["", "At once", "Writes/s", "p50 ms", "p95 ms"], lines)


def _listing(results: Results, sizes: Sequence[int]) -> str:
    lines = [
        [system, *(_ms(results.get(f"listing/{system}/{size}")) for size in sizes)]
        for system in SYSTEMS
    ]
    return _table(["ms with … tickets", *(f"{size:,}" for size in sizes)], lines)


def _figures(results: Results, sizes: Sequence[int]) -> str:
    lines = [
        [system, period, *(_ms(results.get(f"figures/{system}/{size}/{period}")) for size in sizes)]
        for system in SYSTEMS
        for period in ("30 days", "year")
    ]
    return _table(["ms with … tickets", "Period", *(f"{size:,}" for size in sizes)], lines)


def _helpdesk(results: Results, sizes: Sequence[int]) -> str:
    lines = []
    versions = ""
    for size in sizes[:-1]:
        theirs = results.get(f"helpdesk/PostgreSQL/{size}")
        if theirs is None:
            continue
        told = theirs["versions"]
        versions = (
            f"django-helpdesk {told['django-helpdesk']} on Django {told['django']} with psycopg "
            f"{told['psycopg']}; opening takes it {theirs['statements']} statements."
        )
        for name, key in (("acedesk", None), ("django-helpdesk, as it comes", "as it comes"),
                          ("django-helpdesk, in one transaction", "atomic")):  # fmt: skip
            speeds = []
            for tasks in (1, 8):
                if key is None:
                    ours = results.get(f"opening/PostgreSQL/{size}/{tasks}")
                    speeds.append(f"{ours['a_second']:,.0f}" if ours else "–")
                else:
                    speeds.append(f"{theirs['opening'][f'{key}, {tasks}'][0]:,.0f}")
            listed = theirs["listing"] if key else results.get(f"listing/PostgreSQL/{size}")
            lines.append([f"{size:,}", name, *speeds, _ms(listed)])
    head = ["Tickets", "", "Opened/s, one at a time", "Opened/s, 8 at once", "Queue, ms"]
    return f"{versions}\n\n{_table(head, lines)}"


def _speed(speed: dict[str, float] | None) -> list[str]:
    if speed is None:
        return ["–"] * 3
    return [f"{speed['a_second']:,.0f}", f"{speed['p50']:.1f}", f"{speed['p95']:.1f}"]


def _ms(figure: float | None) -> str:
    if figure is None:
        return "–"
    return f"{figure:.1f}" if figure < 10 else f"{figure:,.0f}"


def _table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _plot(results: Results, sizes: Sequence[int]) -> str:
    colours = {"PostgreSQL": ACCENT, "SQLite": WARN}

    def paint(figure: Any) -> None:
        axes = figure.add_subplot()
        for system in SYSTEMS:
            for period, style in (("30 days", "--"), ("year", "-")):
                took = [results.get(f"figures/{system}/{size}/{period}") for size in sizes]
                axes.plot(
                    sizes, took, style, color=colours[system], marker="o", markersize=4,
                    label=f"{system}, {period}",
                )  # fmt: skip
        for bar, name in ((300, "300 ms"), (1000, "1 s")):
            axes.axhline(bar, color=QUIET, linewidth=0.8, linestyle=":")
            axes.annotate(name, (sizes[0], bar), color=QUIET, va="bottom")
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axes.minorticks_off()
        axes.set_xlabel("tickets")
        axes.set_ylabel("ms")
        axes.set_title("The dashboard's figures")
        axes.grid()
        axes.legend(frameon=False)

    return standalone(draw("tickets-benchmark", (6.4, 3.6), paint), ALT)
