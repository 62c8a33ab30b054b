"""What a line of a body is by its signs alone, and the marks that say what it was found to be."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal

Mark = Literal["q", "x", "c", "t"]
"""`q`: quoted, or naming who is quoted. `x`: here begins an older mail that is quoted whole. `c`:
between two fences, where no line means what it would elsewhere. `t`: any other."""

# A bar at the left quotes; one at the left and another further on are the columns of a table.
_QUOTED = re.compile(r"^\s{0,3}(?:>|&gt;|\|\s[^|]*$)")
# Some put a name before the mark; a menu has more of them in the line, a prompt no small letters.
_CITED = re.compile(r"^\s{0,3}([A-Z][a-z]{1,15})>{1,3} [^>]*$")
_INTRODUCED = re.compile(r"^>{2,}\s{0,3}\"([A-Z][a-z]{1,15})\" == ")
_RULE = re.compile(
    r"^\s*(?:[-–—]{2,}|[–—]|_{2,}|={5,}|\*{5,}|#{5,}|~{5,}|-\s-[\s-]*)\s*$"
)  # fmt: skip
_UNSEEN = "\ufeff\u200b\u200e\u200f\u2060"
"""What programs put at the ends of a line and nobody sees."""


def clean(line: str) -> str:
    """A line without what nobody sees."""
    return line.strip(_UNSEEN).rstrip().replace("\xa0", " ")


def is_quoted(line: str) -> bool:
    """Whether a line begins with a mark of quotation."""
    return bool(_QUOTED.match(line))


def cited(lines: Sequence[str]) -> list[int]:
    """The lines that quote somebody by name: one who is named above or quoted twice."""
    found = {at: match[1] for at, line in enumerate(lines) if (match := _CITED.match(line))}
    named = {match[1] for line in lines if (match := _INTRODUCED.match(line))}
    often = Counter(found.values())
    return [at for at, name in found.items() if name in named or often[name] > 1]


def is_rule(line: str) -> bool:
    """Whether a line is nothing but dashes or the like."""
    return bool(_RULE.match(line))


def quotation_follows(lines: list[str], marks: list[Mark], at: int) -> bool:
    """Whether the next line that is not empty, from `at` on, is near and quoted."""
    near = range(at, min(at + 3, len(lines)))
    following = next((one for one in near if lines[one].strip()), None)
    return following is not None and marks[following] == "q"
