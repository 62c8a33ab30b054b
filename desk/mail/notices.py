"""Notices, which no sender wrote: a border's banners above a mail, and disclaimers below it."""

import re
from itertools import pairwise

from desk.mail.lines import Mark, is_rule
from desk.mail.phrases import begins_like, pattern, without_links
from desk.mail.signatures import may_be_name

_BANNERS = 3
_LINES_OF_A_BANNER = 8
_BEHIND = " \t\"'”»)"
_ENDS, _SENTENCE = re.compile(r"[.!:;]"), 400


def below_banners(lines: list[str]) -> list[str]:
    """The lines below what the border of a company puts above each mail from outside."""
    for _ in range(_BANNERS):
        first = next((at for at, line in enumerate(lines) if line.strip() and not is_rule(line)), 0)
        size = _size_of_paragraph(lines, first)
        if size > _LINES_OF_A_BANNER or not begins_like(lines[first : first + size], "banners"):
            break
        after = first + _size_of_banner(lines[first : first + size])
        while after < len(lines) and (not lines[after].strip() or is_rule(lines[after])):
            after += 1
        lines = lines[after:]
    return lines


def without_notices(lines: list[str], marks: list[Mark], kept: list[int]) -> list[int]:
    """Without the paragraphs, from the first notice on, that stand at the end."""
    quoted = [place for place, at in enumerate(kept) if marks[at] == "q"]
    below = quoted[-1] + 1 if quoted else 1
    asked = max((place for place in range(len(kept)) if _asks(lines, kept, place)), default=-1)
    for place, at in enumerate(kept[below:], below):
        # A line as short as a name was not broken there, so a paragraph may begin below it.
        if not may_be_name(lines[kept[place - 1]]) or not lines[at].strip():
            continue
        # Who asks something wants to be read.
        if place > asked and begins_like(lines[at : at + 3], "disclaimers"):
            return kept[:place]
    return kept


def _asks(lines: list[str], kept: list[int], place: int) -> bool:
    """Whether something is asked that is no part of a notice, in a line and the one above."""
    line = without_links(lines[kept[place]])
    if "?" not in line:
        return False
    above = lines[kept[place - 1]] if place else ""
    pieces = list(pairwise(f"{above[-_SENTENCE:]} {line}".split("?")))[-line.count("?") :]
    return any(
        after[:1] in _BEHIND
        and not pattern("notice_questions").search(_ENDS.split(asked)[-1][-_SENTENCE:])
        for asked, after in pieces
    )


def _size_of_banner(paragraph: list[str]) -> int:
    """How many lines of a paragraph are a banner: an answer may begin directly below it."""
    said = (at for at, line in enumerate(paragraph) if pattern("banner_words").search(line))
    return max(said, default=0) + 1


def _size_of_paragraph(lines: list[str], at: int) -> int:
    """How many lines there are up to the next that is empty or a rule; a few suffice."""
    last = min(len(lines), at + _LINES_OF_A_BANNER + 1)
    return next(
        (one - at for one in range(at, last) if not lines[one].strip() or is_rule(lines[one])),
        last - at,
    )
