"""Which language a message is written in: English, Spanish, both, or another one.

Each word adds log-likelihoods. A listed word is judged by how common it is in each language, an
unknown one by its beginnings and endings and by langdetect's n-gram profiles of English and
Spanish, scored exactly, not by random trials; accented letters add to both. Names, codes and words
of the trade, which both languages use, say little or nothing. How well all this does, and how the
figures below were found, is told in `docs/language.md`.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Literal

from textkit.languages import CODES, SHAPES, Evidence, key, known, profile_ratio, shape
from textkit.lexicon import words

Reply = Literal["en", "es"]
Language = Literal["en", "es", "mixed", "other"]

_LONGEST_TEXT = 4_000
_CODE = re.compile(r"[\d_@]|://|^www\.|^\[[a-z-]+\]\W?$", re.IGNORECASE)
_FILE_OR_SITE = re.compile(
    r"\.(?:gov|com|org|net|pdf|csv|xlsx?|docx?|txt|xml|zip|png|jpe?g)\b", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_STRETCHED = re.compile(r"(.)\1{2,}")
_CONNECTORS = {"de", "del", "la", "las", "los", "y", "e", "of", "and", "the", "for"}
_COMPANY = re.compile(
    r"\b(?:[\w&'’.-]{1,30}\s{1,3}){1,3}(?:llc|inc|corp|ltd|gmbh|s\.?a\.?\s+de\s+c\.?v|s\.?\s+de\s+r\.?l)\b",
    re.IGNORECASE,
)
_BEFORE_SENTENCE = frozenset('.!?:;\n¿¡"“(-')


@dataclass(frozen=True, slots=True)
class Detection:
    """The language of a message, how sure that is (0 to 1), and the language to answer in.

    `language` is "other" with confidence 0.0 when the text holds no linguistic evidence. `other`
    is the ISO 639-1 code of another language, where it is known, also for a confidence below the
    bar of those who act on it. `asked` is the language that the text asks for in so many words.
    """

    language: Language
    confidence: float
    reply: Reply
    other: str | None = None
    asked: Reply | None = None


def detect(text: str, *, prior: Reply | None = None) -> Detection:
    """Detect the language of `text`; `prior` is the language of the conversation so far.

    The reply is in the language that the text asks for, else in the matrix language, the one with
    more evidence. Deterministic, never raises.
    """
    fallback: Reply = prior or "en"
    cleaned = _without_codes(text[:_LONGEST_TEXT])
    script = _foreign_script(cleaned)
    if script:
        return Detection("other", script[1], fallback, other=script[0])
    asked = _asked(cleaned)
    tokens = _tokens(_phrases().sub(" ", cleaned)) or _labels(cleaned)
    if not tokens:
        return Detection("other", 0.0, fallback)
    found = _decide(tokens, prior)
    return replace(found, reply=asked, asked=asked) if asked else found


def _without_codes(text: str) -> str:
    """The text without codes, numbers, addresses and file names."""
    chunks = re.split(r"(\s+)", unicodedata.normalize("NFKC", text))
    kept = (chunk for chunk in chunks if not (_CODE.search(chunk) or _FILE_OR_SITE.search(chunk)))
    return "".join(kept)


# --- Words ----------------------------------------------------------------------------------

_EN, _ES = CODES.index("en"), CODES.index("es")
_NOTHING: Evidence = (0.0,) * len(CODES)

_PECULIAR, _COMMON = 0.75, 5.6
"""A word of less peculiarity is a name or international, unless it is commoner than this."""
_INTERNATIONAL_WEIGHT, _CAPITAL_WEIGHT, _HEADING_WEIGHT, _PARTS_WEIGHT = 0.35, 0.3, 0.22, 0.6
_BORROWED_LIMIT = 0.25
_CHAT_LEAD = 4.0
_ACCENT_WEIGHT, _ACCENT_LIMIT = 0.8, 4.0
_KNOWN_PROFILE_SHARE = 0.004
_UNKNOWN_PROFILE_SHARE, _UNKNOWN_SHAPE_SHARE, _UNKNOWN_LIMIT = 0.04, 0.4, 3.0
_SHAPE_OF = tuple(SHAPES.index(code if code in SHAPES else "rest") for code in CODES)
_SHAPE_BASE = (-1.74, -1.87, -3.25, -3.07, -2.98, -2.84, -3.18, -3.37, -0.92)
"""Log-shares of the languages of SHAPES among the words that taught the shapes."""


@dataclass(frozen=True, slots=True)
class _Token:
    """A word that says something: its evidence, and whether it belongs to one language alone."""

    evidence: Evidence
    own: bool = False

    @property
    def lean(self) -> float:
        return self.evidence[_EN] - self.evidence[_ES]

    def weighted(self, weight: float) -> _Token:
        return _Token(tuple(weight * value for value in self.evidence), self.own)


def _tokens(text: str) -> list[_Token]:
    found = list(_WORD.finditer(text))
    bare = [match for match in found if match[0] not in _CONNECTORS]
    heading = len(bare) > 1 and all(match[0][0].isupper() for match in bare) and not text.isupper()
    if heading:
        found = bare
        listed = [key(match[0]) for match in found]
        if listed[0] in words("names") or not words("companies").isdisjoint(listed):
            return []
    companies = [match.span() for match in _COMPANY.finditer(text)]
    tokens = []
    for match in found:
        name = any(start <= match.start() < end for start, end in companies) or (
            _is_capitalised(match[0]) and not _begins_sentence(text, match.start())
        )
        token = _token(match[0].lower(), name=name, heading=heading)
        if token is not None:
            tokens.append(token)
    return tokens


def _begins_sentence(text: str, at: int) -> bool:
    """Whether nothing, or a sign that a sentence ends with, stands before a place."""
    while at > 0 and text[at - 1].isspace() and text[at - 1] != "\n":
        at -= 1
    return at == 0 or text[at - 1] in _BEFORE_SENTENCE


def _is_capitalised(word: str) -> bool:
    return word[0].isupper() and not (word.isupper() and len(word) > 1)


def _labels(cleaned: str) -> list[_Token]:
    """Of a message of nothing but labels of screens: a slight lean."""
    found = (word for match in _phrases().finditer(cleaned) for word in _WORD.findall(match[0]))
    entries = [entry[0] for word in found if (entry := known(key(word)))]
    return [_borrowed(_sum(entries))] if entries else []


@cache
def _phrases() -> re.Pattern[str]:
    listed = sorted(words("phrases"), key=len, reverse=True)
    choices = "|".join(re.escape(phrase).replace("_", r"\s") for phrase in listed)
    return re.compile(rf"\b(?:{choices})\b", re.IGNORECASE)


@lru_cache(maxsize=16_384)
def _token(word: str, *, name: bool, heading: bool) -> _Token | None:
    """What a word says; `name` and `heading` tell of its capitals and its company."""
    folded = key(word)
    if folded in words("neutral") or ((name or heading) and folded in words("names")):
        return None
    token = _judged(word, folded)
    if not any(token.evidence):
        return None
    if heading:
        return token.weighted(_HEADING_WEIGHT)
    return _Token(token.weighted(_CAPITAL_WEIGHT).evidence) if name else token


def _judged(word: str, folded: str) -> _Token:
    for own, rival in ((_EN, "chat_en"), (_ES, "chat_es")):
        if word.isascii() and folded in words(rival):
            return _Token(
                tuple(0.0 if at == own else -_CHAT_LEAD for at in range(len(CODES))), True
            )
    entry = known(folded) or known(_STRETCHED.sub(r"\1", folded))
    if word.isascii() and (folded in words("borrowed") or folded in words("names")):
        evidence = entry[0] if entry else _NOTHING
        return _borrowed(_with_profiles(evidence, word, _KNOWN_PROFILE_SHARE))
    if entry is None:
        parts = [part[0] for piece in re.split("['’]", folded)[:9] if (part := known(piece))]
        if parts and not folded.isalpha():
            return _Token(_sum(parts)).weighted(_PARTS_WEIGHT)
        return _Token(_with_accents(word, _unknown(word, folded)))
    evidence, height, peculiarity = entry
    evidence = _with_profiles(evidence, word, _KNOWN_PROFILE_SHARE)
    token = _Token(_with_accents(word, evidence), own=True)
    if peculiarity < _PECULIAR and height < _COMMON:
        return _Token(token.weighted(_INTERNATIONAL_WEIGHT).evidence)
    return token


def _borrowed(evidence: Evidence) -> _Token:
    """What a borrowed word leaves: a slight lean to English or Spanish, none to another."""
    lean = max(-_BORROWED_LIMIT, min(_BORROWED_LIMIT, evidence[_EN] - evidence[_ES]))
    levelled = [-abs(lean)] * len(CODES)
    levelled[_EN if lean > 0 else _ES] = 0.0
    return _Token(tuple(levelled))


def _unknown(word: str, folded: str) -> Evidence:
    """By the n-grams of a word in no list."""
    if len(folded) < 3:
        return _NOTHING
    relative = [
        _UNKNOWN_SHAPE_SHARE * (share - base)
        for share, base in zip(shape(folded), _SHAPE_BASE, strict=True)
    ]
    spread = tuple(relative[index] for index in _SHAPE_OF)
    evidence = _with_profiles(spread, word, _UNKNOWN_PROFILE_SHARE)
    best = max(evidence)
    return tuple(max(-_UNKNOWN_LIMIT, value - best) for value in evidence)


def _with_profiles(evidence: Evidence, word: str, share: float) -> Evidence:
    """The evidence with langdetect's view of English and Spanish; CODES begins with the two."""
    ratio = share * profile_ratio(word)
    return (evidence[_EN] + ratio, evidence[_ES] - ratio, *evidence[2:])


