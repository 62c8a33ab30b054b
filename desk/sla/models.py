"""Tables of the service levels: a cache of what the clocks say, made from the tickets' logs."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.store import Base


class EpisodeRow(Base):
    """One episode of one ticket, as far as it does not depend on the moment of asking.

    An open episode that is not paused is `running` here; whether it is late follows from `due`.
    The ticket's strata stand beside it, so that a report reads one table.
    """

    __tablename__ = "sla_episode"
    __table_args__ = (
        # All that a profile reads, so that it need not look into the table.
        Index(
            "ix_sla_episode_report",
            "metric",
            "start",
            "language",
            "outcome",
            "reason",
            "counted_s",
            "due",
            "is_test",
        ),
        Index(
            "ix_sla_episode_announce",
            "announce_at",
            sqlite_where=text("announce_at IS NOT NULL"),
            postgresql_where=text("announce_at IS NOT NULL"),
        ),
        Index(
            "ix_sla_episode_open",
            "metric",
            "due",
            sqlite_where=text("stop IS NULL"),
            postgresql_where=text("stop IS NULL"),
        ),
    )

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    metric: Mapped[str] = mapped_column(String(16), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    """1 for the first episode of this metric on this ticket."""
    start: Mapped[datetime]
    stop: Mapped[datetime | None]
    due: Mapped[datetime | None]
    """Null while paused and open."""
    outcome: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(32))
    """What ended it, or the last thing that changed it."""
    target_s: Mapped[float]
    counted_s: Mapped[float | None]
    """Null while it is open and running."""
    wall_s: Mapped[float | None]
    """Null while it is open."""
    announce_at: Mapped[datetime | None]
    """When there is something to tell of it next; null when there is nothing more."""

    is_test: Mapped[bool]
    language: Mapped[str] = mapped_column(String(8))
    channel: Mapped[str] = mapped_column(String(16))
    category: Mapped[str] = mapped_column(String(32))
    priority: Mapped[str] = mapped_column(String(16))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    def outcome_at(self, now: datetime) -> str:
        """The outcome as it stands at `now`, which is not before the ticket's last event."""
        late = self.outcome == "running" and self.due is not None and self.due < now
        return "breached_open" if late else self.outcome
