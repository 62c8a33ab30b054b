"""Search: a text in, article slugs with scores out.

Callers know `Search` and `Hit` only; how a score is made may change behind them.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Protocol

import numpy as np
import snowballstemmer
import spacy
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion
from sklearn.svm import LinearSVC

from desk.knowledge.hits import Hit
from textkit.normalise import fold

_STEMMERS = {"en": "english", "es": "spanish"}
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_BODY_WEIGHT = 0.3
"""What a sentence of an answer counts beside an example question: visitors write like those."""
_SHARPNESS = 6.5
"""Turns margins into probabilities; on held-out example questions the mean of the best score is
then the share of them that is right."""


class Searchable(Protocol):
    """What the index reads of an article."""

    slug: str
    title: str
    language: str
    questions: list[str]
    body: str


class Search:
    """A classifier over articles, trained on their own words in both languages at once.

    Training takes a second or two for a few hundred articles, so that it can follow a publication.
    """

    def __init__(self, articles: Sequence[Searchable]) -> None:
        self._titles = {(article.language, article.slug): article.title for article in articles}
        self._slugs = sorted({article.slug for article in articles})
        if len(self._slugs) < 2:
            return
        rows = [(*row, article.slug) for article in articles for row in _rows(article)]
        self._features = FeatureUnion(
            [
                ("stems", TfidfVectorizer(analyzer=_Stems(), sublinear_tf=True)),
                (
                    "characters",
                    TfidfVectorizer(
                        preprocessor=lambda row: row[1],
                        analyzer="char_wb",
                        ngram_range=(2, 5),
                        sublinear_tf=True,
                    ),
                ),
            ]
        )
        self._classifier = LinearSVC(C=1.0, random_state=42)
        self._classifier.fit(
            self._features.fit_transform([row for row, _, _ in rows]),
            [slug for _, _, slug in rows],
            sample_weight=[weight for _, weight, _ in rows],
        )

    def search(self, text: str, language: str, *, limit: int = 5) -> list[Hit]:
        """The best articles in `language` (en or es) for a text, best first."""
        scores = self._scores(text, language)
        found = [
            Hit(
                slug=slug,
                title=self._titles[language, slug],
                language=language,
                score=round(float(score), 4),
            )
            for slug, score in zip(self._slugs, scores, strict=True)
            if (language, slug) in self._titles and score > 0
        ]
        return sorted(found, key=lambda hit: -hit.score)[:limit]

    def _scores(self, text: str, language: str) -> np.ndarray:
        if len(self._slugs) < 2:
            return np.zeros(len(self._slugs))
        vector = self._features.transform([(language, fold(text))])
        if not vector.nnz:
            return np.zeros(len(self._slugs))
        margins = np.atleast_2d(self._classifier.decision_function(vector))
        if len(self._slugs) == 2:
            # Of two classes scikit-learn gives the margin of the second only.
            margins = np.array([[-margins[0, 0], margins[0, 0]]])
        powers = np.exp(_SHARPNESS * (margins[0] - margins[0].max()))
        return np.asarray(powers / powers.sum())


def _rows(article: Searchable) -> Iterator[tuple[tuple[str, str], float]]:
    """What an article teaches: (language, folded text) and its weight."""
    for question in (article.title, *article.questions):
        yield (article.language, fold(question)), 1.0
    for sentence in _SENTENCE.split(article.body):
        if len(sentence) > 20:
            yield (article.language, fold(sentence)), _BODY_WEIGHT


class _Stems:
    """Stems of the words of a (language, folded text), and pairs of neighbours."""

    def __init__(self) -> None:
        self._nlp = {language: spacy.blank(language) for language in _STEMMERS}
        self._stem = {
            language: snowballstemmer.stemmer(name) for language, name in _STEMMERS.items()
        }

    def __call__(self, row: tuple[str, str]) -> list[str]:
        language, folded = row
        stem = self._stem[language].stemWord
        stems = [stem(t.text) for t in self._nlp[language](folded) if re.search(r"\w", t.text)]
        return stems + [f"{one} {two}" for one, two in pairwise(stems)]