def _with_accents(word: str, evidence: Evidence) -> Evidence:
    beyond_ascii = dict.fromkeys(letter for letter in word if letter > "\x7f")
    accented = [entry[0] for letter in beyond_ascii if (entry := known(letter))]
    if not accented:
        return evidence
    added = (max(-_ACCENT_LIMIT, _ACCENT_WEIGHT * value) for value in _sum(accented))
    return tuple(value + more for value, more in zip(evidence, added, strict=True))


def _sum(evidence: Sequence[Evidence]) -> Evidence:
    return tuple(map(math.fsum, zip(*evidence, strict=True)))


# --- The message ----------------------------------------------------------------------------

_PRIOR, _PRIOR_AGAINST_OTHERS = 1.2, 0.5
_RARITY = {"pt": 3.0, "fr": 3.0, "it": 3.5, "de": 3.0, "vi": 3.5, "ht": 3.5, "nl": 3.5, "ca": 3.8}
_RARITIES = tuple(0.0 if code in ("en", "es") else _RARITY.get(code, 3.6) for code in CODES)
"""How much less likely, in log-odds, a visitor writes each language than English or Spanish."""
_OTHER_LEAD = (0.9, -0.3, -0.6, -0.8)
"""What another language must lead by in a message of one word, two, three, more."""
_MIXED_EACH, _MIXED_SHARE, _MIXED_FLOOR = 2.4, 0.14, 1.2
"""Log-odds that the lesser language needs, its share of all, and what each word must exceed."""
_REPLY_SURE, _OTHER_SURE, _MIXED_SURE = (1.83, -0.54), (1.8, -0.54), (2.17, -1.83)
"""Slope and base of the confidence, fitted to development texts; see `_sure`."""


