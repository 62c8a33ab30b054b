"""Drawing lots, recording reviews, deciding lots.

A lot is all tickets that were resolved within a period. Its plan follows from their number and from
the decided lots before it; its sample follows from the recorded seed. Nothing that was drawn or
said is ever changed: a reviewer corrects by another row, and not after the decision.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from desk.accounts.models import User
from desk.quality.draw import draw, new_seed
from desk.quality.errors import (
    AlreadyReviewed,
    Decided,
    Discontinued,
    NothingToDraw,
    NotInSample,
    OverlappingLots,
    OwnTicket,
    ReviewsMissing,
    UnknownLot,
    UnknownReviewer,
    UnusableDraw,
)
from desk.quality.models import QualityLot, QualityReview, QualitySample
from desk.quality.plans import Decision, Severity, plan
from desk.quality.scorecards import Scores, judge
from desk.quality.switching import Result, next_severity
from desk.tickets.models import Ticket
from textkit.masking import mask

MAX_SEED = 64
"""Characters of a seed."""

_SHOWN = 5


async def draw_lot(
    session: AsyncSession,
    *,
    since: datetime,
    until: datetime,
    level: str,
    aql: float,
    now: datetime,
    seed: str | None = None,
    language: str | None = None,
    by: str | None = None,
    reduced_wanted: bool = False,
    mended: bool = False,
) -> QualityLot:
    """Make a lot of the tickets resolved from `since` until just before `until`, and draw from it.

    Args:
        seed: by default one that nobody could foresee.
        language: only tickets in this language.
        by: e-mail address of the user who draws.
        reduced_wanted: reduced inspection may be used where the lots before allow it.
        mended: what had led to the end of inspection is mended, and it begins again.

    Raises:
        UnusableDraw: the period is empty or not over, or the seed is blank or too long.
        NothingToDraw: fewer than two tickets.
        OverlappingLots: some of them belong to an undecided lot.
        Discontinued: too many lots were rejected, and `mended` is not said.
        UnknownPlan: no such level or AQL.
        UnknownReviewer: nobody has the address `by`.
    """
    if since >= until:
        raise UnusableDraw("the period ends before it begins")
    if until > now:
        raise UnusableDraw(f"the period is not over before {until:%Y-%m-%d %H:%M} UTC")
    seed = new_seed() if seed is None else seed
    if not seed.strip() or len(seed) > MAX_SEED:
        raise UnusableDraw(f"a seed has 1 to {MAX_SEED} characters")
    drawn_by = None if by is None else (await _user(session, by)).id
    await _one_draw_at_a_time(session)
    population = await _population(session, since=since, until=until, language=language)
    if len(population) < 2:
        raise NothingToDraw(
            f"{len(population)} tickets were resolved in the period; a lot needs at least two"
        )
    await _check_overlap(session, population)
    severity = next_severity(
        await history(session, level=level, aql=aql, language=language),
        reduced_wanted=reduced_wanted,
    )
    resumed = severity == "discontinued"
    if severity == "discontinued":
        if not mended:
            raise Discontinued(
                "five lots were rejected on tightened inspection; it goes on once the cause is "
                "mended, and somebody says so"
            )
        severity = "tightened"
    chosen = plan(len(population), level, aql, severity)
    lot = QualityLot(
        period_from=since,
        period_to=until,
        language=language,
        level=level,
        aql=chosen.aql,
        severity=severity,
        letter=chosen.letter,
        plan_letter=chosen.plan_letter,
        sample_size=chosen.sample_size,
        accept=chosen.accept,
        reject=chosen.reject,
        resumed=resumed,
        seed=seed,
        population=population,
        drawn_at=now,
        drawn_by=drawn_by,
    )
    session.add(lot)
    await session.flush()
    session.add_all(
        QualitySample(lot_id=lot.id, ticket_id=ticket_id, position=position)
        for position, ticket_id in enumerate(
            draw(population, chosen.sample_size, seed=seed), start=1
        )
    )
    await session.flush()
    return lot


async def record_review(
    session: AsyncSession,
    *,
    lot_id: int,
    ticket_id: int,
    reviewer: str,
    scores: Scores,
    now: datetime,
    comment: str = "",
    is_calibration: bool = False,
) -> QualityReview:
    """Record what a reviewer says of a drawn ticket; said again, it corrects what was said before.

    Args:
        reviewer: e-mail address of a user.
        scores: points by criterion, None where it does not apply.
        comment: secrets in it are masked.
        is_calibration: only to be held against the review that counts.

    Raises:
        UnknownLot, UnknownReviewer, NotInSample: no such lot or user, or the ticket was not drawn.
        OwnTicket: the ticket was assigned to the reviewer.
        Decided: the lot is decided; calibrations are still taken.
        AlreadyReviewed: another reviewer's counts, or the reviewer's own is of the other kind.
        UnusableScores: the points don't fit the rubric.
    """
    card = judge(scores)
    user = await _user(session, reviewer)
    lot = await _locked(session, lot_id)
    ticket = await session.get(Ticket, ticket_id)
    if ticket is None or ticket_id not in {drawn.ticket_id for drawn in lot.sample}:
        raise NotInSample(f"the ticket is not in the sample of lot {lot_id}")
    if ticket.assignee_id == user.id:
        raise OwnTicket(f"{ticket.number} was assigned to {user.email}, who can't review it")
    if lot.decided_at is not None and not is_calibration:
        raise Decided(f"lot {lot_id} is decided; only calibrations are still taken")
    own = [
        review
        for review in lot.reviews
        if (review.ticket_id, review.reviewer_id) == (ticket_id, user.id)
    ]
    if own and own[-1].is_calibration != is_calibration:
        kind = "is a calibration" if own[-1].is_calibration else "counts"
        raise AlreadyReviewed(f"the review of {ticket.number} by {user.email} {kind} already")
    counting = lot.counting().get(ticket_id)
    if counting is not None and counting.reviewer_id != user.id and not is_calibration:
        raise AlreadyReviewed(
            f"a review of {ticket.number} counts already; another can only be a calibration"
        )
    review = QualityReview(
        lot_id=lot_id,
        ticket_id=ticket_id,
        reviewer_id=user.id,
        revision=len(own) + 1,
        scores=dict(scores),
        score=card.score,
        conforming=card.conforming,
        comment=mask(comment.strip()).text,
        is_calibration=is_calibration,
        at=now,
    )
    session.add(review)
    await session.flush()
    return review


async def decide_lot(session: AsyncSession, lot_id: int, *, now: datetime) -> QualityLot:
    """Accept or reject a lot by its plan; calibrations do not count.

    Raises:
        UnknownLot: there is no such lot.
        Decided: it is decided already.
        ReviewsMissing: some drawn tickets have no review that counts.
    """
    lot = await _locked(session, lot_id)
    if lot.decided_at is not None:
        raise Decided(f"lot {lot_id} was decided at {lot.decided_at:%Y-%m-%d %H:%M} UTC")
    counting = lot.counting()
    missing = [drawn.ticket_id for drawn in lot.sample if drawn.ticket_id not in counting]
    if missing:
        first = await session.scalars(
            select(Ticket).where(Ticket.id.in_(missing[:_SHOWN])).order_by(Ticket.id)
        )
        named = ", ".join(str(ticket.number) for ticket in first)
        more = ", …" if len(missing) > _SHOWN else ""
        raise ReviewsMissing(
            f"{len(missing)} of {lot.sample_size} reviews are missing: {named}{more}"
        )
    lot.nonconforming = sum(not review.conforming for review in counting.values())
    lot.decision = lot.plan.decide(lot.nonconforming)
    lot.decided_at = now
    await session.flush()
    return lot


async def find_lot(session: AsyncSession, lot_id: int) -> QualityLot:
    """A lot with its sample, tickets, reviews and reviewers.

    Raises:
        UnknownLot: there is none.
    """
    found = await session.scalar(_whole_lots().where(QualityLot.id == lot_id))
    if found is None:
        raise UnknownLot(f"there is no lot {lot_id}")
    return found


async def lots_of_period(
    session: AsyncSession, *, since: datetime, until: datetime
) -> list[QualityLot]:
    """The lots whose periods lie within this one, oldest first, as `find_lot` gives them."""
    query = _whole_lots().where(QualityLot.period_from >= since, QualityLot.period_to <= until)
    return list(await session.scalars(query.order_by(QualityLot.id)))


async def newest_lots(session: AsyncSession, *, limit: int) -> list[QualityLot]:
    """The lots drawn last, the newest first, as `find_lot` gives them."""
    return list(await session.scalars(_whole_lots().order_by(QualityLot.id.desc()).limit(limit)))


async def streams(session: AsyncSession) -> list[tuple[str, float, str | None]]:
    """Level, AQL and language of every stream of lots, each once."""
    rows = await session.execute(
        select(QualityLot.level, QualityLot.aql, QualityLot.language).distinct()
    )
    return sorted(
        ((level, aql, language) for level, aql, language in rows),
        key=lambda stream: (stream[0], stream[1], stream[2] or ""),
    )


async def history(
    session: AsyncSession, *, level: str, aql: float, language: str | None
) -> list[Result]:
    """The decided lots of a stream, oldest first, as the switching rules want them."""
    lots = await session.scalars(
        select(QualityLot)
        .where(
            QualityLot.level == level,
            QualityLot.aql == aql,
            QualityLot.language.is_(None) if language is None else QualityLot.language == language,
            QualityLot.decided_at.is_not(None),
        )
        .order_by(QualityLot.id)
    )
    return [
        Result(
            severity=cast("Severity", lot.severity),
            decision=cast("Decision", lot.decision),
            resumed=lot.resumed,
        )
        for lot in lots
    ]


async def addresses(session: AsyncSession, user_ids: Sequence[int]) -> dict[int, str]:
    """The e-mail addresses of users, by id."""
    users = await session.scalars(select(User).where(User.id.in_(user_ids)))
    return {user.id: user.email for user in users}


async def _population(
    session: AsyncSession, *, since: datetime, until: datetime, language: str | None
) -> list[int]:
    """The ids of the tickets resolved in a period, sorted.

    Those of evaluations are left out, and the desk's own, which collect reports: in neither has an
    analyst spoken to anybody.
    """
    query = select(Ticket.id).where(
        Ticket.is_test.is_(False),
        Ticket.channel != "desk",
        Ticket.state.in_(("resolved", "closed")),
        Ticket.disposed_at >= since,
        Ticket.disposed_at < until,
    )
    if language is not None:
        query = query.where(Ticket.language == language)
    return list(await session.scalars(query.order_by(Ticket.id)))


async def _check_overlap(session: AsyncSession, population: Sequence[int]) -> None:
    undecided = await session.scalars(select(QualityLot).where(QualityLot.decided_at.is_(None)))
    for lot in undecided:
        shared = len(set(population).intersection(lot.population))
        if shared:
            raise OverlappingLots(
                f"{shared} of the tickets belong to lot {lot.id}, which is to be decided first"
            )


async def _one_draw_at_a_time(session: AsyncSession) -> None:
    """On PostgreSQL two draws at once would not see each other's lot; SQLite has one writer."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("LOCK TABLE quality_lot IN SHARE ROW EXCLUSIVE MODE"))


async def _locked(session: AsyncSession, lot_id: int) -> QualityLot:
    """A lot with sample and reviews, for this transaction alone."""
    found: QualityLot | None = await session.scalar(
        select(QualityLot)
        .where(QualityLot.id == lot_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise UnknownLot(f"there is no lot {lot_id}")
    # Only behind the lock, since the reviews are what others may just have added.
    await session.refresh(found, ["sample", "reviews"])
    return found


def _whole_lots() -> Select[QualityLot]:
    return select(QualityLot).options(
        selectinload(QualityLot.sample).selectinload(QualitySample.ticket),
        selectinload(QualityLot.reviews).selectinload(QualityReview.reviewer),
    )


async def _user(session: AsyncSession, email: str) -> User:
    address = email.strip().lower()
    found = await session.scalar(select(User).where(User.email == address))
    if found is None:
        raise UnknownReviewer(f"{address} is not a user of the console")
    return found
