"""What a search finds."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Hit:
    """An article that may answer; `score` is 0 to 1, the probability that it is the right one."""

    slug: str
    title: str
    language: str
    """The language in which the article exists: English when there is no Spanish yet."""
    score: float


@dataclass(frozen=True, kw_only=True)
class Found:
    """The best articles for a text, best first, and what tells whether any of them is meant."""

    hits: Sequence[Hit] = ()
    margin: float = -1.0
    """How far the text lies on the side of the best article; about 1 for an example question."""
    nearness: float = 0.0
    """Cosine of the text's meaning to that of the nearest example question, at most 1."""