def _decide(tokens: Sequence[_Token], prior: Reply | None) -> Detection:
    sums = _sum([token.evidence for token in tokens])
    english, spanish = sums[_EN], sums[_ES]
    lean = _PRIOR if prior == "en" else -_PRIOR if prior == "es" else 0.0
    margin = english - spanish + lean
    reply: Reply = "en" if margin >= 0 else "es"
    scores = [value - rarity for value, rarity in zip(sums, _RARITIES, strict=True)]
    foreign = max(range(2, len(CODES)), key=scores.__getitem__)
    lead = scores[foreign] - max(english, spanish) - (_PRIOR_AGAINST_OTHERS if prior else 0.0)
    if lead > _OTHER_LEAD[min(len(tokens), len(_OTHER_LEAD)) - 1]:
        return Detection("other", _sure(lead, _OTHER_SURE), prior or reply, other=CODES[foreign])
    if not margin:
        return Detection("other", 0.0, prior or "en")
    mixed = _mixed(tokens)
    if mixed > 0:
        return Detection("mixed", _sure(mixed, _MIXED_SURE), reply)
    return Detection(reply, _sure(abs(margin), _REPLY_SURE), reply)


def _mixed(tokens: Sequence[_Token]) -> float:
    """By how much the lesser language is more than a slip; above 0 the message is mixed."""
    english = math.fsum(max(0.0, token.lean - _MIXED_FLOOR) for token in tokens if token.own)
    spanish = math.fsum(max(0.0, -token.lean - _MIXED_FLOOR) for token in tokens if token.own)
    lesser = min(english, spanish)
    return min(lesser - _MIXED_EACH, lesser - _MIXED_SHARE * (english + spanish))


def _sure(evidence: float, fitted: tuple[float, float]) -> float:
    """Platt's scaling of the root of the evidence: the probability that the decision is right."""
    slope, base = fitted
    log_odds = max(0.0, slope * math.sqrt(max(evidence, 0.0)) + base)
    return round(1 / (1 + math.exp(-max(-20.0, min(20.0, log_odds)))), 4)


# --- Scripts --------------------------------------------------------------------------------

_SCRIPTS = (
    ("ja", "\u3040", "\u30ff"),
    ("ko", "\uac00", "\ud7af"),
    ("ko", "\u1100", "\u11ff"),
    ("zh", "\u3400", "\u9fff"),
    ("zh", "\uf900", "\ufaff"),
    ("ar", "\u0600", "\u06ff"),
    ("ru", "\u0400", "\u04ff"),
    ("he", "\u0590", "\u05ff"),
    ("el", "\u0370", "\u03ff"),
    ("th", "\u0e00", "\u0e7f"),
    ("hi", "\u0900", "\u097f"),
)
"""The language that most often uses a script, with the script's first and last character."""
_TELLTALES = {
    "zh": (re.compile("[\u3040-\u30ff]"), "ja"),
    "ru": (re.compile("[іїєґ]", re.IGNORECASE), "uk"),
    "ar": (re.compile("[پچژگ]"), "fa"),
}
"""Characters by which another language of the same script is known."""


