"""Macros as text files: `data/macros/<language>/<slug>.md`, the same names in both languages.

A file begins with `name:` and `category:` (the same in both languages, `any` for all of them), then
an empty line, then the text.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from desk.macros.service import Draft, UnusableMacro, check, take_over
from desk.messages import LANGUAGES
from desk.tickets.triage import UnknownSort

_ANY = "any"


class UnreadableMacro(ValueError):
    """A file that is no macro; the message names it and says what is wrong."""


@dataclass(frozen=True, kw_only=True)
class MacroFiles:
    """What the two files of a macro say."""

    slug: str
    draft: Draft
    digest: str


def read_macros(folder: Path) -> Iterator[MacroFiles]:
    """Every macro of a folder, by name.

    Raises:
        UnreadableMacro: a file lacks its other language, a field, or anything that `check` wants.
    """
    for slug in sorted({path.stem for path in folder.glob("*/*.md")}):
        found = {language: _read(folder / language / f"{slug}.md") for language in LANGUAGES}
        if len({part["category"] for part in found.values()}) > 1:
            raise UnreadableMacro(f"{slug}: the two languages name different categories")
        category = found["en"]["category"]
        draft = Draft(
            name_en=found["en"]["name"],
            name_es=found["es"]["name"],
            text_en=found["en"]["text"],
            text_es=found["es"]["text"],
            category=None if category == _ANY else category,
        ).cleaned
        try:
            check(draft)
        except (UnusableMacro, UnknownSort) as error:
            raise UnreadableMacro(f"{slug}: {error}") from error
        digest = hashlib.sha256(repr(sorted(vars(draft).items())).encode()).hexdigest()
        yield MacroFiles(slug=slug, draft=draft, digest=digest)


async def import_macros(session: AsyncSession, folder: Path, *, now: datetime) -> int:
    """Take over what is new; how many versions that were."""
    return sum(
        [
            await take_over(session, one.slug, one.draft, digest=one.digest, now=now)
            for one in read_macros(folder)
        ]
    )


def _read(path: Path) -> dict[str, str]:
    try:
        head, _, text = path.read_text(encoding="utf-8").partition("\n\n")
    except FileNotFoundError:
        raise UnreadableMacro(f"{path} is missing") from None
    except UnicodeDecodeError:
        raise UnreadableMacro(f"{path} is not written in UTF-8") from None
    fields = dict(line.partition(": ")[::2] for line in head.splitlines())
    if fields.keys() != {"name", "category"}:
        raise UnreadableMacro(f"{path} does not begin with its name and category")
    return {name: value.strip() for name, value in fields.items()} | {"text": text}
