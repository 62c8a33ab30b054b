"""How a mail is signed: below a rule, or by a telephone."""

import re

from desk.mail.lines import Mark, is_rule
from desk.mail.phrases import begins_like, is_like, pattern, without_links

_LINES = 15
"""No signature has more."""
_WORDS_OF_A_NAME = 6
_SIGNATURE = re.compile(r"^--\s?$")
_COMPOSED = re.compile(r"^\s{0,3}(?:#{1,6}\s|\d{1,2}[.)]\s)|\?$")
"""A title, a step or a question: none of them is in a signature."""


def without_signature(lines: list[str], marks: list[Mark], kept: list[int]) -> list[int]:
    """Without the lines from a signature's mark to the next quotation or the end."""
    found: list[int] = []
    begun = cut = False
    frames: set[str] = set()
    for place, at in enumerate(kept):
        if marks[at] == "q":
            cut = False
        elif not cut and begun and marks[at] == "t" and is_rule(lines[at]):
            # What one rule of a pair begins, the other ends.
            cut = lines[at] not in frames and (
                bool(_SIGNATURE.match(lines[at])) or _signs(lines, marks, kept, place)
            )
            frames.add("" if cut else lines[at])
        if not cut:
            found.append(at)
            begun = begun or bool(lines[at].strip())
    return found


def without_devices(lines: list[str], marks: list[Mark], kept: list[int]) -> list[int]:
    """Without what a telephone signs with below a text, and the name directly below that."""
    found: list[int] = []
    begun = signed = False
    for at in kept:
        line = lines[at]
        if marks[at] == "c":
            signed = False
        elif begun and is_device(line):
            signed = True
            # Of the empty lines around it, one is enough.
            if found and not lines[found[-1]].strip():
                found.pop()
        else:
            signed = signed and bool(line.strip()) and marks[at] == "t" and may_be_name(line)
        if not signed:
            found.append(at)
            begun = begun or (marks[at] != "q" and bool(line.strip()))
    return found


def is_device(line: str) -> bool:
    """Whether a telephone or a program signs with this line."""
    plain = " ".join(without_links(line, " ").split()).strip(" *_<>[]()-–—.")
    return bool(
        len(plain) < 100
        and is_like(plain, "devices")
        and (pattern("devices_end").search(plain) or plain.lower().startswith("get outlook"))
    )


def may_be_name(line: str) -> bool:
    """Whether a line may be a name or a place below a signature."""
    return len(line.split()) <= _WORDS_OF_A_NAME and not _COMPOSED.search(line)


def _signs(lines: list[str], marks: list[Mark], kept: list[int], place: int) -> bool:
    """Whether the rule at this place stands above a signature, and not between paragraphs."""
    if _underlines(lines, kept[place]) or _introduces(lines, kept[place]):
        return False
    own: list[int] = []
    for one in range(place + 1, len(kept)):
        at = kept[one]
        if marks[at] != "q" and lines[at].strip():
            own.append(at)
        if len(own) > _LINES:
            return False
    for number, at in enumerate(own):
        if begins_like(lines[at : at + 3], "disclaimers"):
            return True
        ruled = number > 0 and is_rule(lines[own[number - 1]])
        framed = ruled and lines[own[number - 1]] == lines[kept[place]]
        sentence = (
            (ruled or number == 0) and not may_be_name(lines[at]) and not is_device(lines[at])
        )
        if framed or sentence or _COMPOSED.search(lines[at]):
            return False
    return True


def _introduces(lines: list[str], at: int) -> bool:
    """Whether what is above the rule leads to what is below it."""
    above = next((line for line in reversed(lines[max(0, at - 3) : at]) if line.strip()), "")
    return above.endswith(":")


def _underlines(lines: list[str], at: int) -> bool:
    """Whether the rule is as long as the line above it, which is a title then."""
    above = lines[at - 1].strip() if at else ""
    alone = at < 2 or not lines[at - 2].strip()
    return bool(above) and alone and abs(len(above) - len(lines[at].strip())) <= 1
