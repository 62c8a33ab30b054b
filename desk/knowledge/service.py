"""Importing articles into the store, and reading what is published."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.knowledge.files import ArticleFile
from desk.knowledge.models import ArticleVersion


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What an import did."""

    added: int
    unchanged: int


async def import_articles(session: AsyncSession, articles: Iterable[ArticleFile]) -> Imported:
    """Add each file whose content is new as the next version of its article.

    A file that was imported before is left alone, even when a newer version has come since: the
    seed never takes back what an author has changed.
    """
    newest = {(row.slug, row.language): row for row in await _newest(session)}
    imported_before = set(await session.scalars(select(ArticleVersion.digest)))
    added = unchanged = 0
    for article in articles:
        latest = newest.get((article.meta.slug, article.language))
        if article.digest in imported_before:
            unchanged += 1
            continue
        fields = article.meta.model_dump(exclude={"sources"})
        session.add(
            ArticleVersion(
                **fields,
                sources=[source.model_dump() for source in article.meta.sources],
                language=article.language,
                version=1 if latest is None else latest.version + 1,
                digest=article.digest,
                imported_at=datetime.now(UTC),
                body=article.body,
            )
        )
        added += 1
    await session.flush()
    return Imported(added=added, unchanged=unchanged)


async def published_articles(session: AsyncSession) -> list[ArticleVersion]:
    """The newest version of every article that is published."""
    return [row for row in await _newest(session) if row.status == "published"]


async def newest_version(session: AsyncSession) -> int:
    """A number that grows with every version added; 0 when there is none."""
    return await session.scalar(select(func.max(ArticleVersion.id))) or 0


async def _newest(session: AsyncSession) -> list[ArticleVersion]:
    latest = (
        select(
            ArticleVersion.slug,
            ArticleVersion.language,
            func.max(ArticleVersion.version).label("version"),
        )
        .group_by(ArticleVersion.slug, ArticleVersion.language)
        .subquery()
    )
    rows = await session.scalars(
        select(ArticleVersion)
        .join(
            latest,
            (ArticleVersion.slug == latest.c.slug)
            & (ArticleVersion.language == latest.c.language)
            & (ArticleVersion.version == latest.c.version),
        )
        .order_by(ArticleVersion.slug, ArticleVersion.language)
    )
    return list(rows)
