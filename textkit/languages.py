"""What is known of a word in twenty-one languages: how common it is, and what it looks like.

The data in `textkit/languages_data` is derived from wordfreq by `benchmarks/lexicon.py`, which
describes the files. It is loaded on first use.
"""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from textkit.normalise import fold

LETTERS: Final = {
    "en": "e", "es": "s", "pt": "p", "fr": "f", "it": "i", "de": "d", "nl": "n", "ca": "c",
    "vi": "v", "ht": "h", "tl": "t", "pl": "l", "ro": "r", "tr": "k", "sv": "w", "nb": "b",
    "da": "a", "id": "j", "hu": "u", "cs": "z", "fi": "y",
}  # fmt: skip
"""The languages, by ISO 639-1, with the letter that stands for each in the data."""
CODES: Final = tuple(LETTERS)
SHAPES: Final = ("en", "es", "pt", "fr", "it", "de", "nl", "ca", "rest")
"""The languages whose words are known by their shape; `rest` is any other."""
STEP: Final = 0.2
"""A step of frequency in the data, in decimal orders of magnitude."""
FURTHEST: Final = 1.8
"""A word that is rarer than this, against the language where it is commonest, counts as absent."""

_ABSENT = 2.0
_NATS = math.log(10)
_PLAIN = str.maketrans({"đ": "d", "ł": "l", "ø": "o", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe"})
_SHAPE_STEP = 0.2
_LONGEST = 40
_SMOOTHING = 0.5 / 10_000

Evidence = tuple[float, ...]
"""Log-likelihoods in the order of `CODES`; the greatest is 0."""


def key(word: str) -> str:
    """The form under which a word is listed: lower case, without accents."""
    return fold(word).translate(_PLAIN)


@lru_cache(maxsize=16_384)
def known(word: str) -> tuple[Evidence, float, float] | None:
    """How well a listed word fits each language, how common it is at best, and how peculiar.

    Commonness is a Zipf value, about 1 to 8. Peculiarity is the mean distance of the languages from
    the one where the word is commonest, 0 to 2: names and international words have little.
    """
    code = _words().get(word)
    if code is None:
        return None
    distances = dict.fromkeys(LETTERS.values(), _ABSENT)
    letter = ""
    for char in code[1:]:
        if char.isalpha():
            letter = char
            distances[letter] = 0.0
        else:
            distances[letter] = int(char) * STEP
    wide = [distances[letter] for letter in _WELL_KNOWN]
    evidence = tuple(-_NATS * distance for distance in distances.values())
    return evidence, (ord(code[0]) - 48) * STEP, round(math.fsum(wide) / len(wide), 6)


_WELL_KNOWN = "espfidnc"
"""The letters of the languages that the data tells of every word."""


@lru_cache(maxsize=16_384)
def shape(word: str) -> tuple[float, ...]:
    """Log-probabilities of the languages of `SHAPES` for a word in no list, by its n-grams."""
    table = _shapes()
    padded = f"_{word[:_LONGEST]}_"
    grams = dict.fromkeys(
        padded[start : start + size]
        for size in range(1, 6)
        for start in range(len(padded) - size + 1)
    )
    scores = list(table[""])
    for gram in grams:
        if gram in table:
            scores = [score + weight for score, weight in zip(scores, table[gram], strict=True)]
    shares = [-math.log1p(math.exp(-max(-30.0, min(30.0, score)))) for score in scores]
    total = math.log(math.fsum(math.exp(share) for share in shares))
    return tuple(share - total for share in shares)


@lru_cache(maxsize=16_384)
def profile_ratio(word: str) -> float:
    """Log-odds of English against Spanish by langdetect's profiles, for a word as it is written.

    langdetect draws n-grams at random; here each of them counts, once.
    """
    padded = f" {word[:_LONGEST]} "
    table = _profiles()
    return math.fsum(
        table.get(padded[start : start + size], 0.0)
        for size in (1, 2, 3)
        for start in range(len(padded) - size + 1)
    )


@cache
def _words() -> Mapping[str, str]:
    fields = _text("words.tsv.gz").replace("\n", "\t").split("\t")
    return dict(zip(fields[::2], fields[1::2], strict=True))


@cache
def _shapes() -> Mapping[str, tuple[float, ...]]:
    rows = (line.split("\t") for line in _text("shapes.tsv.gz").split("\n"))
    return {gram: tuple((ord(char) - 79) * _SHAPE_STEP for char in row) for gram, row in rows}


def _text(name: str) -> str:
    packed = (files("textkit") / "languages_data" / name).read_bytes()
    return gzip.decompress(packed).decode("utf-8")


@cache
def _profiles() -> Mapping[str, float]:
    english, spanish = (_frequencies(language) for language in ("en", "es"))
    return {
        gram: math.log(english.get(gram, 0.0) + _SMOOTHING)
        - math.log(spanish.get(gram, 0.0) + _SMOOTHING)
        for gram in english.keys() | spanish.keys()
    }


def _frequencies(language: str) -> dict[str, float]:
    profile = json.loads((files("langdetect") / "profiles" / language).read_text(encoding="utf-8"))
    return {
        gram: count / profile["n_words"][len(gram) - 1] for gram, count in profile["freq"].items()
    }
