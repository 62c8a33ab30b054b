"""What the desk answers from: the published articles and the index over them, kept in memory."""

from dataclasses import dataclass

from desk.knowledge.hits import Hit
from desk.knowledge.models import ArticleVersion
from desk.knowledge.search import Search
from desk.knowledge.service import published_articles
from desk.store import Store


@dataclass(frozen=True)
class _Shelf:
    articles: dict[tuple[str, str], ArticleVersion]
    search: Search


class Library:
    """Published articles by slug and language, and their search."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._shelf = _Shelf({}, Search([]))

    async def load(self) -> None:
        """Read what is published now; readers keep the old shelf until the new one stands."""
        async with self._store.read() as session:
            rows = await published_articles(session)
        self._shelf = _Shelf({(row.slug, row.language): row for row in rows}, Search(rows))

    def search(self, text: str, language: str, *, limit: int = 5) -> list[Hit]:
        """As `Search.search`, over what is published."""
        return self._shelf.search.search(text, language, limit=limit)

    def article(self, slug: str, language: str) -> ArticleVersion | None:
        """The published article in this language, or None."""
        return self._shelf.articles.get((slug, language))
