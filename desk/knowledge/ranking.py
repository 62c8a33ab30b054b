"""Which article a text asks for: a classifier that has learnt from the articles' own words."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import numpy as np

from desk.knowledge.vectors import MEANING, Arrays, Floats, Row, Vectors
from textkit.embedding import Embedder

_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_BODY_WEIGHT = 0.3
"""What a sentence of an answer counts beside an example question: visitors write like those."""


class Searchable(Protocol):
    """What the search reads of an article; as properties, so that frozen ones fit as well."""

    @property
    def slug(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def language(self) -> str: ...  # noqa: D102
    @property
    def questions(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def body(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """One row to learn from."""

    slug: str
    row: Row
    weight: float

    @property
    def is_question(self) -> bool:
        """A title or an example question, in distinction from a sentence of the answer."""
        return self.weight == 1.0


def lessons(articles: Iterable[Searchable]) -> Iterator[Lesson]:
    """What the articles teach."""
    for article in articles:
        for question in (article.title, *article.questions):
            yield Lesson(slug=article.slug, row=(article.language, question), weight=1.0)
        for sentence in _SENTENCE.split(article.body):
            if len(sentence) > 20:
                row = (article.language, sentence)
                yield Lesson(slug=article.slug, row=row, weight=_BODY_WEIGHT)


class Ranking:
    """A linear classifier over slugs, one for both languages, learnt in some seconds.

    One machine for both languages is what lets a question in Spanish find an article that so far
    exists only in English.
    """

    def __init__(self, arrays: Arrays) -> None:
        self.slugs = tuple(str(slug) for slug in arrays["slugs"])
        self.owners = arrays["owners"]
        """For each example question, the place of its slug."""
        self.meanings = arrays["meanings"]
        """For each example question, its meaning."""
        self._arrays = arrays
        if self.slugs:
            self._vectors = Vectors.from_arrays(arrays)

    @classmethod
    def learn(cls, articles: Iterable[Searchable], embedder: Embedder) -> "Ranking":
        """Learn from the articles; fewer than two leave nothing to tell apart."""
        taught = list(lessons(articles))
        slugs = sorted({lesson.slug for lesson in taught})
        if len(slugs) < 2:
            nothing = np.zeros((0, 0), dtype=np.float32)
            return cls({"slugs": np.array([], dtype=str), "owners": nothing, "meanings": nothing})
        # Only learning needs it, and it takes a hundred megabytes.
        from sklearn.svm import LinearSVC  # noqa: PLC0415

        meanings = embedder.encode([lesson.row[1] for lesson in taught])
        vectors, rows = Vectors.fit([lesson.row for lesson in taught], meanings)
        machine = LinearSVC(C=1.0, tol=1e-2, random_state=42)
        machine.fit(
            rows,
            [lesson.slug for lesson in taught],
            sample_weight=[lesson.weight for lesson in taught],
        )
        weights, intercepts = machine.coef_, machine.intercept_
        if len(slugs) == 2:
            # Of two classes scikit-learn keeps the margin of the second only.
            weights = np.vstack([-weights, weights])
            intercepts = np.hstack([-intercepts, intercepts])
        words = weights.shape[1] - meanings.shape[1]
        asked = np.array([lesson.is_question for lesson in taught])
        place = {slug: number for number, slug in enumerate(slugs)}
        return cls(
            {
                "slugs": np.array(slugs, dtype=str),
                "owners": np.array([place[lesson.slug] for lesson in taught])[asked],
                "meanings": meanings[asked],
                # One row a term, so that a text picks its few rows out of many.
                "word_weights": np.ascontiguousarray(weights[:, :words].T, dtype=np.float32),
                "meaning_weights": (MEANING * weights[:, words:].T).astype(np.float32),
                "intercepts": intercepts.astype(np.float32),
                **vectors.arrays(),
            }
        )

    def margins(self, row: Row, meaning: Floats) -> Floats:
        """How far a text lies on the side of each slug; about 1 for a taught question."""
        if not self.slugs:
            return np.zeros(0, dtype=np.float32)
        places, weights = self._vectors.words(row)
        margins: Floats = (
            weights @ self._arrays["word_weights"][places]
            + meaning @ self._arrays["meaning_weights"]
            + self._arrays["intercepts"]
        )
        return margins

    def save(self, file: Path) -> None:
        """Write everything into one file, aside and renamed, so that no reader sees half of it."""
        aside = file.with_name(f".{uuid4().hex}")
        try:
            with aside.open("wb") as out:
                np.savez(out, allow_pickle=False, **self._arrays)
            aside.replace(file)
        finally:
            aside.unlink(missing_ok=True)

    @classmethod
    def load(cls, file: Path) -> "Ranking":
        """Read what `save` wrote."""
        with np.load(file, allow_pickle=False) as arrays:
            return cls(dict(arrays))
