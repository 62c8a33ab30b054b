"""Tables of the macros room."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from desk.store import Base


class MacroVersion(Base):
    """One macro as it stood at one version; versions are only ever added, and the newest counts."""

    __tablename__ = "macro_version"
    __table_args__ = (UniqueConstraint("slug", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(64))
    version: Mapped[int]
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Who wrote it; null for one that came from a file."""
    digest: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of the files that it came from; files that were taken over once never are again."""
    name_en: Mapped[str] = mapped_column(String(80))
    name_es: Mapped[str] = mapped_column(String(80))
    category: Mapped[str | None] = mapped_column(String(32))
    """Only for tickets of this category; null for all."""
    text_en: Mapped[str] = mapped_column(Text)
    text_es: Mapped[str] = mapped_column(Text)
    active: Mapped[bool]
    """Offered to analysts."""

    def name(self, language: str) -> str:
        """What analysts choose it by."""
        return self.name_es if language == "es" else self.name_en

    def text(self, language: str) -> str:
        """What requesters read, with its variables."""
        return self.text_es if language == "es" else self.text_en
