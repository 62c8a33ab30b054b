"""How strictly the next lot is inspected: the switching rules of MIL-STD-105E, 4.7 and 4.8.

The rules look at the lots of one stream in their order: same level, same AQL, same choice of
tickets. Reduced inspection also asks for things that no count shows (4.7.3 c and d: the work flows
steadily, and whoever is responsible wants it), so it is only ever offered, and a person takes it.
The limit numbers of Table VIII (4.7.3 b) are not applied; that person should look at the totals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from desk.quality.plans import Decision, Severity

RECENT = 5
"""Lots that a change from or to tightened inspection looks back on."""
REJECTED_OF_RECENT = 2
"""So many of them rejected on normal inspection bring tightened inspection."""
ACCEPTED_FOR_REDUCED = 10
"""So many accepted in a row on normal inspection allow reduced inspection."""
REJECTED_FOR_STOP = 5
"""So many rejected on tightened inspection end inspection until something is mended."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """A decided lot, as far as the rules care."""

    severity: Severity
    decision: Decision
    resumed: bool = False
    """Whether this is the first lot after inspection was discontinued and something was mended."""


def next_severity(
    history: Sequence[Result], *, reduced_wanted: bool = False
) -> Severity | Literal["discontinued"]:
    """The inspection that the next lot of a stream is due, oldest result first.

    Args:
        history: the decided lots of the stream.
        reduced_wanted: a person says that the work flows steadily and reduced inspection is
            desirable.
    """
    if not history:
        return "normal"
    in_force = history[-1].severity
    run = _run(history)
    if in_force == "reduced":
        return "reduced" if run[-1].decision == "accepted" and reduced_wanted else "normal"
    rejected = [result.decision == "rejected" for result in run]
    if in_force == "tightened":
        if sum(rejected) >= REJECTED_FOR_STOP:
            return "discontinued"
        return "normal" if _all_accepted(rejected, RECENT) else "tightened"
    if sum(rejected[-RECENT:]) >= REJECTED_OF_RECENT:
        return "tightened"
    return "reduced" if may_be_reduced(history) and reduced_wanted else "normal"


def may_be_reduced(history: Sequence[Result]) -> bool:
    """Whether the lots so far allow reduced inspection, if a person wants it."""
    if not history:
        return False
    if history[-1].severity == "reduced":
        return history[-1].decision == "accepted"
    run = [result.decision == "rejected" for result in _run(history)]
    return history[-1].severity == "normal" and _all_accepted(run, ACCEPTED_FOR_REDUCED)


def _run(history: Sequence[Result]) -> list[Result]:
    """The last lots that were inspected alike, since inspection was last resumed."""
    alike = list(
        takewhile(lambda result: result.severity == history[-1].severity, reversed(history))
    )
    since = next((place for place, result in enumerate(alike) if result.resumed), len(alike) - 1)
    return alike[since::-1]


def _all_accepted(rejected: Sequence[bool], number: int) -> bool:
    return len(rejected) >= number and not any(rejected[-number:])
