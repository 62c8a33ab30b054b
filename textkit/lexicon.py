"""The word lists of `textkit/words`: folded words, parted by white space; `#` opens a comment."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def words(name: str) -> frozenset[str]:
    """The words of `words/<name>.txt`."""
    return frozenset(word for line in lines(name) for word in line.split())


def lines(name: str) -> list[str]:
    """The lines of `words/<name>.txt` without comments, in their order."""
    text = (files("textkit") / "words" / f"{name}.txt").read_text(encoding="utf-8")
    return [line.partition("#")[0] for line in text.splitlines()]
