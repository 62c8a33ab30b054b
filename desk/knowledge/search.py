"""Search: a text in, article slugs with scores out.

Callers know `Search`, `Found` and `Hit` only; how a score is made may change behind them.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from desk.knowledge.hits import Found, Hit
from desk.knowledge.ranking import Lesson, Ranking, Searchable, lessons
from desk.knowledge.vectors import Floats
from textkit.embedding import Embedder
from textkit.normalise import fold

OTHER = {"en": "es", "es": "en"}
"""Where an article is looked for that a language lacks."""
_SHARPNESS = 6.5
"""Turns margins into probabilities; on held-out example questions the mean of the best score is
then the share of them that is right."""
_FRESH_SLOPE, _FRESH_START = 2.4, 1.4
"""The margin of an article that the ranking has not learnt yet, from the cosine to its nearest
sentence: 1 for the same sentence, -0.2 for one of the same field."""


class Search:
    """The published articles and a ranking of them.

    The ranking may be older than the articles: one published since then is found by its likeness
    to the text until the ranking has learnt it.
    """

    def __init__(
        self, articles: Sequence[Searchable], ranking: Ranking, embedder: Embedder
    ) -> None:
        self._ranking = ranking
        self._embedder = embedder
        self._titles = {(one.slug, one.language): one.title for one in articles}
        published = {one.slug for one in articles}
        self._learnt = np.array([slug in published for slug in ranking.slugs], dtype=bool)
        known = set(ranking.slugs)
        self._fresh = _Fresh([one for one in lessons(articles) if one.slug not in known], embedder)

    def search(
        self, text: str, language: str, *, after: str | None = None, limit: int = 5
    ) -> Found:
        """The best articles for a text in `language` (en or es), best first.

        An article that does not exist in that language yet is found in the other one. `after` is
        the question that the text goes on with: the two together count as much as the text alone.
        """
        if not self._titles or not any(char.isalnum() for char in fold(text)):
            return Found()
        [meaning] = self._embedder.encode([text])
        fresh = self._fresh.nearest(meaning)
        margins = self._margins((language, text), meaning, fresh)
        if after is not None:
            both = f"{after} {text}"
            [meant] = self._embedder.encode([both])
            together = self._margins((language, both), meant, self._fresh.nearest(meant))
            margins = {slug: (one + together[slug]) / 2 for slug, one in margins.items()}
        if not margins:
            return Found()
        best = max(margins.values())
        powers = {slug: np.exp(_SHARPNESS * (one - best)) for slug, one in margins.items()}
        total = sum(powers.values())
        first = sorted(margins, key=lambda slug: (-margins[slug], slug))[:limit]
        return Found(
            hits=[self._hit(slug, language, float(powers[slug] / total)) for slug in first],
            margin=round(float(best), 4),
            nearness=self._nearness(meaning, fresh),
        )

    def _margins(
        self, row: tuple[str, str], meaning: Floats, fresh: Mapping[str, float]
    ) -> dict[str, float]:
        values = self._ranking.margins(row, meaning)
        margins = {
            slug: float(value)
            for slug, value, published in zip(
                self._ranking.slugs, values, self._learnt, strict=True
            )
            if published
        }
        for slug, cosine in fresh.items():
            margins[slug] = _FRESH_SLOPE * cosine - _FRESH_START
        return margins

    def _nearness(self, meaning: Floats, fresh: Mapping[str, float]) -> float:
        learnt = [_nearest(self._ranking.meanings, meaning)] if self._learnt.any() else []
        return round(max([*learnt, *fresh.values()]), 4)

    def _hit(self, slug: str, language: str, score: float) -> Hit:
        there = language if (slug, language) in self._titles else OTHER[language]
        title = self._titles[slug, there]
        return Hit(slug=slug, title=title, language=there, score=round(score, 4))


class _Fresh:
    """Articles that the ranking has not learnt yet: the meanings of their sentences."""

    def __init__(self, taught: Sequence[Lesson], embedder: Embedder) -> None:
        ordered = sorted(taught, key=lambda lesson: lesson.slug)
        slugs = [lesson.slug for lesson in ordered]
        self._slugs = sorted(set(slugs))
        self._meanings = embedder.encode([lesson.row[1] for lesson in ordered]) if ordered else None
        self._begins = np.searchsorted(slugs, self._slugs)

    def nearest(self, meaning: Floats) -> dict[str, float]:
        """The cosine to each article's nearest sentence."""
        if self._meanings is None:
            return {}
        best = np.maximum.reduceat(self._meanings @ meaning, self._begins)
        return dict(zip(self._slugs, best.tolist(), strict=True))


def _nearest(meanings: Floats, meaning: Floats) -> float:
    return float((meanings @ meaning).max())
