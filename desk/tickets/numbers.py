"""Ticket numbers: written, read back however they were typed, and said aloud.

A number is the ticket's id in six digits or more, so that it is unique; a transaction that was
undone leaves a gap, which means nothing. Letters and digits are grouped so that they can be
dictated on the telephone in either language.
"""

import re

from desk.messages import catalogue
from textkit.normalise import fold

PREFIX = "ASD"
_TYPED = re.compile(r"(?:a\W*s\W*d)?\W*((?:\d\W*){1,12})")


def number(ticket_id: int) -> str:
    """The number of an id: 123 is `ASD-000123`."""
    return f"{PREFIX}-{ticket_id:06d}"


def parse(text: str) -> int | None:
    """The id of a number as people type it: `ASD-000123`, `asd 123`, `A.S.D. 000 123`, `123`."""
    found = _TYPED.fullmatch(fold(text).strip())
    if found is None:
        return None
    return int(re.sub(r"\D", "", found[1])) or None


def spoken(ticket_id: int, language: str) -> str:
    """The number in words, letter by letter and digit by digit, in groups of three.

    `ASD-000123` is "A, S, D; zero, zero, zero; one, two, three".
    """
    words = catalogue(language)["numbers"]
    letters = ", ".join(words["letters"][letter] for letter in PREFIX)
    digits = f"{ticket_id:06d}"
    head = len(digits) % 3
    groups = [digits[:head]] if head else []
    groups += [digits[at : at + 3] for at in range(head, len(digits), 3)]
    said = (", ".join(words["digits"][int(digit)] for digit in group) for group in groups)
    return "; ".join([letters, *said])
