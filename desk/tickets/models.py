"""Tables of the tickets room."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from desk.store import Base
from desk.tickets.numbers import number


class Ticket(Base):
    """What the requester told, and a cache of what the ticket's log says.

    Words of people stand here and in notes, where they can be erased; the log holds codes only.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        Index("ix_ticket_queue", "state", "next_due"),
        Index("ix_ticket_assignee", "assignee_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(String(64), unique=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)

    # What was told.
    article: Mapped[str | None] = mapped_column(String(64))
    """The article that was shown for it."""
    requester: Mapped[dict[str, Any]]
    """Name, email, phone, company, role, identifiers (masked), spoken and written language, as far
    as they were given."""
    details: Mapped[dict[str, Any]]
    """What else the hand-off asked and was told, by field name."""
    summary: Mapped[str]
    trail: Mapped[list[Any]]
    """How the assistant read the requester's messages."""
    resolution_notes: Mapped[str | None]
    next_action: Mapped[str | None]
    erased_at: Mapped[datetime | None]
    """When what people told was erased; the log stays."""

    # What the log says: the fields of `log.Snapshot`.
    version: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    opened_at: Mapped[datetime] = mapped_column(index=True)
    policy: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(8))
    channel: Mapped[str] = mapped_column(String(16))
    is_test: Mapped[bool]
    category: Mapped[str] = mapped_column(String(32))
    topic: Mapped[str | None] = mapped_column(String(32))
    impact: Mapped[str] = mapped_column(String(16))
    urgency: Mapped[str] = mapped_column(String(16))
    priority: Mapped[str] = mapped_column(String(16))
    group: Mapped[str] = mapped_column("group_code", String(32))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    hold_reason: Mapped[str | None] = mapped_column(String(32))
    resolution: Mapped[str | None] = mapped_column(String(32))
    disposed_at: Mapped[datetime | None] = mapped_column(index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    """The ticket that this one is a part of, as a report is of an outage."""
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    next_action_at: Mapped[datetime | None]
    tags: Mapped[list[Any]]
    links: Mapped[list[Any]]
    watchers: Mapped[list[Any]]

    next_due: Mapped[datetime | None]
    """The first deadline among the clocks that run; null when none does."""

    events: Mapped[list["TicketEvent"]] = relationship(
        order_by="TicketEvent.seq", lazy="raise", back_populates="ticket"
    )
    notes: Mapped[list["TicketNote"]] = relationship(order_by="TicketNote.id", lazy="raise")
    parent: Mapped["Ticket | None"] = relationship(
        remote_side="Ticket.id", foreign_keys=parent_id, lazy="raise", back_populates="children"
    )
    children: Mapped[list["Ticket"]] = relationship(
        order_by="Ticket.id", foreign_keys=parent_id, lazy="raise", back_populates="parent"
    )

    @property
    def merged_into(self) -> str | None:
        """The number of the ticket that this one was merged into."""
        return None if self.merged_into_id is None else number(self.merged_into_id)

    @property
    def number(self) -> str:
        """ASD-000123."""
        return number(self.id)


class TicketEvent(Base):
    """One line of a ticket's log; lines are only ever added, and hold no words of people."""

    __tablename__ = "ticket_event"
    __table_args__ = (UniqueConstraint("ticket_id", "seq"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """The idempotency key of the write that made it."""
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    seq: Mapped[int]
    at: Mapped[datetime]
    """When it happened, as claimed."""
    recorded_at: Mapped[datetime]
    """When the desk wrote it down."""
    kind: Mapped[str] = mapped_column(String(24))
    actor: Mapped[str] = mapped_column(String(16))
    """customer, bot, analyst or system."""
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Which analyst."""
    reason: Mapped[str | None] = mapped_column(String(32))
    """A code; explanations are notes."""
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)

    ticket: Mapped[Ticket] = relationship(back_populates="events", lazy="raise")


class TicketNote(Base):
    """An internal note: for analysts only, never shown to the requester."""

    __tablename__ = "ticket_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    text: Mapped[str]
