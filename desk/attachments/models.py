"""Tables of the attachments room."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.store import Base


class Attachment(Base):
    """A file on a ticket, or in a conversation that has none yet.

    Its content lies encrypted in the spool, and not for long.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        Index(
            "ix_attachment_kept",
            "at",
            sqlite_where=text("purged_at IS NULL"),
            postgresql_where=text("purged_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    """Null while a visitor's file waits for a ticket of its conversation."""
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id"), index=True)
    """The conversation that a visitor sent it in; null for what analysts attach."""
    event_id: Mapped[str] = mapped_column(String(64), unique=True)
    """Id of the log's line `attached`, which names this row and so comes after it; it is chosen
    before there is a ticket."""
    name: Mapped[str] = mapped_column(String(120))
    """Without folders; secrets in it are masked. Empty once it is erased."""
    media_type: Mapped[str] = mapped_column(String(100))
    """As the content shows it, whatever the name says."""
    size: Mapped[int]
    """Bytes."""
    sha256: Mapped[str | None] = mapped_column(String(64))
    """Of the content; it goes with the content, since a short one could be guessed from it."""
    spool_key: Mapped[str | None] = mapped_column(String(32), unique=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(16))
    """customer, bot, analyst or system."""
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    purged_at: Mapped[datetime | None]
    """When the content was deleted."""
