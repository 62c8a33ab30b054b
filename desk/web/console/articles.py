"""Articles that may answer a requester, for an analyst to read and to pass on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from desk.knowledge.library import Library
from desk.knowledge.plain import plain

_SNIPPET = 220
"""Characters of an article that are shown beside its title."""
_SEARCHED = 2000
"""Characters of a text that are searched for; what follows says little more."""


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """An article as the ticket's page offers it."""

    title: str
    language: str
    snippet: str
    short: str
    """The article's own answer, as a requester can be sent it."""
    url: str | None
    """A source that a requester can open; None when it names none."""
    reviewed: date


def suggestions(library: Library, text: str, *, language: str) -> Sequence[Suggestion]:
    """The published articles that fit a text best, at most five, best first."""
    if not text.strip():
        return []
    found = library.search(text[:_SEARCHED], language)
    rows = [library.article(hit.slug, language) for hit in found.hits]
    return [
        Suggestion(
            title=row.title,
            language=row.language,
            snippet=_shortened(plain(row.body)),
            short=plain(row.body).strip(),
            url=_to_open([str(source["url"]) for source in row.sources]),
            reviewed=row.reviewed,
        )
        for row in rows
        if row is not None
    ]


def _to_open(addresses: Sequence[str]) -> str | None:
    """The first of the government's own pages, else the first of all."""
    official = [one for one in addresses if (urlsplit(one).hostname or "").endswith(".gov")]
    return next(iter([*official, *addresses]), None)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SNIPPET else f"{line[:_SNIPPET].rsplit(' ', 1)[0]}…"
