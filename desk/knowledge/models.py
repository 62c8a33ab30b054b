"""Tables of the knowledge room."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from desk.store import Base


class ArticleVersion(Base):
    """One article in one language as it stood at one version; versions are only ever added."""

    __tablename__ = "article_version"
    __table_args__ = (UniqueConstraint("slug", "language", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(2))
    version: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the file that it came from; an unchanged file makes no new version."""
    imported_at: Mapped[datetime]
    title: Mapped[str] = mapped_column(String(120))
    category: Mapped[str] = mapped_column(String(32))
    audience: Mapped[list[Any]]
    routing: Mapped[list[Any]]
    volatility: Mapped[str] = mapped_column(String(1))
    status: Mapped[str] = mapped_column(String(16))
    confirmation: Mapped[str] = mapped_column(String(16))
    reviewed: Mapped[date]
    handoff_fields: Mapped[list[Any]]
    questions: Mapped[list[Any]]
    sources: Mapped[list[Any]]
    body: Mapped[str] = mapped_column(Text)
