"""What is counted from the clocks: attainment with its interval, percentiles, differences."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

PERCENTILES = (50, 90, 95)
"""Those that are reported, in per cent."""


class Proportion(Protocol):
    """A share and its 95 % interval, both None when nothing was counted."""

    @property
    def share(self) -> float | None: ...  # noqa: D102
    @property
    def interval(self) -> tuple[float, float] | None: ...  # noqa: D102


@dataclass(frozen=True, kw_only=True)
class Share:
    """How many of those counted are hits."""

    hits: int
    total: int

    @property
    def share(self) -> float | None:
        """0 to 1, or None when nothing was counted."""
        return self.hits / self.total if self.total else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval of the share."""
        return wilson(self.hits, self.total) if self.total else None


@dataclass(frozen=True, kw_only=True)
class Attainment:
    """How often a service level was kept.

    Hits, breaches, excluded and pending add up to the total. An episode that is open and overdue is
    a breach; one that is open and still in time, or paused, is pending and counts neither way.

    Raises:
        ValueError: a count below zero.
    """

    hits: int = 0
    breaches: int = 0
    pending: int = 0
    exclusions: Mapping[str, int]
    """How many were cancelled, by reason code."""

    def __post_init__(self) -> None:
        if min(self.hits, self.breaches, self.pending, *self.exclusions.values()) < 0:
            raise ValueError("a count is not below zero")

    @property
    def excluded(self) -> int:
        """How many were cancelled."""
        return sum(self.exclusions.values())

    @property
    def total(self) -> int:
        """All that were counted in any way."""
        return self.hits + self.breaches + self.pending + self.excluded

    @property
    def decided(self) -> int:
        """The denominator of the share."""
        return self.hits + self.breaches

    @property
    def share(self) -> float | None:
        """Hits among those decided, or None when nothing is decided yet."""
        return self.hits / self.decided if self.decided else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval of the share."""
        return wilson(self.hits, self.decided) if self.decided else None


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One share less another, of different things counted, with its 95 % interval; -1 to 1."""

    share: float
    interval: tuple[float, float]


def wilson(hits: int, total: int, *, z: float = 1.959964) -> tuple[float, float]:
    """Wilson's score interval of a proportion; `total` is above zero.

    E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference" (1927).
    """
    share = hits / total
    centre = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def difference(one: Proportion, other: Proportion) -> Difference | None:
    """`one` less `other`, or None where one of them counted nothing.

    The hybrid score interval: R. G. Newcombe, "Interval estimation for the difference between
    independent proportions: comparison of eleven methods" (Statistics in Medicine, 1998), method
    10. It needs nothing but the two intervals, so it serves F1 as well: G. Y. Zou, A. Donner,
    "Construction of confidence limits about effect measures" (Statistics in Medicine, 2008).
    """
    if one.share is None or one.interval is None or other.share is None or other.interval is None:
        return None
    (low, high), (other_low, other_high) = one.interval, other.interval
    apart = one.share - other.share
    return Difference(
        share=apart,
        interval=(
            apart - math.hypot(one.share - low, other_high - other.share),
            apart + math.hypot(high - one.share, other.share - other_low),
        ),
    )


def rank(percent: int, count: int) -> int:
    """Which value from below is the percentile by the nearest-rank method, from 1.

    It is a value that occurred: the least that `percent` per cent of the `count` values, at least
    one, do not exceed.
    """
    return -(-percent * count // 100)


def percent(share: float, *, target: float = 1.0) -> str:
    """A share in per cent with one decimal, never rounded up to the target or to all.

    99.951 % prints as 99.9 %, since 100.0 % would say that nothing was missed.
    """
    tenths = round(share * 1000)
    if any(share < bound <= tenths / 1000 for bound in (target, 1.0)):
        tenths -= 1
    return f"{tenths / 10:.1f}%"
