"""Whether a line or a paragraph is one of the phrases of `quotes.toml`."""

import re

from desk.mail import tables

_TABLE = "quotes"
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
    forms = tables.forms(_TABLE, group)
    return len(plain) <= _WIDEST and any(form.fullmatch(plain) for form in forms)


def begins_like(lines: list[str], group: str) -> bool:
    """Whether a paragraph, without links and what frames it, begins like one of a group."""
    words = " ".join(line.strip() for line in lines if line.strip())[:_WIDEST]
    words = _NO_WORD.sub("", without_links(words, " ")).rstrip(_FRAME)
    return any(form.match(words) for form in tables.forms(_TABLE, group))


def without_links(text: str, instead: str = "") -> str:
    """A text with something instead of the links that programs write behind words."""
    return _LINK.sub(instead, text)


def words(group: str) -> frozenset[str]:
    """A group whose phrases are no expressions."""
    return tables.words(_TABLE, group)


def pattern(name: str) -> re.Pattern[str]:
    """An expression that is no group, or all of a group as one."""
    return tables.pattern(_TABLE, name)
