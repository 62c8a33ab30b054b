"""What the sender of a mail has written, without what the mail quotes and how it is signed.

Nothing is thrown away: the whole body is kept beside it, and an analyst can unfold it. When all
would be cut (a mail that is forwarded without a word), all is kept.
"""

from dataclasses import dataclass

from desk.mail.lines import clean, is_quoted, is_rule
from desk.mail.notices import below_banners, without_notices
from desk.mail.quotations import end_of_own, marks_of, without_outer
from desk.mail.signatures import is_device, without_devices, without_signature

_LONGEST = 20_000
"""Lines; nobody writes more by hand."""


@dataclass(frozen=True, kw_only=True)
class Trimmed:
    """The parts of a body."""

    text: str
    """What was written, with what it quotes in between, where it answers point by point."""
    own_words: str
    """The text without any quoted line: what its language and meaning are told from."""


def trim(body: str) -> Trimmed:
    """Cut what is quoted, the signature and notices from a plain text body."""
    whole = [clean(line) for line in body.split("\n")[:_LONGEST]]
    lines = below_banners(whole)
    marks = marks_of(lines)
    kept = list(range(end_of_own(lines, marks)))
    kept = without_signature(lines, marks, kept)
    kept = without_devices(lines, marks, kept)
    kept = without_outer(lines, marks, kept)
    kept = without_notices(lines, marks, kept)
    kept = without_outer(lines, marks, kept)
    left = [lines[at] for at in kept]
    if all(is_rule(line) or not line.strip() or is_device(line) for line in left):
        return _trimmed(whole, [line for line in whole if not is_quoted(line)])
    return _trimmed(left, [lines[at] for at in kept if marks[at] != "q"])


def _trimmed(lines: list[str], own: list[str]) -> Trimmed:
    return Trimmed(text="\n".join(lines).strip("\n").rstrip(), own_words="\n".join(own).strip())
