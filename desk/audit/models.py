"""Tables of the audit room."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from desk.store import Base


class AuditEntry(Base):
    """Who did something that must be accounted for; entries are only ever added."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_object", "object", "at"),
        Index("ix_audit_entry_at", "at"),
        Index("ix_audit_entry_user_id", "user_id", "at"),
        Index("ix_audit_entry_action", "action", "at"),
        Index("ix_audit_entry_once", "once", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(16))
    """customer, bot, analyst, system, or unknown for whoever did not get in."""
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    action: Mapped[str] = mapped_column(String(32))
    """One of `desk.audit.service.ACTIONS`."""
    object: Mapped[str] = mapped_column(String(64))
    """What it was done to, such as `attachment/12`."""
    detail: Mapped[dict[str, Any]]
    """Codes and numbers only, no words of people."""
    once: Mapped[str | None] = mapped_column(String(160))
    """What is written down a single time however often it happens; see `account_reading`."""
