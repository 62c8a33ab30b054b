"""Shares and means with intervals, held against the contract's 90 %."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Literal

from desk.quality.models import QualityReview
from desk.quality.rubric import rubric
from desk.sla import statistics as counted

TARGET = 0.90
"""The contract: a quality of at least nine in ten on the interactions reviewed."""

type Verdict = Literal["reached", "missed", "open"]
"""Whether the whole interval lies at or above the target, below it, or holds it."""


@dataclass(frozen=True, kw_only=True)
class Share(counted.Share):
    """How many of the reviewed interactions conform."""

    @property
    def verdict(self) -> Verdict | None:
        """What the interval says of the target, or None without one."""
        return _verdict(self.interval)


@dataclass(frozen=True, kw_only=True)
class Mean:
    """The mean quality score of the reviewed interactions."""

    scores: Sequence[float]
    """Each 0 to 1."""

    @property
    def mean(self) -> float | None:
        """0 to 1, or None when nothing was reviewed."""
        return fmean(self.scores) if self.scores else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Student's 95 % interval of the mean, cut at 0 and 1; None for fewer than two scores."""
        number = len(self.scores)
        if number < 2:
            return None
        # Here, since a command that needs no quantile should not wait for the library.
        from scipy.special import stdtrit  # noqa: PLC0415

        mean = fmean(self.scores)
        spread = float(stdtrit(number - 1, 0.975)) * stdev(self.scores) / math.sqrt(number)
        return max(0.0, mean - spread), min(1.0, mean + spread)

    @property
    def verdict(self) -> Verdict | None:
        """What the interval says of the target, or None without one."""
        return _verdict(self.interval)


@dataclass(frozen=True, kw_only=True)
class Quality:
    """What a set of reviews shows."""

    conforming: Share
    score: Mean
    criteria: Mapping[str, float | None]
    """The mean share of the points by criterion, 0 to 1, where it applies; None where nowhere."""


def quality(reviews: Iterable[QualityReview]) -> Quality:
    """The figures of these reviews."""
    given = list(reviews)
    return Quality(
        conforming=Share(hits=sum(review.conforming for review in given), total=len(given)),
        score=Mean(scores=[review.score for review in given]),
        criteria={
            key: _mean_points([review.scores[key] for review in given], most=criterion.most)
            for key, criterion in rubric().criteria.items()
        },
    )


def _mean_points(points: Sequence[int | None], *, most: int) -> float | None:
    applying = [given / most for given in points if given is not None]
    return fmean(applying) if applying else None


def _verdict(interval: tuple[float, float] | None) -> Verdict | None:
    if interval is None:
        return None
    low, high = interval
    if low >= TARGET:
        return "reached"
    return "missed" if high < TARGET else "open"
