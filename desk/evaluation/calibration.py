"""Whether `confidence` means what it says: among decisions at 0.8, eight in ten should be right."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from desk.evaluation.outcomes import Outcome
from desk.evaluation.scoring import Score, is_right

BINS = 10

RULE = (
    "Every reply with a decision behind it (not degraded), in ten bins of confidence of equal "
    "width. The error is the mean distance between a bin's confidence and its share of right "
    "decisions, weighted by the bin's messages; with few messages it reads too high."
)


@dataclass(frozen=True, kw_only=True)
class Bin:
    """The decisions whose confidence lies in one tenth of 0 to 1."""

    low: float
    high: float
    confidence: float
    """The mean."""
    right: Score


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """The bins that hold anything, lowest first."""

    bins: Sequence[Bin]

    @property
    def total(self) -> int:
        """Decisions counted."""
        return sum(part.right.total for part in self.bins)

    @property
    def error(self) -> float | None:
        """The expected calibration error, 0 to 1, or None when nothing was counted.

        M. P. Naeini, G. F. Cooper, M. Hauskrecht, "Obtaining Well Calibrated Probabilities Using
        Bayesian Binning" (AAAI 2015).
        """
        if not self.total:
            return None
        gaps = (abs(part.right.hits - part.confidence * part.right.total) for part in self.bins)
        return sum(gaps) / self.total


def decisions(outcomes: Iterable[Outcome]) -> Iterator[tuple[float, bool]]:
    """The confidence of every reply with a decision behind it, and whether it was right."""
    for outcome in outcomes:
        if outcome.reply is not None and outcome.reply.kind != "degraded":
            yield outcome.reply.confidence, is_right(outcome)


def calibrate(outcomes: Iterable[Outcome]) -> Calibration:
    """Sort the decisions into bins; a confidence of 1 belongs to the last."""
    held: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for confidence, right in decisions(outcomes):
        held[min(int(confidence * BINS), BINS - 1)].append((confidence, right))
    return Calibration(
        bins=[
            Bin(
                low=place / BINS,
                high=(place + 1) / BINS,
                confidence=sum(confidence for confidence, _ in content) / len(content),
                right=Score(hits=sum(right for _, right in content), total=len(content)),
            )
            for place, content in enumerate(held)
            if content
        ]
    )
