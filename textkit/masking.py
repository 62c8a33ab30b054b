"""Masking of the secrets that visitors paste, before anything is stored or logged (DOMAIN.md §3).

When in doubt between leaking a secret and masking a harmless number, it masks. Business
identifiers that the desk needs (EIN, entry, container, trip and ticket numbers) survive.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from textkit._chain import find_chained
from textkit._codes import find_codes
from textkit._fields import find_fields
from textkit._numbers import find_numbers
from textkit._passwords import find_passwords
from textkit._secret import Secret
from textkit.normalise import Plain, plain

KINDS = (
    "ssn",
    "itin",
    "bank",
    "card",
    "password",
    "token",
    "birth_date",
    "passport",
    "driver_license",
)
_PLACEHOLDER = {kind: f"[{kind.replace('_', '-')}]" for kind in KINDS}
_PLACEHOLDERS = re.compile("|".join(map(re.escape, _PLACEHOLDER.values())))
_TICKET = re.compile(r"(?<![a-z0-9])as[dm]-\d{6,7}(?!\d)")
_WEB_PATH = re.compile(r"https?://[^\s?=]+")
_PATH_PART = re.compile(r"[^/#]+")
_PATH_NUMBER = re.compile(r"\d+|\d{3}-\d{2}-\d{4}|[^:@]+:[^@]+@.*")
_KIND = {placeholder: kind for kind, placeholder in _PLACEHOLDER.items()}
_ROUNDS = 8
_WORD_WITH_DIGIT = re.compile(r"[^\s\d]{0,64}\d\S{0,64}")
# Stands for a placeholder while searching: neither a digit, nor a word, nor white space.
_OPAQUE = "\0"


@dataclass(frozen=True, slots=True)
class Masked:
    """Text without secrets, and the kinds that were found, in the order of `KINDS`."""

    text: str
    kinds: tuple[str, ...]


def mask(text: str) -> Masked:
    """Replace each secret in `text` by its placeholder, such as `[ssn]`; idempotent.

    A replaced secret can uncover another one (a list behind a context word), so the search is
    repeated until it finds nothing; two rounds are the rule. A text that yields one secret a round
    is made to keep a machine busy: after some rounds every word with a digit goes.
    """
    found: set[str] = set()
    for _ in range(_ROUNDS):
        secrets = find_secrets(text)
        if not secrets:
            break
        text = _replaced(text, secrets)
        found.update(secret.kind for secret in secrets)
    else:
        text = _WORD_WITH_DIGIT.sub(_PLACEHOLDER[secrets[-1].kind], text)
    return Masked(text, tuple(kind for kind in KINDS if kind in found))


def _replaced(text: str, secrets: tuple[Secret, ...]) -> str:
    pieces: list[str] = []
    position = 0
    for secret in secrets:
        pieces += text[position : secret.start], _PLACEHOLDER[secret.kind]
        position = secret.end
    return "".join(pieces) + text[position:]


def find_secrets(text: str) -> tuple[Secret, ...]:
    """Where the secrets of `text` stand, in order: what one round of `mask` replaces."""
    return tuple(_merged(plain(text)))


def _opaque(view: Plain) -> Plain:
    """Take out placeholders, the desk's own ticket numbers and the paths of web addresses, whose
    numbers are public.

    A part of a path that is all digits stays in, and so does the query.
    """
    text = _PLACEHOLDERS.sub(_blot, view.text.replace(_OPAQUE, " "))
    text = _TICKET.sub(_blot, text)
    text = _WEB_PATH.sub(lambda path: _PATH_PART.sub(_blot_wordy, path[0]), text)
    return Plain(view.source, text, view.origins)


def _blot(match: re.Match[str]) -> str:
    return _OPAQUE * len(match[0])


def _blot_wordy(match: re.Match[str]) -> str:
    return match[0] if _PATH_NUMBER.fullmatch(match[0]) else _blot(match)


def _merged(view: Plain) -> Iterator[Secret]:
    """The secrets of `view` in source positions, in order; overlapping ones become one."""
    known = [Secret(*match.span(), _KIND[match[0]]) for match in _PLACEHOLDERS.finditer(view.text)]
    view = _opaque(view)
    found = [
        *find_passwords(view),
        *find_codes(view.text),
        *find_numbers(view),
        *find_fields(view.text),
    ]
    found += find_chained(view, [*known, *found])
    pending: Secret | None = None
    for secret in sorted(found, key=lambda item: (item.start, -item.end)):
        if pending is None or secret.start >= pending.end:
            if pending is not None:
                yield _in_source(view, pending)
            pending = secret
        elif secret.end > pending.end:
            pending = Secret(pending.start, secret.end, pending.kind)
    if pending is not None:
        yield _in_source(view, pending)


def _in_source(view: Plain, secret: Secret) -> Secret:
    return Secret(*view.span(secret.start, secret.end), secret.kind)
