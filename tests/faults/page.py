"""docs/faults.md: what came of the rounds."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from desk.evaluation.drawing import ACCENT, WARN, draw, standalone
from desk.settings import PROJECT
from tests.faults.rounds import Round

DOCS = PROJECT / "docs" / "faults.md"
PICTURE = PROJECT / "docs" / "pictures" / "faults.svg"
MARKS = "<!-- measured -->", "<!-- end of measured -->"
_STORES = {"postgres": "PostgreSQL", "sqlite": "SQLite"}
_HEADS = (
    "What happened",
    "Rounds",
    "Messages",
    "Answered honestly without the assistant",
    "Requests",
    "Made again",
    "Longest wait",
    "Recovery: median",
    "Longest",
    "Findings",
)


def write(done: Sequence[Round], *, seed: int) -> None:
    """Put the figures and the plot into the docs."""
    by_fault: dict[str, list[Round]] = defaultdict(list)
    for one in done:
        by_fault[one.fault].append(one)
    said = sum(one.kinds.total() for one in done)
    found = sum(bool(one.findings) for one in done)
    stores = Counter(_STORES[one.store] for one in done)
    shares = " and ".join(f"{count} over {name}" for name, count in stores.items())
    lines = [
        f"{len(done)} rounds with seed {seed}, {shares}, {datetime.now(UTC).date()}: {said:,} "
        f"messages; {found} rounds with findings.",
        "",
        "| " + " | ".join(_HEADS) + " |",
        "| --- " * len(_HEADS) + "|",
        *(_row(name, rounds) for name, rounds in sorted(by_fault.items())),
    ]
    findings = [
        f"- Round {one.number} over {_STORES[one.store]}, {one.fault}: {found}"
        for one in done
        for found in one.findings
    ]
    if findings:
        lines += ["", "Findings:", "", *findings]
    before, _, rest = DOCS.read_text("utf-8").partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    told = "\n".join(lines)
    DOCS.write_text(f"{before}{MARKS[0]}\n\n{told}\n\n{MARKS[1]}{after}", "utf-8")
    PICTURE.write_text(_plot(by_fault), "utf-8")


def _row(name: str, rounds: Sequence[Round]) -> str:
    kinds = sum((one.kinds for one in rounds), Counter())
    failures = sum((one.failures for one in rounds), Counter())
    back = [one.recovery for one in rounds if one.recovery is not None]
    cells = (
        name,
        len(rounds),
        f"{kinds.total():,}",
        kinds["degraded"],
        f"{sum(one.requests for one in rounds):,}",
        failures.total(),
        f"{max(one.longest for one in rounds):.1f} s",
        f"{statistics.median(back):.1f} s" if back else "never",
        f"{max(back):.1f} s" if len(back) == len(rounds) else "never",
        sum(len(one.findings) for one in rounds),
    )
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _plot(by_fault: Mapping[str, Sequence[Round]]) -> str:
    """Each round's recovery, by fault and store."""
    names = sorted(by_fault, reverse=True)

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        for store, colour, mark, beside in (
            ("postgres", ACCENT, "o", 0.15),
            ("sqlite", WARN, "^", -0.15),
        ):
            points = [
                (one.recovery, row + beside)
                for row, name in enumerate(names)
                for one in by_fault[name]
                if one.store == store and one.recovery is not None
            ]
            axes.scatter(
                [recovery for recovery, _ in points],
                [row for _, row in points],
                s=22,
                color=colour,
                marker=mark,
                label=_STORES[store],
            )
        axes.set_yticks(range(len(names)), names)
        axes.set_xlim(left=0)
        axes.set_xlabel("seconds from the mending to the first answer")
        axes.grid(axis="x")
        axes.legend(frameon=False)

    alt = "Seconds of recovery of each round, by what happened and by the store."
    return standalone(draw("faults", (9.6, 0.26 * len(names) + 1.2), paint), alt)
