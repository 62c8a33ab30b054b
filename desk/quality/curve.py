"""The operating characteristic of a plan: how likely it accepts a lot of a given quality."""

from dataclasses import dataclass
from math import comb

from desk.quality.plans import Plan

HARDLY = 0.005
"""The curve ends where a lot is accepted more rarely than this."""
STEPS = 40


@dataclass(frozen=True, kw_only=True)
class Point:
    """One quality, and how often a lot of it is accepted."""

    share_bad: float
    """0 to 1."""
    accepted: float
    """0 to 1."""


def probability_of_acceptance(
    plan: Plan, share_bad: float, *, lot_size: int | None = None
) -> float:
    """How likely a lot with this share of bad tickets is accepted, 0 to 1.

    On reduced inspection, what lies between the two numbers counts as accepted, as it does there.

    Args:
        plan: its sample and its numbers.
        share_bad: 0 to 1.
        lot_size: for a finite lot (hypergeometric; the bad tickets are rounded to whole ones);
            without it, for an endless stream of that quality (binomial).

    Raises:
        ValueError: `share_bad` is no share.
    """
    if not 0 <= share_bad <= 1:
        raise ValueError(f"{share_bad} is not between 0 and 1")
    size, most = plan.sample_size, plan.reject - 1
    if lot_size is None:
        return min(
            1.0,
            sum(
                comb(size, bad) * share_bad**bad * (1 - share_bad) ** (size - bad)
                for bad in range(min(most, size) + 1)
            ),
        )
    bad_in_lot = round(share_bad * lot_size)
    # Whole numbers, so that nothing is lost before the one division.
    ways = sum(
        comb(bad_in_lot, bad) * comb(lot_size - bad_in_lot, size - bad)
        for bad in range(min(most, size) + 1)
    )
    return ways / comb(lot_size, size)


def curve(plan: Plan) -> list[Point]:
    """The curve of a plan for its own lot, from no bad ticket to where it is hardly ever accepted.

    At most some forty points, each of a whole number of bad tickets.
    """
    hundredths = (share / 100 for share in range(1, 100))
    last = next((share for share in hundredths if _accepted(plan, share) < HARDLY), 1.0)
    counts = sorted({round(last * plan.lot_size * step / STEPS) for step in range(STEPS + 1)})
    shares = (bad / plan.lot_size for bad in counts)
    return [Point(share_bad=share, accepted=_accepted(plan, share)) for share in shares]


def _accepted(plan: Plan, share_bad: float) -> float:
    return probability_of_acceptance(plan, share_bad, lot_size=plan.lot_size)
