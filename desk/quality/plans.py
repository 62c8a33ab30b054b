"""Sampling plans: how many tickets of a lot are reviewed, and how many bad ones it may show.

The tables are those of MIL-STD-105E (`mil_std_105e.toml`), single sampling. A plan protects whoever
is judged: a lot exactly as bad as the AQL is accepted nearly always. What it lets pass besides is
told by its curve (`desk.quality.curve`).
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from desk.quality.errors import UnknownPlan

type Severity = Literal["normal", "tightened", "reduced"]
type Decision = Literal["accepted", "between", "rejected"]
"""`between` is accepted too, but ends reduced inspection (4.10.1.4 and 4.7.4 of the standard)."""

SEVERITIES: tuple[Severity, ...] = get_args(Severity.__value__)

_STEPS = {"↓": 1, "↑": -1}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the standard prescribes for one lot."""

    lot_size: int
    level: str
    aql: float
    """Per cent nonconforming."""
    severity: Severity
    letter: str
    """The code letter of the lot's size."""
    plan_letter: str
    """The letter whose plan is used; another one where an arrow leads away."""
    sample_size: int
    """Tickets to review: the whole lot when the table asks for as many or more."""
    accept: int
    """Up to so many bad tickets in the sample, the lot is accepted."""
    reject: int
    """From so many on, it is rejected; on reduced inspection there may be a gap between the two."""

    @property
    def whole_lot(self) -> bool:
        """Whether every ticket is reviewed, so that nothing is left to chance."""
        return self.sample_size == self.lot_size

    def decide(self, nonconforming: int) -> Decision:
        """What so many bad tickets in the sample mean for the lot."""
        if nonconforming <= self.accept:
            return "accepted"
        return "rejected" if nonconforming >= self.reject else "between"


@dataclass(frozen=True, kw_only=True)
class _Row:
    letter: str
    sample_size: int
    cells: tuple[str, ...]


@cache
def _tables() -> dict[str, Any]:
    file = Path(__file__).with_name("mil_std_105e.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def _letters() -> tuple[tuple[float, tuple[str, ...]], ...]:
    """Table I: the largest lot of each row, and its letters."""
    rows = (line.split() for line in _tables()["letters"].strip().splitlines())
    return tuple((float(largest), tuple(letters)) for largest, *letters in rows)


@cache
def _master(severity: Severity) -> tuple[_Row, ...]:
    rows = (line.split() for line in _tables()[severity].strip().splitlines())
    return tuple(
        _Row(letter=letter, sample_size=int(size), cells=tuple(cells))
        for letter, size, *cells in rows
    )


def levels() -> tuple[str, ...]:
    """The inspection levels, the four special ones first."""
    return tuple(_tables()["levels"])


def aqls() -> tuple[float, ...]:
    """The acceptable quality levels that have a column, in per cent."""
    return tuple(map(float, _tables()["aqls"]))


def plan(lot_size: int, level: str = "II", aql: float = 10, severity: str = "normal") -> Plan:
    """The plan for a lot of so many tickets.

    Raises:
        UnknownPlan: fewer than two tickets, or a level, AQL or severity that has no table.
    """
    if lot_size < 2:
        raise UnknownPlan("a lot has at least two tickets; the standard's tables begin there")
    if level not in levels():
        raise UnknownPlan(f"there is no level {level}; the levels are {', '.join(levels())}")
    if aql not in aqls():
        known = ", ".join(f"{value:g}" for value in aqls())
        raise UnknownPlan(f"there is no AQL {aql:g}; the standard has {known}")
    if severity not in SEVERITIES:
        raise UnknownPlan(f"there is no {severity} inspection; it is {', '.join(SEVERITIES)}")
    letter = next(letters for largest, letters in _letters() if lot_size <= largest)[
        levels().index(level)
    ]
    row, cell = _followed(severity, letter, aqls().index(aql))
    accept, _, reject = cell.partition("/")
    return Plan(
        lot_size=lot_size,
        level=level,
        aql=float(aql),
        severity=severity,
        letter=letter,
        plan_letter=row.letter,
        sample_size=min(row.sample_size, lot_size),
        accept=int(accept),
        reject=int(reject) if reject else int(accept) + 1,
    )


def _followed(severity: Severity, letter: str, column: int) -> tuple[_Row, str]:
    """The row and cell where the arrows of a column end that begin at a letter."""
    rows = _master(severity)
    place = next(place for place, row in enumerate(rows) if row.letter == letter)
    while (cell := rows[place].cells[column]) in _STEPS:
        place += _STEPS[cell]
    return rows[place], cell
