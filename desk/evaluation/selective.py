"""Risk and coverage: how many decisions would be wrong if only the surest were taken."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from desk.evaluation.calibration import decisions
from desk.evaluation.outcomes import Outcome
from desk.evaluation.scoring import Score

COVERAGES = tuple(tenth / 10 for tenth in range(1, 11))
"""Where the curve is read off."""

RULE = (
    "The decisions of the reliability diagram, the surest first. Coverage is the share of them "
    "whose confidence is at least some limit, risk the share of wrong ones among these; decisions "
    "of equal confidence come in together. The area is the mean risk over all coverages."
)


@dataclass(frozen=True, kw_only=True)
class Point:
    """What one limit of confidence would give."""

    limit: float
    coverage: float
    wrong: Score
    """The risk: wrong ones among those covered."""


@dataclass(frozen=True, kw_only=True)
class RiskCoverage:
    """The curve, one point for each confidence that occurred, surest first."""

    points: Sequence[Point]

    @property
    def area(self) -> float | None:
        """The area under the curve, 0 to 1, or None without decisions; the lower the better.

        Y. Geifman, R. El-Yaniv, "Selective Classification for Deep Neural Networks" (NeurIPS
        2017).
        """
        if not self.points:
            return None
        area, before = 0.0, 0.0
        for point in self.points:
            area += (point.coverage - before) * (point.wrong.share or 0.0)
            before = point.coverage
        return area

    def at(self, coverage: float) -> Point | None:
        """The first point that covers at least this share, or None without decisions."""
        reached = (point for point in self.points if point.coverage >= coverage - 1e-9)
        return next(reached, None)


def risk_coverage(outcomes: Iterable[Outcome]) -> RiskCoverage:
    """The curve of some outcomes."""
    surest = sorted(decisions(outcomes), key=lambda decision: -decision[0])
    points: list[Point] = []
    taken = wrong = 0
    for limit, together in groupby(surest, key=lambda decision: decision[0]):
        judged = [right for _, right in together]
        taken += len(judged)
        wrong += judged.count(False)
        points.append(
            Point(limit=limit, coverage=taken / len(surest), wrong=Score(hits=wrong, total=taken))
        )
    return RiskCoverage(points=points)
