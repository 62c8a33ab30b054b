"""Which lines of a body are quoted, and where an older mail begins that is quoted whole."""

import re

from desk.mail.attributions import size_of_attribution
from desk.mail.lines import Mark, cited, is_quoted, quotation_follows
from desk.mail.phrases import is_like
from desk.mail.quoted_headers import header_name, headers_below, opens_headers, opens_table

_WRAPPED_AT = 66
"""Characters; programs break no shorter line again."""
_FENCE = re.compile(r"^\s{0,3}```")


def marks_of(lines: list[str]) -> list[Mark]:
    """What each line is found to be."""
    marks: list[Mark] = ["q" if is_quoted(line) else "t" for line in lines]
    for at in cited(lines):
        marks[at] = "q"
    _mark_code(lines, marks)
    _mark_wrapped(lines, marks)
    names = [header_name(line) if marks[at] == "t" else "" for at, line in enumerate(lines)]
    at = 0
    while at < len(lines):
        if marks[at] == "q" and is_like(lines[at], "quoted_dividers"):
            marks[at] = "x"
        elif marks[at] == "t" and lines[at].strip():
            at += _mark_older(lines, marks, names, at) - 1
        at += 1
    return marks


def end_of_own(lines: list[str], marks: list[Mark]) -> int:
    """The first line of an older mail that is quoted whole."""
    return next((at for at, mark in enumerate(marks) if mark == "x"), len(lines))


def without_outer(lines: list[str], marks: list[Mark], kept: list[int]) -> list[int]:
    """Without quotations before and after all that was written; nothing, where nothing was."""
    own = [place for place, at in enumerate(kept) if marks[at] in "tc" and lines[at].strip()]
    return kept[own[0] : own[-1] + 1] if own else []


def _mark_older(lines: list[str], marks: list[Mark], names: list[str], at: int) -> int:
    """Mark what leads to an older mail, if that is what begins here; how many lines it is."""
    if is_like(lines[at], "dividers") or opens_headers(names, at):
        # Most programs mark nothing below headers; below those of others may be the answer.
        size = 1 + headers_below(names, at)
        quotes = quotation_follows(lines, marks, at + size)
        marks[at : at + size] = ["q" if quotes else "x"] * size
        return size
    if opens_table(lines, names, at):
        marks[at] = "x"
    elif size := size_of_attribution(lines, marks, at):
        quotes = quotation_follows(lines, marks, at + size)
        marks[at : at + size] = ["q"] * size
        marks[at] = "q" if quotes else "x"
        return size
    return 1


def _mark_code(lines: list[str], marks: list[Mark]) -> None:
    fences = [at for at, line in enumerate(lines) if marks[at] == "t" and _FENCE.match(line)]
    for begins, ends in zip(fences[::2], fences[1::2], strict=False):
        marks[begins : ends + 1] = ["c"] * (ends + 1 - begins)


def _mark_wrapped(lines: list[str], marks: list[Mark]) -> None:
    """Mark the rest of a quoted line that a program broke again and put no `>` before.

    An answer in between comes after the end of a sentence.
    """
    for at in range(1, len(lines) - 1):
        above, line = lines[at - 1], lines[at]
        between = marks[at - 1] == marks[at + 1] == "q" and marks[at] == "t" and line.strip()
        if between and len(above) >= _WRAPPED_AT and len(line) < len(above):
            marks[at] = "t" if above.endswith((".", "?", "!", ":")) else "q"
