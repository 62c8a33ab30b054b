"""Tables of the outages room."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from desk.store import Base
from desk.tickets.models import Ticket

_RUNNING = text("ended_at IS NULL")


class Outage(Base):
    """What may be one outage: its reports are the children of one ticket."""

    __tablename__ = "outage"
    __table_args__ = (
        # At most one runs at a time, whoever reports first; those of evaluations are kept apart.
        Index(
            "uq_outage_running",
            "is_test",
            unique=True,
            sqlite_where=_RUNNING,
            postgresql_where=_RUNNING,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    """When the desk first heard of it: the first report, or the first status."""
    ended_at: Mapped[datetime | None]
    """When an analyst ended it, or when another began after it had gone quiet."""
    is_test: Mapped[bool]
    parent_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), unique=True)

    parent: Mapped[Ticket] = relationship(lazy="raise")
    statuses: Mapped[list["OutageStatus"]] = relationship(
        order_by="OutageStatus.id", lazy="raise", back_populates="outage"
    )

    def status_in_force(self, now: datetime) -> "OutageStatus | None":
        """What visitors are told at this moment, or None; the statuses must be loaded."""
        newest = self.statuses[-1] if self.statuses else None
        holds = self.ended_at is None and newest is not None and newest.until > now
        return newest if holds else None


class OutageStatus(Base):
    """One posted status; rows are only ever added, and the newest of an outage counts."""

    __tablename__ = "outage_status"

    id: Mapped[int] = mapped_column(primary_key=True)
    outage_id: Mapped[int] = mapped_column(ForeignKey("outage.id"), index=True)
    text_en: Mapped[str]
    text_es: Mapped[str]
    scope: Mapped[str | None] = mapped_column(String(32))
    """Short code of what is affected, for the desk's own use."""
    posted_at: Mapped[datetime]
    until: Mapped[datetime]
    """From this moment on the status is no longer in force."""
    posted_by: Mapped[str | None] = mapped_column(String(255))
    """E-mail address of a user; null when the command line was told none."""

    outage: Mapped[Outage] = relationship(back_populates="statuses", lazy="raise")

    def text(self, language: str) -> str:
        """The status in a language, en or es."""
        return self.text_es if language == "es" else self.text_en
