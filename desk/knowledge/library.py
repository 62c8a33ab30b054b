"""What the desk answers from: the published articles and the search over them, kept in memory."""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sklearn
from sqlalchemy.exc import SQLAlchemyError

from desk.knowledge import ranking as module
from desk.knowledge.hits import Found
from desk.knowledge.models import ArticleVersion
from desk.knowledge.ranking import Ranking, Searchable
from desk.knowledge.search import Search
from desk.knowledge.service import newest_version, published_articles
from desk.settings import PROJECT
from desk.store import Store
from textkit.embedding import Embedder

log = logging.getLogger(__name__)

RANKINGS = PROJECT / "models" / "rankings"
"""Where learnt rankings are kept: learning takes seconds, and a checkout's desks share them."""
_LOOK_EVERY_S = 1.0
_KEPT = 4
"""Rankings that stay on disk, the newest."""


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
    """

    def __init__(self, store: Store, embedder: Embedder) -> None:
        self._store = store
        self._embedder = embedder
        self._ranking = Ranking.learn([], embedder)
        self._shelf = _Shelf(0, {}, Search([], self._ranking, embedder))

    async def load(self) -> None:
        """Read what is published now and learn it; readers keep the old shelf meanwhile."""
        version, rows = await self._read()
        self._ranking = await asyncio.to_thread(learnt, rows, self._embedder)
        self._put_up(version, rows)

    async def follow(self) -> None:
        """Take over what is published from now on, until cancelled.

        An article is found as soon as it has been read. Learning it takes some seconds more, in
        a thread, and makes it compete on equal terms.
        """
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            try:
                async with self._store.read() as session:
                    version = await newest_version(session)
                if version != self._shelf.version:
                    self._put_up(*await self._read())
                    await self.load()
            except (SQLAlchemyError, OSError):
                log.exception("the articles could not be read and will be tried again")

    def search(self, text: str, language: str, *, after: str | None = None) -> Found:
        """As `Search.search`, over what is published."""
        return self._shelf.search.search(text, language, after=after)

    def article(self, slug: str, language: str) -> ArticleVersion | None:
        """The published article in this language, else in the other one, else None."""
        articles = self._shelf.articles
        other = "es" if language == "en" else "en"
        return articles.get((slug, language)) or articles.get((slug, other))

    async def _read(self) -> tuple[int, list[ArticleVersion]]:
        async with self._store.read() as session:
            return await newest_version(session), await published_articles(session)

    def _put_up(self, version: int, rows: Sequence[ArticleVersion]) -> None:
        self._shelf = _Shelf(
            version,
            {(row.slug, row.language): row for row in rows},
            Search(rows, self._ranking, self._embedder),
        )


def learnt(articles: Sequence[Searchable], embedder: Embedder, folder: Path = RANKINGS) -> Ranking:
    """The ranking of these very articles: the one kept in `folder`, else learnt and kept there."""
    file = folder / f"{_digest(articles, embedder)}.npz"
    if file.exists():
        return Ranking.load(file)
    ranking = Ranking.learn(articles, embedder)
    folder.mkdir(parents=True, exist_ok=True)
    ranking.save(file)
    by_age = sorted(folder.glob("*.npz"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in by_age[_KEPT:]:
        old.unlink(missing_ok=True)
    return ranking


def _digest(articles: Sequence[Searchable], embedder: Embedder) -> str:
    """SHA-256 of all that a ranking is made of, the learning code included."""
    digest = hashlib.sha256(f"{embedder.name}\0{sklearn.__version__}\0".encode())
    for source in ("ranking.py", "vectors.py"):
        digest.update(Path(module.__file__).with_name(source).read_bytes())
    for one in sorted(articles, key=lambda article: (article.slug, article.language)):
        digest.update(
            "\0".join([one.slug, one.language, one.title, *one.questions, one.body, ""]).encode()
        )
    return digest.hexdigest()[:32]
