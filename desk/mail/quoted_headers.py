"""The headers of an older mail, by which some programs quote it without a mark on each line."""

import re
from itertools import takewhile

from desk.mail.phrases import pattern, words

_LINES = 14
"""Headers are looked for in as many lines, and no further."""
_HEADER = re.compile(r"^[\s*_>]{0,40}([^\W\d_][^:：*\n]{0,24}?)\s*\*?\s*[:：]\s?\*?(?=\s|\*|$|\S)")
_DAY_AND_TIME = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4},?\s{1,4}\d{1,2}[:.]\d{2}[\w\s:.]{0,16}"
)  # fmt: skip


def header_name(line: str) -> str:
    """The name of the header that a line begins with; empty for none."""
    found = _HEADER.match(line)
    name = found[1].strip().lower() if found else ""
    return name if _is_header(name) else ""


def opens_headers(names: list[str], at: int) -> bool:
    """Whether the headers of an older mail begin here: who wrote it, and two others."""
    if not names[at]:
        return False
    found = {name for name in names[at : at + _LINES] if name}
    return len(found) >= 3 and bool(
        found & words("opening_headers") and found & words("telling_headers")
    )


def headers_below(names: list[str], at: int) -> int:
    """How many lines, directly below this one, are headers."""
    return len(list(takewhile(bool, names[at + 1 : at + _LINES])))


def opens_table(lines: list[str], names: list[str], at: int) -> bool:
    """Whether here are the name and, below it, the day under which one program puts headers.

    It draws them as a table, so that in plain text each name may be on a line of its own.
    """
    if at + 1 >= len(lines) or not _DAY_AND_TIME.fullmatch(lines[at + 1].strip()):
        return False
    near = range(at + 2, min(at + 2 + _LINES, len(lines)))
    found = {names[one] or lines[one].strip().lower() for one in near}
    return len({name for name in found if _is_header(name)}) >= 2 and bool(
        found & words("telling_headers")
    )


def _is_header(name: str) -> bool:
    return name in words("opening_headers") or bool(pattern("other_headers").fullmatch(name))
