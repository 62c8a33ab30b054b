"""Tables of the privacy room."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from desk.store import Base


class AuditEntry(Base):
    """Who did something that must be accounted for; entries are only ever added."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_object", "object", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(16))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    action: Mapped[str] = mapped_column(String(32))
    """opened, erased, address_erased or retained."""
    object: Mapped[str] = mapped_column(String(64))
    """What it was done to, such as `attachment/12`."""
    detail: Mapped[dict[str, Any]]
    """Codes and numbers only, no words of people."""
