"""The rubric that reviewers judge by (`rubric.toml`), in both languages."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Wording:
    """A criterion in one language."""

    name: str
    question: str
    points: Mapping[int, str]
    """What each number of points means."""
    may_be_na: str | None
    """When the criterion does not apply, or None when it always does."""


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One thing that is judged."""

    key: str
    weight: int
    critical: bool
    """Whether 0 points make the interaction nonconforming."""
    wording: Mapping[str, Wording]
    """By language, en and es."""

    @property
    def points(self) -> frozenset[int]:
        """The numbers of points that can be given."""
        return frozenset(self.wording["en"].points)

    @property
    def most(self) -> int:
        """The best of them."""
        return max(self.points)

    @property
    def may_be_na(self) -> bool:
        """Whether there are interactions to which it does not apply."""
        return self.wording["en"].may_be_na is not None


@dataclass(frozen=True, kw_only=True)
class Rubric:
    """All criteria by key, in their order, and the mark to reach."""

    pass_mark: int
    """Per cent of the weighted points that apply."""
    criteria: Mapping[str, Criterion]


@cache
def rubric() -> Rubric:
    """The rubric in force."""
    text = Path(__file__).with_name("rubric.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    return Rubric(
        pass_mark=table["pass_mark"],
        criteria={
            key: Criterion(
                key=key,
                weight=entry["weight"],
                critical=entry.get("critical", False),
                wording={
                    language: Wording(
                        name=words["name"],
                        question=words["question"],
                        points={int(points): text for points, text in words["points"].items()},
                        may_be_na=words.get("may_be_na"),
                    )
                    for language, words in entry.items()
                    if isinstance(words, dict)
                },
            )
            for key, entry in table["criteria"].items()
        },
    )
