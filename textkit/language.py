"""Which language a message is written in: English, Spanish, both, or another one.

Three kinds of evidence are added up as log-odds: words that only one language uses
(`textkit/words`), letters that only one language writes, and, for words in no list, langdetect's
n-gram profiles of English and Spanish, scored exactly rather than by its random trials.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

from textkit.lexicon import words
from textkit.normalise import fold

Reply = Literal["en", "es"]
Language = Literal["en", "es", "mixed", "other"]

_OTHERS = ("pt", "fr", "it", "de", "vi", "ht", "rest")
_LETTERS = {
    **dict.fromkeys("ñ¿¡", "es"),
    **dict.fromkeys("ãõ", "pt"),
    **dict.fromkeys("àèùœ", "fr"),
    **dict.fromkeys("äß", "de"),
    **dict.fromkeys("đơưăạảấầậẩẫắằặẻẽẹếềểễệỉĩịọỏốồổỗộớờởỡợụủũứừửữựỳỷỹỵ", "vi"),
    **dict.fromkeys("ò", "ht"),
    **dict.fromkeys("łęąśćżźńğşıčřšžőțșåø", "rest"),
}
_CODE = re.compile(r"[\d_@]|://|^www\.|^\[[a-z-]+\]\W?$")
_FILE_OR_SITE = re.compile(r"\.(?:gov|com|org|net|pdf|csv|xlsx?|docx?|txt|xml|zip|png|jpe?g)\b")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Detection:
    """The language of a message, how sure that is (0 to 1), and the language to answer in.

    `language` is "other" with confidence 0.0 when the text holds no linguistic evidence.
    """

    language: Language
    confidence: float
    reply: Reply


def detect(text: str, *, prior: Reply | None = None) -> Detection:
    """Detect the language of `text`; `prior` is the language of the conversation so far.

    The reply is in the matrix language, the one with more evidence. Deterministic, never raises.
    """
    fallback: Reply = prior or "en"
    cleaned = _without_codes(text)
    script = _foreign_script(cleaned)
    if script:
        return Detection("other", script, fallback)
    telling = _WORD.findall(_phrases().sub(" ", cleaned))
    tokens = [word for word in telling if fold(word) not in words("neutral")]
    return _decide(cleaned, tokens, prior) if tokens else _weigh_borrowed(cleaned, prior)


def _without_codes(text: str) -> str:
    """Lower-case, without codes, numbers, addresses and file names."""
    chunks = unicodedata.normalize("NFKC", text).lower().split()
    kept = (chunk for chunk in chunks if not (_CODE.search(chunk) or _FILE_OR_SITE.search(chunk)))
    return " ".join(kept)


@cache
def _phrases() -> re.Pattern[str]:
    listed = sorted(words("phrases"), key=len, reverse=True)
    choices = "|".join(re.escape(phrase).replace("_", r"\s") for phrase in listed)
    return re.compile(rf"\b(?:{choices})\b")


# --- Evidence -------------------------------------------------------------------------------

_PRIOR = 1.2
_SMOOTHING = 0.5 / 10_000
_NGRAM_SHARE, _NGRAM_LIMIT = 0.35, 1.5
_LONGEST_WORD = 40
_LETTER_WEIGHT = 1.5
_BORROWED_CONFIDENCE = 0.55
_FOREIGN_LEAD, _FOREIGN_WEIGHT = 1.0, 2.0
_MIXED_WEIGHT, _MIXED_SHARE = 2.0, 0.12


def _decide(cleaned: str, tokens: list[str], prior: Reply | None) -> Detection:
    totals: dict[str, float] = defaultdict(float)
    for token in tokens:
        for language, weight in _evidence(token).items():
            totals[language] += weight
    for letter in set(cleaned) & _LETTERS.keys():
        totals[_LETTERS[letter]] += _LETTER_WEIGHT
    english, spanish = totals["en"], totals["es"]
    lean = _PRIOR if prior == "en" else -_PRIOR if prior == "es" else 0.0
    margin = english - spanish + lean
    reply: Reply = "en" if margin >= 0 else "es"
    foreign = max(totals[language] for language in _OTHERS)
    lead = foreign - max(english, spanish)
    if lead > _FOREIGN_LEAD and foreign >= _FOREIGN_WEIGHT:
        return Detection("other", _sure(lead), prior or reply)
    if english == spanish == 0:
        return Detection("other", 0.0, prior or "en")
    if _is_mixed(tokens):
        return Detection("mixed", _sure(min(english, spanish) - 1.0), reply)
    return Detection(reply, _sure(abs(margin)), reply)


def _weigh_borrowed(cleaned: str, prior: Reply | None) -> Detection:
    """A message of nothing but words of the trade: their spelling tells a little."""
    folded = [fold(word) for word in _WORD.findall(cleaned)]
    english = sum(word in words("weak_en") for word in folded)
    spanish = sum(word in words("weak_es") for word in folded)
    if english == spanish:
        return Detection("other", 0.0, prior or "en")
    language: Reply = prior or ("en" if english > spanish else "es")
    return Detection(language, _BORROWED_CONFIDENCE, language)


def _is_mixed(tokens: list[str]) -> bool:
    """Both languages hold listed words of their own, and the lesser one is more than a slip."""
    english = spanish = 0.0
    for token in tokens:
        evidence = _listed_evidence(fold(token))
        english += evidence.get("en", 0.0) if "es" not in evidence else 0.0
        spanish += evidence.get("es", 0.0) if "en" not in evidence else 0.0
    weaker = min(english, spanish)
    return weaker >= _MIXED_WEIGHT and weaker >= _MIXED_SHARE * (english + spanish)


def _sure(log_odds: float) -> float:
    return round(1 / (1 + math.exp(-max(-20.0, min(20.0, log_odds)))), 4)


@cache
def _lists() -> Mapping[str, tuple[str, ...]]:
    """Each listed word with the languages that use it."""
    found: dict[str, tuple[str, ...]] = {}
    for language in ("en", "es", *_OTHERS):
        for word in words(language):
            found[word] = (*found.get(word, ()), language)
    return found


def _evidence(token: str) -> Mapping[str, float]:
    """Log-odds by language of one word: from the lists, or else from its n-grams."""
    listed = _listed_evidence(fold(token))
    if listed:
        return listed
    ratio = max(-_NGRAM_LIMIT, min(_NGRAM_LIMIT, _NGRAM_SHARE * _ngram_ratio(token)))
    return {"en": ratio} if ratio > 0 else {"es": -ratio}


@lru_cache(maxsize=8192)
def _listed_evidence(word: str) -> Mapping[str, float]:
    weight = 1.0 if len(word) <= 2 else 1.6 if len(word) == 3 else 2.0
    return dict.fromkeys(_lists().get(word, ()), weight)


@cache
def _ngrams() -> Mapping[str, float]:
    """Log-odds of English against Spanish of each 1- to 3-gram of langdetect's profiles."""
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


def _ngram_ratio(token: str) -> float:
    padded = f" {token[:_LONGEST_WORD]} "
    table = _ngrams()
    grams = (
        padded[start : start + size]
        for size in (1, 2, 3)
        for start in range(len(padded) - size + 1)
    )
    return sum(table.get(gram, 0.0) for gram in grams)


def _foreign_script(text: str) -> float:
    """The share of letters outside the Latin script when they are the greater part, else 0."""
    latin = foreign = 0
    for char in text:
        if char.isalpha():
            if char < "\u0250" or "\u1e00" <= char <= "\u1eff":
                latin += 1
            else:
                foreign += 1
    return round(foreign / (latin + foreign), 4) if foreign * 2 > latin else 0.0