def _foreign_script(text: str) -> tuple[str | None, float] | None:
    """The language of another script and its share of letters, when they are the greater part."""
    letters = [char for char in text if char.isalpha()]
    foreign = "".join(char for char in letters if not _is_latin(char))
    if not foreign or len(foreign) * 2 <= len(letters) - len(foreign):
        return None
    counts = Counter(_language_of_script(char) for char in foreign)
    code = counts.most_common(1)[0][0]
    if code in _TELLTALES:
        telltale, relative = _TELLTALES[code]
        code = relative if telltale.search(foreign) else code
    return code, round(len(foreign) / len(letters), 4)


def _is_latin(char: str) -> bool:
    return char < "\u0250" or "\u1e00" <= char <= "\u1eff"


def _language_of_script(char: str) -> str | None:
    return next((code for code, low, high in _SCRIPTS if low <= char <= high), None)


# --- A wish ---------------------------------------------------------------------------------

_LONGEST_WISH = 12
_NAMES = r"(?P<{}>english|ingles|inglish)|(?P<{}>spanish|espanol|castellano)"
_POLITE = r"(?:please|pls|plz|plis|por\s?favor|porfa|x\s?favor|xfa|only|solamente|mejor)"
_SPEAK = r"(?:speak|talk|chat|write|continue|switch|change|answer|reply|respond|be|go)"
_HABLAR = (
    r"(?:habla[sn]?|hablen|hablemos|hablamos|hablar(?:me|nos)?|hablame|hableme|respondan?|responder(?:me)?|"
    r"respondeme|respondame|contesten?|contestar(?:me)?|contesteme|escriban?|escribir(?:me)?|escribame|"
    r"cambi[ae]r?|continuar|seguir|seguimos|atiendan?|atender(?:me)?|chatear)"
)
_WISHES = (
    rf"^(?:{_POLITE}\s+)?(?:(?:in|en)\s+)?(?:LANG)$",
    rf"\b(?:(?:in|en)\s+)?(?:LANG)\s+{_POLITE}\b",
    rf"\b{_POLITE}\s+(?:in|en)\s+(?:LANG)\b",
    r"(?:\b(?:(?:can|could|may|do|does|will|would)\s+(?:we|you|u|i|anyone|anybody|someone|somebody)|"
    r"lets|let's|i\s+(?:want|need|wish|prefer)(?:\s+to)?|i'?d\s+(?:like\s+to|rather|prefer)|please)"
    rf"(?:\s+{_SPEAK})?|^{_SPEAK})(?:\s+back)?(?:\s+(?:me|to|in|into|with|on))*\s+(?:LANG)\b",
    r"(?:\b(?:usted|ustedes|alguien|quien|se|tu|me|puede|puedes|pueden|podria|podrian|podemos|"
    r"podriamos|quiero|quisiera|prefiero|necesito|mejor|favor\s+de)(?:\s+que\s+me)?"
    rf"(?:\s+{_HABLAR})?|^{_HABLAR})(?:\s+conmigo)?(?:\s+(?:a|en|al))?\s+(?:LANG)\b",
)
_REFUSALS = (
    r"\b(?:no|not|don't|dont|cannot|cant|can't|nunca)\s+(?:very\s+)?(?:hablo|hablamos|speak|understand|"
    r"entiendo|entendemos|know|se|good\s+(?:at|in))\s+(?:(?:nada\s+de|mucho|much|any|bien(?:\s+el)?|el|well)\s+)?"
    r"(?:LANG)\b",
)


def _compiled(patterns: Sequence[str]) -> re.Pattern[str]:
    named = (
        pattern.replace("LANG", _NAMES.format(f"en{number}", f"es{number}"))
        for number, pattern in enumerate(patterns)
    )
    return re.compile("|".join(f"(?:{pattern})" for pattern in named))


_WISH, _REFUSAL = _compiled(_WISHES), _compiled(_REFUSALS)


def _asked(cleaned: str) -> Reply | None:
    """The language that a short text asks to be answered in."""
    if len(cleaned) > 20 * _LONGEST_WISH:
        return None
    text = re.sub(r"[^\w\s']+", " ", key(cleaned))
    text = " ".join(text.split())
    if len(text.split()) > _LONGEST_WISH:
        return None
    refused = _named(_REFUSAL.search(text))
    if refused is not None:
        return "es" if refused == "en" else "en"
    return _named(_WISH.search(text))


def _named(match: re.Match[str] | None) -> Reply | None:
    if match is None or match.lastgroup is None:
        return None
    return "en" if match.lastgroup.startswith("en") else "es"
