"""What `acedesk kb check` demands of the articles: parity, freshness, form and reading level."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from desk.knowledge.files import (
    LANGUAGES,
    ArticleFile,
    FrontMatter,
    UnreadableArticle,
    article_paths,
    read_article,
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
_MARKER = re.compile(r"^ *(?:(\d+)\.|-) +")
_NOT_SHOWN = re.compile(r"^ *(?:#+ |>|\||```|[*+] |\d+\) )")
_LABEL = re.compile(r"\*\*([^*]+)\*\*")
_LINK = re.compile(r"\[([^\]]*)\]\(([^)]*)\)")
_ADDRESS = re.compile(
    r"[\w.+-]*@[\w.-]*\w|(?:https?://)?\b[\w-]+(?:\.[a-z][\w-]+)+(?:/[\w/.?=&%-]*\w)?"
)
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
    words = sum(any(c.isalnum() for c in word) for word in _without_markers(body).split())
    if words > MOST_WORDS:
        yield f"{words} words; an answer has at most {MOST_WORDS}"
    expected = 1
    for line in body.splitlines():
        if _NOT_SHOWN.match(line):
            yield f"the chat does not show this Markdown: {line.split()[0]}"
        if not (marker := _MARKER.match(line)):
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
    markers = [marker for line in body.splitlines() if (marker := _MARKER.match(line))]
    steps = [marker[1] for marker in markers if marker[1]]
    prose = _without_markers(body)
    plain = _ADDRESS.sub("", prose)
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
        "links": sorted(link[2] for link in _LINK.finditer(prose)),
        "addresses": sorted(set(_ADDRESS.findall(prose))),
        "figures": sorted(set(_FIGURE.findall(plain))),
        "screen labels": sorted(set(_LABEL.findall(prose))),
    }


def _without_markers(body: str) -> str:
    return "\n".join(_MARKER.sub("", line, count=1) for line in body.splitlines())


def reading_level(body: str, language: str) -> float:
    """How hard a body is to read: the formula of its language over its prose.

    English: the Flesch–Kincaid grade, the years at a U.S. school that a reader needs; from
    Kincaid, Fishburne, Rogers and Chissom, *Derivation of New Readability Formulas*, Naval
    Technical Training Command, Research Branch Report 8-75, 1975:
    0.39 words/sentences + 11.8 syllables/words - 15.59. Lower is easier.

    Spanish: Szigriszt Pazos' *índice de perspicuidad* (thesis, Universidad Complutense de Madrid,
    1993), read on the INFLESZ scale of Barrio-Cantalejo and others (Anales del Sistema Sanitario
    de Navarra 31(2), 2008): 206.835 - 62.3 syllables/words - words/sentences. Higher is easier,
    55 and more is what the scale calls normal.
    """
    sentences = list(_sentences(body))
    words = [word for sentence in sentences for word in sentence]
    if not words:
        return 0.0 if language == "en" else 100.0
    count = syllables_es if language == "es" else syllables_en
    to_a_sentence = len(words) / len(sentences)
    to_a_word = sum(map(count, words)) / len(words)
    if language == "es":
        return 206.835 - 62.3 * to_a_word - to_a_sentence
    return 0.39 * to_a_sentence + 11.8 * to_a_word - 15.59


def reading_summary(articles: Iterable[ArticleFile]) -> dict[str, dict[str, float]]:
    """The median and the hardest reading level of each language."""
    levels: dict[str, list[float]] = {}
    for article in articles:
        level = reading_level(article.body, article.language)
        levels.setdefault(article.language, []).append(level)
    hardest = {"en": max, "es": min}
    return {
        language: {
            "median": round(median(found), 1),
            "hardest": round(hardest[language](found), 1),
        }
        for language, found in levels.items()
    }


_GONE = "\ufffc"
"""Stands where something was that is not prose, so that the sentences around it keep their ends."""
_QUOTE = re.compile(r'"[^"]*"|“[^”]*”|«[^»]*»')
_ABBREVIATION = re.compile(r"\b(?:EE\. ?UU|U\.S|[ap]\. ?m|ext)\.")
_SENTENCE_END = re.compile(rf"(?<=[.!?])[)\"']*\s+(?=[(¿¡{_GONE}A-ZÁÉÍÓÚÑ0-9])")


def _sentences(body: str) -> Iterator[list[str]]:
    """The prose of a body, as the words of each sentence.

    Each item of a list and each line is a sentence of its own. What a reader recognises and does
    not read is left out: Markdown, web and e-mail addresses, labels of the screen (bold) and
    quoted messages, and every word with a digit or more than one capital, which is a code, a
    number or an abbreviation: ES-003, 1-866-530-4172, CBP. Sentences end at a full stop, a question
    mark or an exclamation mark only; a colon or semicolon ends none.
    """
    for line in _without_markers(body).splitlines():
        prose = _LINK.sub(r"\1", line)
        for gone in (_LABEL, _QUOTE, _ABBREVIATION, _ADDRESS):
            prose = gone.sub(_GONE, prose)
        for sentence in _SENTENCE_END.split(prose):
            if words := list(_words(sentence)):
                yield words


def _words(sentence: str) -> Iterator[str]:
    for token in re.split(r"[\s/()]+", sentence):
        word = token.strip(f".,;:!?¿¡'’–-{_GONE}")
        is_code = any(c.isdigit() for c in word) or sum(c.isupper() for c in word) > 1
        if any(c.isalpha() for c in word) and not is_code:
            yield word.lower()


_EN_GROUP = re.compile("[aeiouy]+")
_EN_SILENT = re.compile(
    r"""
    (?<=[^aeiouy])e$ (?<![^aeiouylr]le)                     # make, but not table
  | (?<=[^aeioucgsxyz])es$ (?<![^aeiouylr]les) (?<![cs]hes) # makes, but not tables, boxes, matches
  | (?<=[^aeioutdy])ed$                                     # used, but not listed
  | (?<=[aeiouy][^aeiouy]) e (?=(?:body|ful|house|less|ly|ment|ness|one|thing|where)s?$)
  | (?<=[aeiouy][^aeiouy]{2}) e (?=(?:ful|less|ly|ment|ness)s?$)
    """,
    re.VERBOSE,
)
_EN_SPLIT = re.compile(
    r"""
    (?<![cgst]) i (?= a | u | o(?!us) | e(?:rs?$|n(?!d)) )  # via, medium, prior, easier, client
  | (?<=[dlnrv]) i (?=ous) | u (?=ous)                      # serious, continuous
  | (?<![gq]) u (?=a) | e (?=o(?!u)) | (?<=cr) e (?=at)     # manual, video, create
  | (?<!q) [aeiouy] (?=ing$)                                # trying
    """,
    re.VERBOSE,
)
_EN_IRREGULAR = {"area": 3, "business": 2, "element": 3, "evening": 2, "everything": 3, "people": 2}


def syllables_en(word: str) -> int:
    """Syllables of an English word, by its spelling; the parts of a compound are added up.

    Groups of vowels, less those that are silent, plus those that are two syllables. Measured
    against the CMU Pronouncing Dictionary, the count was right for 99.9 % of the running words of
    the articles and 99.2 % of those of this project's other texts. The libraries that ship that
    dictionary are under the GPL, and textstat now downloads it through NLTK at first use.
    """
    return sum(_part_en(part) for part in word.lower().split("-") if part)


def _part_en(part: str) -> int:
    bare = re.sub(r"['’](?:s|$)", "", part)
    irregular = _EN_IRREGULAR.get(bare) or _EN_IRREGULAR.get(bare.removesuffix("s"))
    if irregular:
        return irregular
    groups = len(_EN_GROUP.findall(bare))
    return max(1, groups - len(_EN_SILENT.findall(bare)) + len(_EN_SPLIT.findall(bare)))


_ES_SILENT = re.compile("h|(?<=q)u|(?<=g)u(?=[eéií])")
_ES_NUCLEUS = re.compile(
    "[aeoáéó]|(?<=[aeoáéó])[íú]|[íú](?=[aeoáéó])|(?<![aeoáéó])[iuíúüy]+(?![aeoáéó])"
)


def syllables_es(word: str) -> int:
    """Syllables of a Spanish word, by the rules of the *Ortografía* of the RAE (2010).

    A strong vowel (a, e, o) makes a syllable, and so does a stressed weak one beside it (día). The
    other weak vowels (i, u) join a strong neighbour; among themselves they make one (ciudad). H is
    transparent, u is silent in que, qui, gue, gui, and y is a vowel unless a vowel follows.
    """
    spoken = _ES_SILENT.sub("", word.lower())
    spoken = re.sub("y(?=[aeiouáéíóúü])", "-", spoken)
    return max(1, len(_ES_NUCLEUS.findall(spoken)))
