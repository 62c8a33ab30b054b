"""Articles as there might be many of: the seed articles, and mixtures of their words and sentences.

The seed articles are the needles. A made-up article has as many sentences as one of them, ten
example questions, and a name of its own in its title and here and there below. Its sentences are
those of all seed articles in which most longer words have given way to words of others, so that
lengths and words are those of the real ones, and nearly every word of a question stands in
thousands of articles, but no needle's own phrase in another article.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from desk.knowledge.files import read_folder
from desk.knowledge.ranking import Searchable
from desk.settings import PROJECT

SWAPPED = 0.7
"""The share of longer words that give way to another article's."""
NAMED = 0.15
"""The share of sentences that name what the article is about."""
QUESTIONS = 10
VARIANTS = 20_000
"""Mixed sentences, and as many questions, of each language; articles draw from them."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_WORD = re.compile(r"\w{4,}")
_SYLLABLES = (
    *("ba", "ce", "di", "fo", "gu", "ka", "le", "mi", "no", "pu", "ra", "se"),
    *("ti", "vo", "zu", "tor", "lan", "mer", "dis", "pon"),
)


@dataclass(frozen=True, kw_only=True)
class Article:
    """What a search reads of an article."""

    slug: str
    language: str
    title: str
    questions: list[str]
    body: str


def corpus(count: int) -> list[Article]:
    """The needles in both languages, and made-up articles up to `count` in all; always the same."""
    seeds = needles()
    return [*seeds, *_made_up(seeds, max(0, count - len(seeds)))]


def needles() -> list[Article]:
    """The seed articles."""
    return [_plain(one) for one in read_folder(PROJECT / "data" / "kb")]


def _made_up(seeds: Sequence[Article], count: int) -> list[Article]:
    chance = random.Random(7)
    made = []
    by_language = {code: [one for one in seeds if one.language == code] for code in ("en", "es")}
    pools = {code: _Pool(some, chance) for code, some in by_language.items()}
    for number in range(count):
        language = ("en", "es")[number % 2]
        model, pool = chance.choice(by_language[language]), pools[language]
        about = "".join(chance.choices(_SYLLABLES, k=4))
        drawn = chance.choices(pool.sentences, k=len(_SENTENCE.split(model.body)))
        made.append(
            Article(
                slug=f"made_{number:06}",
                language=language,
                title=f"{chance.choice(pool.titles)} {about}",
                questions=[
                    _named(text, about, chance)
                    for text in chance.choices(pool.questions, k=QUESTIONS)
                ],
                body="\n".join(_named(text, about, chance) for text in drawn),
            )
        )
    return made


class _Pool:
    """Mixed titles, questions and sentences of one language."""

    def __init__(self, articles: Sequence[Article], chance: random.Random) -> None:
        titles = [one.title for one in articles]
        questions = [question for one in articles for question in one.questions]
        sentences = [part for one in articles for part in _SENTENCE.split(one.body) if part]
        words = _WORD.findall(" ".join([*questions, *sentences]))

        def mixed(some: Sequence[str]) -> list[str]:
            return [
                _WORD.sub(
                    lambda word: chance.choice(words) if chance.random() < SWAPPED else word[0],
                    text,
                )
                for text in chance.choices(some, k=VARIANTS)
            ]

        self.titles, self.questions, self.sentences = map(mixed, (titles, questions, sentences))


def _named(text: str, about: str, chance: random.Random) -> str:
    return f"{text} {about}" if chance.random() < NAMED else text


def _plain(one: Searchable) -> Article:
    return Article(
        slug=one.slug,
        language=one.language,
        title=one.title,
        questions=list(one.questions),
        body=one.body,
    )
