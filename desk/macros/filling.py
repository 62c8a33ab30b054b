"""What a macro's variables are replaced by: texts, and never more than that.

A variable stands in two braces: `{{ticket_number}}`. A value that is missing leaves a gap that
nobody overlooks, and `is_unfinished` tells a text that may not be sent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

VARIABLES = (
    "greeting", "requester_name", "company", "ticket_number", "opened", "due", "analyst_name",
    "article_title", "article_url",
)  # fmt: skip
"""All that a text may hold, in the order in which they are offered."""
GAP = "[____]"
"""Stands where a value is missing, the same in every language."""

_VARIABLE = re.compile(r"\{\{ *(\w+) *\}\}")
_BRACES = re.compile(r"\{{2,}|\}{2,}")


@dataclass(frozen=True, kw_only=True)
class Filled:
    """A text with its values, and the variables that had none."""

    text: str
    gaps: tuple[str, ...]


def fill(text: str, values: Mapping[str, str | None]) -> Filled:
    """Put the values in; what is missing or unknown becomes a gap.

    A value is put in as one line and is never looked at for variables of its own, so that a
    requester who is called `{{due}}` gets no date, and no double brace is left whatever comes in.
    """
    gaps: dict[str, None] = {}

    def put(found: re.Match[str]) -> str:
        value = " ".join((values.get(found[1]) or "").split())
        if not value:
            gaps[found[1]] = None
        return value or GAP

    put_in = _VARIABLE.sub(put, text)
    return Filled(text=_BRACES.sub(lambda found: found[0][0], put_in), gaps=tuple(gaps))


def unknown_variables(text: str) -> tuple[str, ...]:
    """What stands in braces and is no variable; a single brace counts, since it is a slip."""
    named = [name for name in _VARIABLE.findall(text) if name not in VARIABLES]
    rest = re.findall(r"\{[^{}\n]{0,40}\}?|\}", _VARIABLE.sub("", text))
    return tuple(dict.fromkeys([*named, *rest]))


def is_unfinished(text: str) -> bool:
    """Whether a gap or a variable is left in what somebody is about to send."""
    return GAP in text or "{{" in text
