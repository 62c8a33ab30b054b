"""What a lot and what a period show: the decision, and beside it the plain percentage.

Acceptance answers whether a lot goes through, by a rule that favours whoever is judged; the
percentage with its interval answers how good the work was. Only reviews that count are counted, and
calibrations are compared elsewhere (`desk.quality.calibration`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.quality.calibration import Calibration, calibrate
from desk.quality.curve import Point, curve, probability_of_acceptance
from desk.quality.errors import EmptyPeriod
from desk.quality.figures import TARGET, Quality, quality
from desk.quality.models import QualityLot, QualityReview
from desk.quality.plans import Plan
from desk.quality.service import addresses, find_lot, lots_of_period
from desk.tickets.models import Ticket

UNASSIGNED = "unassigned"

RULE = (
    "every drawn ticket counts once, by the review that counts for it; conforming means at least "
    "90 % of the points that apply and no critical failure; intervals are 95 %, as if the lot were "
    "without end; lots of a period are put together without weights"
)


@dataclass(frozen=True, kw_only=True)
class Reviewed:
    """A drawn ticket and the review that counts for it."""

    ticket: Ticket
    review: QualityReview


@dataclass(frozen=True, kw_only=True)
class Figures:
    """The figures of all reviews, and of parts of them."""

    total: Quality
    languages: Mapping[str, Quality]
    analysts: Mapping[str, Quality]
    """By e-mail address of who was assigned the ticket."""


@dataclass(frozen=True, kw_only=True)
class LotReport:
    """One lot, decided or not."""

    lot: QualityLot
    plan: Plan
    curve: Sequence[Point]
    accepted_at_target: float
    """How likely a lot that is just as bad as the contract allows is accepted, 0 to 1."""
    worst_accepted: float
    """The share of good tickets in the worst sample that is accepted, 0 to 1."""
    figures: Figures


@dataclass(frozen=True, kw_only=True)
class PeriodReport:
    """The lots of a period; the figures are of those decided."""

    since: datetime
    until: datetime
    lots: Sequence[QualityLot]
    figures: Figures


def accepted_at_target(plan: Plan) -> float:
    """How likely a lot that is just as bad as the contract allows is accepted, 0 to 1."""
    return probability_of_acceptance(plan, 1 - TARGET, lot_size=plan.lot_size)


async def lot_report(session: AsyncSession, lot_id: int) -> LotReport:
    """What one lot shows so far.

    Raises:
        UnknownLot: there is no such lot.
    """
    lot = await find_lot(session, lot_id)
    plan = lot.plan
    return LotReport(
        lot=lot,
        plan=plan,
        curve=curve(plan),
        accepted_at_target=accepted_at_target(plan),
        worst_accepted=max(0.0, 1 - (plan.reject - 1) / plan.sample_size),
        figures=await _figures(session, _reviewed([lot])),
    )


async def quality_report(
    session: AsyncSession, *, since: datetime, until: datetime
) -> PeriodReport:
    """What the decided lots show whose periods lie within this one.

    Raises:
        EmptyPeriod: no moment lies in the period.
    """
    if since >= until:
        raise EmptyPeriod("the period ends before it begins; its last day is not part of it")
    lots = await lots_of_period(session, since=since, until=until)
    decided = [lot for lot in lots if lot.decided_at is not None]
    return PeriodReport(
        since=since,
        until=until,
        lots=lots,
        figures=await _figures(session, _reviewed(decided)),
    )


async def calibration_report(session: AsyncSession, lot_id: int) -> Calibration:
    """How the reviewers of a lot agree where more than one of them judged.

    Raises:
        UnknownLot: there is no such lot.
    """
    lot = await find_lot(session, lot_id)
    return calibrate(
        {
            ticket_id: {review.reviewer.email: review.scores for review in by_reviewer.values()}
            for ticket_id, by_reviewer in lot.judged().items()
        }
    )


def _reviewed(lots: Iterable[QualityLot]) -> list[Reviewed]:
    """Each drawn ticket once: one that two lots drew counts by the later lot."""
    found: dict[int, Reviewed] = {}
    for lot in lots:
        counting = lot.counting()
        for drawn in lot.sample:
            if drawn.ticket_id in counting:
                found[drawn.ticket_id] = Reviewed(
                    ticket=drawn.ticket, review=counting[drawn.ticket_id]
                )
    return list(found.values())


async def _figures(session: AsyncSession, reviewed: Sequence[Reviewed]) -> Figures:
    assigned = {one.ticket.assignee_id for one in reviewed} - {None}
    emails = await addresses(session, [user_id for user_id in assigned if user_id is not None])
    return Figures(
        total=quality(one.review for one in reviewed),
        languages=_split(reviewed, lambda ticket: ticket.language),
        analysts=_split(reviewed, lambda ticket: emails.get(ticket.assignee_id or 0, UNASSIGNED)),
    )


def _split(reviewed: Sequence[Reviewed], by: Callable[[Ticket], str]) -> dict[str, Quality]:
    names = sorted({by(one.ticket) for one in reviewed})
    return {
        name: quality(one.review for one in reviewed if by(one.ticket) == name) for name in names
    }
