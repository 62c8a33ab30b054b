"""Articles as Markdown files with YAML front matter: `data/kb/<language>/<slug>.md`."""

import hashlib
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, cast

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

LANGUAGES = ("en", "es")

type HandoffField = Literal[
    "name",
    "email",
    "phone",
    "company",
    "role",
    "user_id",
    "error_text",
    "started_at",
    "browser",
    "report_code",
    "entry_number",
    "importer_number",
    "filer_code",
    "scac",
    "port",
    "trip_number",
    "application_type",
    "submitted_on",
    "ticket_number",
]
"""What a ticket may ask for. Nothing here is a secret, and an article that names anything else is
refused. An importer number can be a Social Security number, and is masked when it looks like one.
"""

_PLAIN = re.compile(r"(?!.*(?:---|: | #|[:\s]$))[\w¿¡].*")
_PLAIN_IN_LIST = re.compile(r"[A-Za-z]\w*")
_RESOLVER: Any = yaml.SafeLoader("")
"""Knows which bare words YAML takes for something else than text: true, 12, 2026-11-22."""
_TEXT = "tag:yaml.org,2002:str"


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
    handoff_fields: list[HandoffField]
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

    @property
    def slug(self) -> str:
        """The name that both languages share."""
        return self.meta.slug

    @property
    def title(self) -> str:
        """What the visitor reads on top."""
        return self.meta.title

    @property
    def questions(self) -> list[str]:
        """Examples of what the article answers."""
        return self.meta.questions

    @property
    def digest(self) -> str:
        """SHA-256 of what the file says, however it is laid out."""
        return hashlib.sha256(render(self.meta, self.body).encode()).hexdigest()


class UnreadableArticle(ValueError):
    """A file that is no article; the message names the file and what is wrong with it."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


def read_article(path: Path, language: str) -> ArticleFile:
    """Parse one file.

    Raises:
        UnreadableArticle: the front matter is missing, is not YAML, or lacks a field.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableArticle(path, "it is not written in UTF-8") from error
    parts = text.split("---\n", 2)
    if len(parts) != 3 or parts[0].strip():
        raise UnreadableArticle(path, "no front matter between two lines of ---")
    try:
        raw = cast("dict[str, Any]", yaml.load(parts[1], Loader=yaml.CSafeLoader))
        meta = FrontMatter.model_validate(raw)
    except yaml.YAMLError as error:
        raise UnreadableArticle(path, " ".join(str(error).split())) from error
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise UnreadableArticle(path, "; ".join(wrong)) from error
    except ValueError as error:
        # PyYAML's, of what looks like a date and is none.
        raise UnreadableArticle(path, str(error)) from error
    if meta.slug != path.stem:
        raise UnreadableArticle(path, f"its slug is {meta.slug!r}")
    return ArticleFile(path=path, language=language, meta=meta, body=parts[2].strip())


def read_folder(folder: Path) -> Iterator[ArticleFile]:
    """Every article below `folder/en` and `folder/es`, in order of language and slug."""
    for path, language in article_paths(folder):
        yield read_article(path, language)


def article_paths(folder: Path) -> Iterator[tuple[Path, str]]:
    """Each Markdown file below `folder/en` and `folder/es`, with its language."""
    for language in LANGUAGES:
        for path in sorted((folder / language).glob("*.md")):
            yield path, language


def write_article(folder: Path, language: str, meta: FrontMatter, body: str) -> Path:
    """Write one article where `read_folder` finds it again; the path that it went to."""
    path = folder / language / f"{meta.slug}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render(meta, body), encoding="utf-8", newline="\n")
    return path


def render(meta: FrontMatter, body: str) -> str:
    """The file of an article, laid out as in `data/kb`; reading it gives the same article."""
    fields = meta.model_dump(mode="json", exclude={"questions", "sources"})
    lines = ["---"]
    for name, value in fields.items():
        if name == "routing" and len(value) == 1:
            lines.append(f"{name}: {value[0]}")
        elif isinstance(value, list):
            lines.append(f"{name}: [{', '.join(_quoted(one, _PLAIN_IN_LIST) for one in value)}]")
        else:
            # A date is a date only without quotes.
            lines.append(f"{name}: {value if name == 'reviewed' else _quoted(value)}")
    lines += ["questions:", *(f"  - {_quoted(question)}" for question in meta.questions)]
    lines.append("sources:")
    for source in meta.sources:
        lines.append(f"  - tag: {_quoted(source.tag)}")
        lines += [f"    title: {_quoted(source.title)}", f"    url: {_quoted(source.url)}"]
    return "\n".join([*lines, "---", body.strip(), ""])


def _quoted(text: str, plain: re.Pattern[str] = _PLAIN) -> str:
    """A YAML scalar that is read as this very text, without quotes where that is safe."""
    if plain.fullmatch(text) and text.isprintable() and _is_text(text):
        return text
    if text.isprintable() and text.startswith('"') and "'" not in text:
        return f"'{text}'"
    dumped: str = yaml.safe_dump(text, default_style='"', allow_unicode=True, width=math.inf)
    return dumped.rstrip("\n")


def _is_text(bare: str) -> bool:
    tag: str = _RESOLVER.resolve(yaml.ScalarNode, bare, (True, False))
    return tag == _TEXT
