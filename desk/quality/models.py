"""Tables of the quality room: what was drawn, and what reviewers said of it.

All of it is only ever added to, except that a lot is decided, once.
"""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from desk.accounts.models import User
from desk.quality.plans import Plan, Severity
from desk.store import Base
from desk.tickets.models import Ticket

_COUNTS = text("NOT is_calibration")


class QualityLot(Base):
    """The tickets of a period that are judged together, the plan, and the decision."""

    __tablename__ = "quality_lot"

    id: Mapped[int] = mapped_column(primary_key=True)
    period_from: Mapped[datetime]
    period_to: Mapped[datetime]
    """The first moment after the period."""
    language: Mapped[str | None] = mapped_column(String(8))
    """Only tickets in this language, or null for all."""
    level: Mapped[str] = mapped_column(String(4))
    aql: Mapped[float]
    """Per cent nonconforming."""
    severity: Mapped[str] = mapped_column(String(16))
    letter: Mapped[str] = mapped_column(String(1))
    """The code letter of the lot's size."""
    plan_letter: Mapped[str] = mapped_column(String(1))
    """The letter whose plan is used; another one where an arrow of the table leads away."""
    sample_size: Mapped[int]
    accept: Mapped[int]
    reject: Mapped[int]
    resumed: Mapped[bool]
    """The first lot after inspection was discontinued and something was mended."""
    seed: Mapped[str] = mapped_column(String(64))
    population: Mapped[list[Any]]
    """The ids of all tickets of the lot, sorted: with the seed, they repeat the draw."""
    drawn_at: Mapped[datetime]
    drawn_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Null when the command line was told nobody."""
    decided_at: Mapped[datetime | None]
    decision: Mapped[str | None] = mapped_column(String(16))
    """accepted, between (accepted too, on reduced inspection) or rejected."""
    nonconforming: Mapped[int | None]
    """Bad tickets in the sample."""

    sample: Mapped[list["QualitySample"]] = relationship(
        order_by="QualitySample.position", lazy="raise"
    )
    reviews: Mapped[list["QualityReview"]] = relationship(order_by="QualityReview.id", lazy="raise")

    @property
    def plan(self) -> Plan:
        """The plan as it was when the lot was drawn."""
        return Plan(
            lot_size=len(self.population),
            level=self.level,
            aql=self.aql,
            severity=cast("Severity", self.severity),
            letter=self.letter,
            plan_letter=self.plan_letter,
            sample_size=self.sample_size,
            accept=self.accept,
            reject=self.reject,
        )

    def counting(self) -> dict[int, "QualityReview"]:
        """The review that counts, by ticket id; the reviews must be loaded."""
        return {review.ticket_id: review for review in self.reviews if not review.is_calibration}

    def judged(self) -> dict[int, dict[int, "QualityReview"]]:
        """Each reviewer's newest word, by ticket id and user id; the reviews must be loaded."""
        found: dict[int, dict[int, QualityReview]] = {}
        for review in self.reviews:
            found.setdefault(review.ticket_id, {})[review.reviewer_id] = review
        return found


class QualitySample(Base):
    """One drawn ticket."""

    __tablename__ = "quality_sample"
    __table_args__ = (UniqueConstraint("lot_id", "position"),)

    lot_id: Mapped[int] = mapped_column(ForeignKey("quality_lot.id"), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True, index=True)
    position: Mapped[int]
    """Place in the order of the draw, from 1."""

    ticket: Mapped[Ticket] = relationship(lazy="raise")


class QualityReview(Base):
    """What one reviewer said of one drawn ticket; a correction is another row."""

    __tablename__ = "quality_review"
    __table_args__ = (
        UniqueConstraint("lot_id", "ticket_id", "reviewer_id", "revision"),
        # One reviewer's word counts for a ticket, whoever is first.
        Index(
            "uq_quality_review_counts",
            "lot_id",
            "ticket_id",
            "revision",
            unique=True,
            sqlite_where=_COUNTS,
            postgresql_where=_COUNTS,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("quality_lot.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    revision: Mapped[int]
    """1 at first; the reviewer's newest counts."""
    scores: Mapped[dict[str, Any]]
    """Points by criterion; null where it does not apply."""
    score: Mapped[float]
    """0 to 1."""
    conforming: Mapped[bool]
    comment: Mapped[str]
    """Secrets in it are masked."""
    is_calibration: Mapped[bool]
    """Held against another reviewer's; never counts for the lot."""
    at: Mapped[datetime]

    reviewer: Mapped[User] = relationship(lazy="raise")
