"""What a search finds."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Hit:
    """An article that may answer; `score` is 0 to 1, the probability that it is the right one."""

    slug: str
    title: str
    language: str
    score: float
