"""Articles as Markdown files with YAML front matter: `data/kb/<language>/<slug>.md`."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, cast

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

LANGUAGES = ("en", "es")


class Source(BaseModel):
    """Where an article's facts stand."""

    model_config = ConfigDict(extra="forbid")

    tag: str
    title: str
    url: str


class FrontMatter(BaseModel):
    """What an article says of itself."""

    model_config = ConfigDict(extra="forbid")

    slug: str = Field(pattern=r"^[a-z0-9_]+$")
    title: str = Field(max_length=60)
    category: Literal[
        "enrollment", "account", "sign_in", "reports", "payments", "cargo", "support", "security"
    ]
    audience: list[str] = Field(min_length=1)
    routing: list[Literal["A", "B", "C", "D", "E"]]
    volatility: Literal["L", "M", "H"]
    status: Literal["draft", "published", "retired"]
    confirmation: Literal["confirmed", "provisional"]
    reviewed: date
    handoff_fields: list[str]
    questions: list[str] = Field(min_length=5)
    sources: list[Source] = Field(min_length=1)

    @field_validator("routing", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value


@dataclass(frozen=True, kw_only=True)
class ArticleFile:
    """One parsed file."""

    path: Path
    language: str
    meta: FrontMatter
    body: str
    digest: str


class UnreadableArticle(ValueError):
    """A file that is no article; the message names the file and what is wrong with it."""


def read_article(path: Path, language: str) -> ArticleFile:
    """Parse one file.

    Raises:
        UnreadableArticle: the front matter is missing, is not YAML, or lacks a field.
    """
    text = path.read_text(encoding="utf-8")
    parts = text.split("---\n", 2)
    if len(parts) != 3 or parts[0].strip():
        raise UnreadableArticle(f"{path}: no front matter between two lines of ---")
    try:
        raw = cast("dict[str, Any]", yaml.safe_load(parts[1]))
        meta = FrontMatter.model_validate(raw)
    except (yaml.YAMLError, ValidationError) as error:
        raise UnreadableArticle(f"{path}: {error}") from error
    if meta.slug != path.stem:
        raise UnreadableArticle(f"{path}: its slug is {meta.slug!r}")
    return ArticleFile(
        path=path,
        language=language,
        meta=meta,
        body=parts[2].strip(),
        digest=hashlib.sha256(text.encode()).hexdigest(),
    )


def read_folder(folder: Path) -> Iterator[ArticleFile]:
    """Every article below `folder/en` and `folder/es`, in order of language and slug."""
    for language in LANGUAGES:
        for path in sorted((folder / language).glob("*.md")):
            yield read_article(path, language)


def parity_problems(articles: list[ArticleFile]) -> list[str]:
    """What one language lacks or says otherwise than the other, as sentences."""
    by_language = {
        language: {
            article.meta.slug: article for article in articles if article.language == language
        }
        for language in LANGUAGES
    }
    english, spanish = by_language["en"], by_language["es"]
    problems = [f"{slug}: no Spanish article" for slug in sorted(english.keys() - spanish)]
    problems += [f"{slug}: no English article" for slug in sorted(spanish.keys() - english)]
    shared = set(FrontMatter.model_fields) - {"title", "questions", "sources"}
    for slug in sorted(english.keys() & spanish):
        one, other = english[slug].meta, spanish[slug].meta
        problems += [
            f"{slug}: {name} differs between the languages"
            for name in sorted(shared)
            if getattr(one, name) != getattr(other, name)
        ]
        if [(s.tag, s.url) for s in one.sources] != [(s.tag, s.url) for s in other.sources]:
            problems.append(f"{slug}: sources differ between the languages")
    return problems
