"""What the desk answers from: the published articles and the search over them, kept in memory."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from desk.knowledge.hits import Found
from desk.knowledge.models import ArticleVersion
from desk.knowledge.ranking import Ranking
from desk.knowledge.rankings import learnt
from desk.knowledge.search import OTHER, Search
from desk.knowledge.service import newest_version, published_articles
from desk.store import Store
from textkit.embedding import Embedder

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 1.0


@dataclass(frozen=True)
class _Shelf:
    version: int
    articles: dict[tuple[str, str], ArticleVersion]
    search: Search


class Library:
    """Published articles by slug and language, and their search.

    Args:
        store: where the articles stand.
        embedder: what gives sentences a meaning.
        rankings: the folder for what has been learnt.
    """

    def __init__(self, store: Store, embedder: Embedder, rankings: Path) -> None:
        self._store = store
        self._embedder = embedder
        self._rankings = rankings
        self._ranking = Ranking.learn([], embedder)
        self._learnt_version = 0
        self._shelf = _Shelf(0, {}, Search([], self._ranking, embedder))

    async def load(self) -> None:
        """Read what is published now and learn it; readers keep the old shelf meanwhile."""
        # The first visitor should not wait for the model of the embedder to be read.
        await asyncio.to_thread(self._embedder.encode, ["."])
        await self._learn(*await self._read())

    async def follow(self) -> None:
        """Take over what is published from now on, until cancelled.

        An article is found as soon as it has been read. Learning it takes some seconds more, in
        a thread, and makes it compete on equal terms.
        """
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            try:
                await self._catch_up()
            except Exception:
                log.exception("the articles could not be taken over and will be tried again")

    def search(self, text: str, language: str, *, after: str | None = None) -> Found:
        """As `Search.search`, over what is published."""
        return self._shelf.search.search(text, language, after=after)

    def article(self, slug: str, language: str) -> ArticleVersion | None:
        """The published article in this language, else in the other one, else None."""
        articles = self._shelf.articles
        return articles.get((slug, language)) or articles.get((slug, OTHER[language]))

    def of_category(self, category: str) -> list[ArticleVersion]:
        """The published articles of a category, each once, in English."""
        return [
            article
            for (_, language), article in self._shelf.articles.items()
            if language == "en" and article.category == category
        ]

    async def _catch_up(self) -> None:
        async with self._store.read() as session:
            if await newest_version(session) == self._learnt_version:
                return
        version, rows = await self._read()
        if version != self._shelf.version:
            await self._put_up(version, rows)
        await self._learn(version, rows)

    async def _read(self) -> tuple[int, list[ArticleVersion]]:
        async with self._store.read() as session:
            return await newest_version(session), await published_articles(session)

    async def _learn(self, version: int, rows: Sequence[ArticleVersion]) -> None:
        self._ranking = await asyncio.to_thread(learnt, rows, self._embedder, self._rankings)
        await self._put_up(version, rows)
        self._learnt_version = version

    async def _put_up(self, version: int, rows: Sequence[ArticleVersion]) -> None:
        search = await asyncio.to_thread(Search, rows, self._ranking, self._embedder)
        articles = {(row.slug, row.language): row for row in rows}
        self._shelf = _Shelf(version, articles, search)
