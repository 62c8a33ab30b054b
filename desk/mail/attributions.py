"""The lines, above what is quoted, that say who wrote it and when."""

import re

from desk.mail.lines import Mark, quotation_follows
from desk.mail.phrases import is_like, without_links

_LINES = 4
"""Programs break an attribution into as many, at most."""
_WIDEST = 1_500
"""Characters of a line that are read: behind an attribution may be all that it quotes."""
_DAY_OR_ADDRESS = re.compile(r"\d|@")
_TIME_YEAR_OR_ADDRESS = re.compile(r"\d[:.h]\d\d|\b\d{4}\b|@")
_LAST = (":", "：", ">")
_GAP = re.compile(r"(?<=[:：])\s{2,}(?=\S)")


def size_of_attribution(lines: list[str], marks: list[Mark], at: int) -> int:
    """How many lines, from `at` on, say who wrote what follows; 0 for none."""
    joined, whole = "", True
    for size in range(1, _LINES + 1):
        last = at + size - 1
        if last >= len(lines) or marks[last] != "t":
            return 0
        line = lines[last][:_WIDEST].strip()
        if not line and size > 1:
            return 0
        whole = whole and (size == 1 or _continues(joined, line))
        # One program goes on in the same line, after a gap, with what it quotes.
        said = without_links(_GAP.split(f"{joined} {line}", maxsplit=1)[0]).strip(" \t*_")
        if said.endswith("--"):
            said = said.rstrip("- ") + ":"
        quotes = quotation_follows(lines, marks, at + size)
        # Some leave out the colon, and a sentence names no address.
        if quotes and "@" in said and is_like(f"{said.rpartition(' ')[2]}:", "verbs"):
            said += ":"
        if said.endswith(_LAST) and _attributes(said, quotes=quotes, whole=whole):
            return 0 if _begins_again(lines[at + 1 : at + size]) else size
        joined = f"{joined} {line}".strip()
    return 0


def _attributes(said: str, *, quotes: bool, whole: bool) -> bool:
    """Whether this says who wrote what follows.

    It comes with a day or an address, else it may be a sentence; if what follows is not marked as
    quoted, with a time, a year or an address. And what need not begin with a certain word must be
    a whole: else the last words of the answer were taken for its beginning.
    """
    signs = _DAY_OR_ADDRESS if quotes else _TIME_YEAR_OR_ADDRESS
    if signs.search(said) and (
        is_like(said, "attributions")
        or (whole and is_like(said, "names_first"))
        or (whole and quotes and is_like(said, "dated_introductions"))
    ):
        return True
    return whole and quotes and is_like(said, "introductions")


def _continues(above: str, line: str) -> bool:
    """Whether a line is the rest of the one above, broken where programs break it."""
    return above.endswith(("<", "(")) or line[0] in "<([0123456789" or is_like(line, "verbs")


def _begins_again(lines: list[str]) -> bool:
    """Whether the attribution begins further below, and what is above it is an answer."""
    return any(
        _DAY_OR_ADDRESS.search(lines[one]) and is_like(" ".join(lines[one:]), "attributions")
        for one in range(len(lines))
    )
