"""The phrases of `quotes.toml`, and whether a line or a paragraph is one of them."""

import re
import tomllib
from functools import cache
from pathlib import Path

WORDS = Path(__file__).with_name("quotes.toml")
_WIDEST = 1_000
"""Characters of a line that are compared, so that a long one takes no longer."""
_LINK = re.compile(r"<(?:https?:|mailto:|#)[^<>\s]*>|\[?\]?\(https?:[^()\s]*\)")
_AROUND = {"dividers": " *", "quoted_dividers": " *", "attributions": " *_-–—"}
"""What may stand around a line of a group, and does not count."""
_NO_WORD = re.compile(r"^[\W_]+")
_FRAME = " *_<>[](){}\"'“”«»|#=~!:-–—."


def is_like(line: str, group: str) -> bool:
    """Whether a whole line, without what is around it, is one of a group."""
    plain = line.strip(_AROUND.get(group, " *_"))
    return len(plain) <= _WIDEST and any(form.fullmatch(plain) for form in _forms(group))


def begins_like(lines: list[str], group: str) -> bool:
    """Whether a paragraph, without links and what frames it, begins like one of a group."""
    words = " ".join(line.strip() for line in lines if line.strip())[:_WIDEST]
    words = _NO_WORD.sub("", without_links(words, " ")).rstrip(_FRAME)
    return any(form.match(words) for form in _forms(group))


def without_links(text: str, instead: str = "") -> str:
    """A text with something instead of the links that programs write behind words."""
    return _LINK.sub(instead, text)


@cache
def words(group: str) -> frozenset[str]:
    """A group whose phrases are no expressions."""
    return frozenset(_phrases()[group])


@cache
def pattern(name: str) -> re.Pattern[str]:
    """An expression that is no group, or all of a group as one."""
    found = _phrases()[name]
    return re.compile(found if isinstance(found, str) else "|".join(found), re.IGNORECASE)


@cache
def _forms(group: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(form, re.IGNORECASE) for form in _phrases()[group])


@cache
def _phrases() -> dict[str, list[str] | str]:
    found: dict[str, list[str] | str] = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    return found
