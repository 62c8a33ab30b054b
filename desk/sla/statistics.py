"""What is counted from the clocks: attainment, always with its counting rule and interval."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from desk.sla.clock import Episode


@dataclass(frozen=True, kw_only=True)
class Attainment:
    """How often a service level was kept.

    Hits, breaches, excluded and pending add up to the total. A ticket that is open and overdue is
    a breach; one that is open and still in time is pending and counts neither way.
    """

    total: int
    hits: int
    breaches: int
    pending: int
    excluded: int

    @property
    def share(self) -> float | None:
        """Hits among those decided, or None when nothing is decided yet."""
        decided = self.hits + self.breaches
        return self.hits / decided if decided else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval of the share."""
        decided = self.hits + self.breaches
        return wilson(self.hits, decided) if decided else None


def attainment(episodes: Iterable[Episode]) -> Attainment:
    """Count the outcomes of many clocks."""
    outcomes = [episode.outcome for episode in episodes]
    return Attainment(
        total=len(outcomes),
        hits=outcomes.count("met"),
        breaches=outcomes.count("breached_open") + outcomes.count("breached_closed"),
        pending=outcomes.count("running"),
        excluded=outcomes.count("cancelled"),
    )


def wilson(hits: int, total: int, *, z: float = 1.959964) -> tuple[float, float]:
    """Wilson's score interval of a proportion; `total` is above zero.

    E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference" (1927).
    """
    share = hits / total
    centre = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
