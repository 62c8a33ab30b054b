"""Tables of the tickets room."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from desk.store import Base


class Ticket(Base):
    """The cache of what a ticket's events say; rebuilt from them, never the truth itself."""

    __tablename__ = "ticket"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str | None] = mapped_column(String(16), unique=True)
    """ASD-000123, made from the id within the same transaction."""
    idempotency_key: Mapped[str] = mapped_column(String(64), unique=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    language: Mapped[str] = mapped_column(String(8))
    channel: Mapped[str] = mapped_column(String(16))
    category: Mapped[str] = mapped_column(String(32))
    priority: Mapped[str] = mapped_column(String(16))
    article: Mapped[str | None] = mapped_column(String(64))
    requester: Mapped[dict[str, Any]]
    """Name, email and company, as far as they were given."""
    details: Mapped[dict[str, Any]]
    """What else the hand-off asked and was told, by field name."""
    summary: Mapped[str]
    trail: Mapped[list[Any]]
    is_test: Mapped[bool]
    opened_at: Mapped[datetime] = mapped_column(index=True)
    processed_due: Mapped[datetime | None]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    """The ticket that this one is a part of, as a report is of an outage."""

    events: Mapped[list["TicketEvent"]] = relationship(
        order_by="TicketEvent.seq", lazy="raise", back_populates="ticket"
    )
    parent: Mapped["Ticket | None"] = relationship(
        remote_side="Ticket.id", lazy="raise", back_populates="children"
    )
    children: Mapped[list["Ticket"]] = relationship(
        order_by="Ticket.id", lazy="raise", back_populates="parent"
    )


class TicketEvent(Base):
    """One line of a ticket's log; lines are only ever added."""

    __tablename__ = "ticket_event"
    __table_args__ = (UniqueConstraint("ticket_id", "seq"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    seq: Mapped[int]
    at: Mapped[datetime]
    """When it happened, as claimed."""
    recorded_at: Mapped[datetime]
    """When the desk wrote it down."""
    kind: Mapped[str] = mapped_column(String(24))
    actor: Mapped[str] = mapped_column(String(16))
    """customer, bot, analyst or system."""
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)

    ticket: Mapped[Ticket] = relationship(back_populates="events", lazy="raise")
