"""The published articles alone, for whoever looks them up by name and never searches."""

import time

from desk.knowledge.models import ArticleVersion
from desk.knowledge.service import newest_version, published_articles
from desk.store import Store

_LOOK_EVERY_S = 5.0


class Shelf:
    """Published articles by slug and language."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._version = -1
        self._until = 0.0
        self._articles: dict[tuple[str, str], ArticleVersion] = {}

    async def article(self, slug: str, language: str) -> ArticleVersion | None:
        """The published article in this language, else in English, else None."""
        await self._look()
        return self._articles.get((slug, language)) or self._articles.get((slug, "en"))

    async def _look(self) -> None:
        if time.monotonic() < self._until:
            return
        async with self._store.read() as session:
            version = await newest_version(session)
            if version != self._version:
                rows = await published_articles(session)
                self._articles = {(row.slug, row.language): row for row in rows}
                self._version = version
        self._until = time.monotonic() + _LOOK_EVERY_S
