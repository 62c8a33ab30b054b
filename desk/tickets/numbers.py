"""Ticket numbers: written, read back however they were typed, and said aloud.

A number is the ticket's id in six digits or more, so that it is unique; a transaction that was
undone leaves a gap, which means nothing. Letters and digits are grouped so that they can be
dictated on the telephone in either language.
"""

import re
from functools import cache

from desk.messages import LANGUAGES, catalogue
from textkit.normalise import fold

PREFIX = "ASD"
_MAX_ID = 2**31 - 1
"""What the store's column holds."""
_TYPED = re.compile(r"(?:a\W*s\W*d)?\W*((?:\d\W*){1,12})")


def number(ticket_id: int) -> str:
    """The number of an id: 123 is `ASD-000123`."""
    return f"{PREFIX}-{ticket_id:06d}"


def parse(text: str) -> int | None:
    """The id of a number as people type it: `ASD-000123`, `asd 123`, `A.S.D. 000 123`, `123`."""
    found = _TYPED.fullmatch(fold(text).strip())
    if found is None:
        return None
    ticket_id = int(re.sub(r"\D", "", found[1]))
    return ticket_id if 0 < ticket_id <= _MAX_ID else None


def heard(text: str) -> int | None:
    """The id of a number as it is dictated in either language, or typed.

    `a, ese, de; cero, cero, cero; uno, dos, tres` is 123, and so is `asd 123`.
    """
    return parse("".join(_sounds().get(word, word) for word in re.findall(r"\w+", fold(text))))


@cache
def _sounds() -> dict[str, str]:
    """By the word for a digit or letter, what it stands for."""
    found: dict[str, str] = {}
    for language in LANGUAGES:
        words = catalogue(language)["numbers"]
        found |= {fold(word): letter for letter, word in words["letters"].items()}
        found |= {fold(word): str(digit) for digit, word in enumerate(words["digits"])}
    return found


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
