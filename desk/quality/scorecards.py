"""What the points of one review are worth."""

from collections.abc import Mapping
from dataclasses import dataclass

from desk.quality.errors import UnusableScores
from desk.quality.rubric import Criterion, rubric

type Scores = Mapping[str, int | None]
"""Points by criterion; None where it does not apply."""


@dataclass(frozen=True, kw_only=True)
class Scorecard:
    """A judged interaction."""

    score: float
    """Weighted points among those that apply, 0 to 1."""
    failed: tuple[str, ...]
    """Critical criteria with 0 points."""
    conforming: bool
    """The pass mark is reached and nothing critical failed."""


def judge(scores: Scores) -> Scorecard:
    """Weigh the points of one review.

    Raises:
        UnusableScores: a criterion is missing or unknown, its points are none of the rubric's, or
            it can't be left out.
    """
    criteria = rubric().criteria
    for key in scores:
        if key not in criteria:
            raise UnusableScores(f"there is no criterion {key}; there are {', '.join(criteria)}")
    missing = [key for key in criteria if key not in scores]
    if missing:
        raise UnusableScores(f"no points for {', '.join(missing)}")
    for key, points in scores.items():
        _check(criteria[key], points)
    applying = [(criteria[key], points) for key, points in scores.items() if points is not None]
    # In whole hundredths of a point, so that exactly the pass mark passes.
    earned = sum(
        criterion.weight * points * 100 // criterion.most for criterion, points in applying
    )
    possible = sum(criterion.weight * 100 for criterion, _ in applying)
    failed = tuple(
        criterion.key for criterion, points in applying if criterion.critical and points == 0
    )
    return Scorecard(
        score=earned / possible,
        failed=failed,
        conforming=not failed and 100 * earned >= rubric().pass_mark * possible,
    )


def _check(criterion: Criterion, points: int | None) -> None:
    if points is None:
        if not criterion.may_be_na:
            raise UnusableScores(f"{criterion.key} applies to every interaction")
        return
    # True and 1.0 equal 1, but nobody means them as points.
    if type(points) is not int or points not in criterion.points:
        allowed = ", ".join(map(str, sorted(criterion.points)))
        na = " or na" if criterion.may_be_na else ""
        raise UnusableScores(f"{criterion.key} takes {allowed}{na}, not {points!r}")
