"""One plain form of what people type, with the way back to the original characters.

Patterns are written once, against lower-case ASCII-like text. Full-width digits, accents,
typographic hyphens and quotes, non-breaking spaces and invisible characters are levelled here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_LOOK_ALIKES = {
    **dict.fromkeys("−⁃", "-"),
    **dict.fromkeys("‘’ʼ´′", "'"),
    **dict.fromkeys("“”„«»″", '"'),
}
_DROPPED = {"Mn", "Me", "Cf"}
_KEPT = "\n\t\u200c\u200d"


@dataclass(frozen=True, slots=True)
class Plain:
    """The plain form of `source`: `text[i]` comes from `source[origins[i]]`."""

    source: str
    text: str
    origins: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Map a non-empty span of `text` to the span of `source` that it came from."""
        return self.origins[start], self.origins[end - 1] + 1

    def original(self, start: int, end: int) -> str:
        """The characters as they were typed, for a non-empty span of `text`."""
        first, last = self.span(start, end)
        return self.source[first:last]


def plain(text: str) -> Plain:
    """Lower-case `text`, remove accents and invisible characters, and keep every position."""
    if text.isascii():
        return Plain(text, text.lower(), range(len(text)))
    pieces: list[str] = []
    origins: list[int] = []
    for index, char in enumerate(text):
        levelled = _level(char)
        pieces.append(levelled)
        origins.extend([index] * len(levelled))
    return Plain(text, "".join(pieces), origins)


def printable(text: str) -> str:
    """`text` without what hides or turns around what a reader sees; for a text before it is kept.

    Directional overrides and isolates can show one text and hold another (Unicode Standard Annex
    #9, CVE-2021-42574), tag characters and zero-width spaces hide words, terminal escapes steer a
    console, and half a surrogate pair cannot be stored. Line breaks, tabs and the joiners of emoji
    and of Persian or Indic writing stay.
    """
    if text.isprintable():
        return text
    return "".join(
        char
        for char in text
        if char in _KEPT or unicodedata.category(char) not in {"Cc", "Cf", "Cs"}
    )


def fold(text: str) -> str:
    """Lower-case, without accents, every run of white space squeezed to one blank."""
    return " ".join(plain(text).text.split())


@lru_cache(maxsize=4096)
def _level(char: str) -> str:
    """The plain form of one character: nothing, one character or, for ligatures, several."""
    levelled = []
    for piece in unicodedata.normalize("NFKD", _LOOK_ALIKES.get(char, char)).lower():
        category = unicodedata.category(piece)
        if category in _DROPPED:
            continue
        if category == "Nd":
            levelled.append(str(unicodedata.decimal(piece)))
        elif category == "Zs":
            levelled.append(" ")
        elif category in {"Zl", "Zp"}:
            levelled.append("\n")
        else:
            levelled.append("-" if category == "Pd" else _LOOK_ALIKES.get(piece, piece))
    return "".join(levelled)
