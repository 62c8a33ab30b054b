"""Tables of the outbox."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.store import Base

SubscriptionState = Literal["active", "failing", "disabled", "removed"]
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
    subscription_id: Mapped[int | None] = mapped_column(ForeignKey("subscription.id"))
    """The webhook that it is for; null for what goes to the operator's own receiver."""
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


class Subscription(Base):
    """A webhook: another system that wants to be told of some topics.

    Its secret is kept nowhere: it follows from the home's key, the id and the salt.
    """

    __tablename__ = "subscription"

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(String(500))
    topics: Mapped[list[Any]]
    salt: Mapped[str] = mapped_column(String(32))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    """Who made it."""
    created_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    """When it last took something."""
    failing_since: Mapped[datetime | None]
    """When it first failed after it last took something."""
    error: Mapped[str | None] = mapped_column(String(64))
    """Why it failed last."""
    disabled_at: Mapped[datetime | None]
    """When it had failed for too long; nothing new is kept for it until it is enabled."""
    removed_at: Mapped[datetime | None]

    @property
    def state(self) -> SubscriptionState:
        """Whether it is told of anything, and how that goes."""
        if self.removed_at is not None:
            return "removed"
        if self.disabled_at is not None:
            return "disabled"
        return "failing" if self.failing_since is not None else "active"
