"""Tables of the outbox."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.store import Base

State = Literal["waiting", "delivered", "failed"]


class OutboxItem(Base):
    """Something to tell the world, once; it is taken from here until it has been delivered."""

    __tablename__ = "outbox_item"
    __table_args__ = (
        UniqueConstraint("subject", "edition"),
        Index(
            "ix_outbox_item_waiting",
            "not_before",
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(128))
    """What it tells of; with `edition` it is told once."""
    edition: Mapped[str] = mapped_column(String(40), default="")
    """Tells apart what may be told again of the same subject, such as a deadline that moved."""
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    payload: Mapped[dict[str, Any]]
    """Codes and numbers only, no words of people."""
    created_at: Mapped[datetime]
    not_before: Mapped[datetime]
    """When to try next; while a worker has it, when another may take it over."""
    attempts: Mapped[int] = mapped_column(default=0)
    """How often a worker has taken it."""
    settled_at: Mapped[datetime | None]
    """When it was delivered, or given up."""
    delivered: Mapped[bool] = mapped_column(default=False)
    error: Mapped[str | None] = mapped_column(String(255))
    """Why the last attempt failed."""

    @property
    def state(self) -> State:
        """Whether it waits to be delivered, was delivered, or was given up."""
        if self.settled_at is None:
            return "waiting"
        return "delivered" if self.delivered else "failed"
