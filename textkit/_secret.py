"""What the searches for secrets share: the span of a secret, and word lists inside patterns."""

from __future__ import annotations

import re
from typing import NamedTuple


class Secret(NamedTuple):
    """Where a secret stands, and its kind (see `masking.KINDS`)."""

    start: int
    end: int
    kind: str


def head_of(text: str, start: int, reach: int) -> str:
    """The `reach` characters before `start`, no further back than their sentence."""
    return re.split(r"[.!?;]\s|\n", text[max(0, start - reach) : start])[-1]


def any_of(choices: str) -> str:
    """A group that matches one of the blank-separated `choices`; `_` in a choice is a blank."""
    return f"(?:{'|'.join(choice.replace('_', ' ') for choice in choices.split())})"


def any_word(choices: str) -> str:
    """Like `any_of`, between word borders."""
    return rf"\b{any_of(choices)}\b"
