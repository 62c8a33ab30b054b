"""What the model learns from: the training files of both languages and the articles' questions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from textkit.normalise import fold

LANGUAGES = ("en", "es")


@dataclass(frozen=True)
class Phrase:
    """One way to say an intent, and the file and language that it comes from."""

    text: str
    intent: str
    language: str
    source: Path


def training_phrases(root: Path) -> tuple[Phrase, ...]:
    """The phrases of data/nlu_en and data/nlu_es under `root`, in file order."""
    return tuple(
        Phrase(line.strip()[2:], entry["intent"], language, source)
        for language in LANGUAGES
        for source in sorted((root / "data" / f"nlu_{language}").glob("*.yml"))
        for entry in _load(source.read_text(encoding="utf-8"))["nlu"]
        for line in entry["examples"].splitlines()
    )


def article_questions(root: Path) -> tuple[Phrase, ...]:
    """The `questions` of the seed articles under `root`, as ways to say ask_question.

    Articles on what only an analyst can do (routing class C) teach nothing here: people ask for
    these things and ask about them in nearly the same words.
    """
    return tuple(
        Phrase(question, "ask_question", language, source)
        for language in LANGUAGES
        for source in sorted((root / "data" / "kb" / language).glob("*.md"))
        if (front := _front_matter(source))["routing"] != "C"
        for question in front["questions"]
    )


def new_questions(questions: tuple[Phrase, ...], known: tuple[Phrase, ...]) -> Iterator[Phrase]:
    """Those of `questions` that no other phrase repeats; where one does, the training file wins."""
    seen = {fold(phrase.text) for phrase in known}
    for question in questions:
        folded = fold(question.text)
        if folded not in seen:
            seen.add(folded)
            yield question


def _front_matter(article: Path) -> dict[str, Any]:
    _, front, _ = article.read_text(encoding="utf-8").split("---\n", 2)
    fields: dict[str, Any] = _load(front)
    return fields


def _load(text: str) -> Any:
    return yaml.load(text, Loader=yaml.CSafeLoader)
