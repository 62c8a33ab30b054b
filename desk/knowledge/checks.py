"""What `acedesk kb check` demands of the articles: parity, freshness, form and reading level."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from desk.knowledge.files import (
    LANGUAGES,
    ArticleFile,
    FrontMatter,
    UnreadableArticle,
    article_paths,
    read_article,
)
from desk.knowledge.readability import (
    ADDRESS,
    LABEL,
    LINK,
    MARKER,
    reading_level,
    without_markers,
)

MOST_WORDS = 120
"""Of a body: all of it is sent as the first answer, so that no marker cuts an article in two."""
HARDEST_GRADE = 9.0
"""The Flesch–Kincaid grade that an English body may reach; grade 9 is read at 14 or 15."""
LOWEST_INFLESZ = 55.0
"""The score that a Spanish body needs; the INFLESZ scale calls 55 to 65 normal, more easy."""
DAYS_FRESH = {"H": 90, "M": 180, "L": 365}
"""How long a review of the facts holds, by volatility."""

_NAMES = {"en": "English", "es": "Spanish"}
_NOT_SHOWN = re.compile(r"^ *(?:#+ |>|\||```|[*+] |\d+\) )")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something that has to be put right, and the file where it stands."""

    file: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class Checked:
    """The outcome of checking a folder."""

    articles: list[ArticleFile]
    problems: list[Problem]


def check_folder(folder: Path, *, today: date) -> Checked:
    """Read every article of a folder and hold it against all demands; one bad file hides none."""
    articles: list[ArticleFile] = []
    problems: list[Problem] = []
    for path, language in article_paths(folder):
        try:
            articles.append(read_article(path, language))
        except UnreadableArticle as error:
            problems.append(Problem(file=f"{language}/{path.name}", reason=error.reason))
    unreadable = {problem.file for problem in problems}
    if not articles and not unreadable:
        problems.append(Problem(file=str(folder), reason="no articles in en/ and es/"))
    for article in articles:
        problems += article_problems(article, today=today)
    problems += (found for found in parity_problems(articles) if found.file not in unreadable)
    return Checked(articles=articles, problems=problems)


def article_problems(article: ArticleFile, *, today: date) -> list[Problem]:
    """What is wrong with one article, whatever its twin says."""
    meta = article.meta
    reasons = [*_form(article.body), *_reading(article)]
    reasons += [*_handoff(meta), *_sources(meta), *_freshness(meta, today)]
    return [Problem(file=_file(article), reason=reason) for reason in reasons]


def parity_problems(articles: Iterable[ArticleFile]) -> list[Problem]:
    """What one language lacks or says otherwise than the other.

    All front matter that is not wording must be equal, and so must what two bodies that say the
    same share in any language: lists, links, figures, addresses, and labels of ACE's screens.
    """
    pairs: dict[str, dict[str, ArticleFile]] = {}
    for article in articles:
        pairs.setdefault(article.meta.slug, {})[article.language] = article
    problems = []
    for slug, pair in sorted(pairs.items()):
        missing = [language for language in LANGUAGES if language not in pair]
        problems += [
            Problem(file=f"{language}/{slug}.md", reason=f"no {_NAMES[language]} article")
            for language in missing
        ]
        if not missing:
            problems += _differences(pair["en"], pair["es"])
    return problems


def _file(article: ArticleFile) -> str:
    return f"{article.language}/{article.meta.slug}.md"


def _form(body: str) -> Iterator[str]:
    """Length, the Markdown that the chat can show, and steps that count 1, 2, 3."""
    words = sum(any(c.isalnum() for c in word) for word in without_markers(body).split())
    if words > MOST_WORDS:
        yield f"{words} words; an answer has at most {MOST_WORDS}"
    expected = 1
    for line in body.splitlines():
        if _NOT_SHOWN.match(line):
            yield f"the chat does not show this Markdown: {line.split()[0]}"
        if not (marker := MARKER.match(line)):
            # A list may have blank lines in it.
            expected = 1 if line.strip() else expected
        elif marker[1]:
            if int(marker[1]) != expected:
                yield f"step {marker[1]} stands where step {expected} should"
            expected = int(marker[1]) + 1


def _reading(article: ArticleFile) -> Iterator[str]:
    level = reading_level(article.body, article.language)
    if article.language == "en" and level > HARDEST_GRADE:
        yield f"Flesch–Kincaid grade {level:.1f}; the hardest allowed is {HARDEST_GRADE:.0f}"
    if article.language == "es" and level < LOWEST_INFLESZ:
        yield f"INFLESZ {level:.1f}; the lowest allowed is {LOWEST_INFLESZ:.0f}"


def _handoff(meta: FrontMatter) -> Iterator[str]:
    fields = meta.handoff_fields
    if len(set(fields)) < len(fields):
        yield "handoff_fields names a field twice"
    if not {"email", "phone"} & set(fields):
        yield "handoff_fields has neither email nor phone: nobody could be answered"


def _sources(meta: FrontMatter) -> Iterator[str]:
    for source in meta.sources:
        parts = urlsplit(source.url)
        if parts.scheme not in ("http", "https") or "." not in parts.netloc:
            yield f"source {source.tag} has no web address: {source.url}"


def _freshness(meta: FrontMatter, today: date) -> Iterator[str]:
    age, allowed = (today - meta.reviewed).days, DAYS_FRESH[meta.volatility]
    if age < 0:
        yield f"reviewed in the future, {meta.reviewed}"
    elif age > allowed:
        yield f"reviewed {age} days ago; volatility {meta.volatility} allows {allowed}"


def _differences(english: ArticleFile, spanish: ArticleFile) -> Iterator[Problem]:
    ours, theirs = _shared(english), _shared(spanish)
    for what, one in ours.items():
        other = theirs[what]
        if one == other:
            continue
        alone = {
            "English": [found for found in one if found not in other],
            "Spanish": [found for found in other if found not in one],
        }
        said = "; ".join(
            f"only in {name}: {', '.join(found)}" for name, found in alone.items() if found
        )
        yield Problem(
            file=_file(spanish), reason=f"{what} differs from {_file(english)} ({said or 'order'})"
        )


def _shared(article: ArticleFile) -> dict[str, list[str]]:
    """What must be the same in both languages, by name."""
    meta, body = article.meta, article.body
    markers = [marker for line in body.splitlines() if (marker := MARKER.match(line))]
    steps = [marker[1] for marker in markers if marker[1]]
    prose = without_markers(body)
    plain = ADDRESS.sub("", prose)
    return {
        "slug": [meta.slug],
        "category": [meta.category],
        "audience": meta.audience,
        "routing": list(meta.routing),
        "volatility": [meta.volatility],
        "status": [meta.status],
        "confirmation": [meta.confirmation],
        "reviewed": [meta.reviewed.isoformat()],
        "handoff_fields": list(meta.handoff_fields),
        "sources": [f"{source.tag} {source.url}" for source in meta.sources],
        "numbered steps": [f"{step}." for step in steps],
        "bulleted items": [f"item {n + 1}" for n in range(len(markers) - len(steps))],
        "links": sorted(link[2] for link in LINK.finditer(prose)),
        "addresses": sorted(set(ADDRESS.findall(prose))),
        "figures": sorted(set(_FIGURE.findall(plain))),
        "screen labels": sorted(set(LABEL.findall(prose))),
    }
