"""What a mail says in words by which machines are known (`machines.toml`)."""

import re

from desk.mail.message import Mail
from desk.mail.tables import forms
from desk.mail.trim import trim

_TABLE = "machines"
_BEGINNING, _LOOKED_THROUGH = 600, 4_000
_PREFIX = re.compile(r"^(?:\s*(?:\[[^\]]{1,40}\]|\*+)\s*)+")
_ASKS = re.compile(r"[?？](?:[\s\"'”»)]|$)")


def opens(subject: str, group: str) -> bool:
    """Whether a subject, also without what a border puts before it, begins so."""
    whole = subject.strip().lower()
    return any(
        form.match(one)
        for one in (whole, _PREFIX.sub("", whole))
        for form in forms(_TABLE, group)
    )  # fmt: skip


def says_first(mail: Mail, group: str) -> bool:
    """Whether the text begins so; an answer to a machine quotes it further below."""
    first = " ".join(mail.text[:_BEGINNING].lower().split()).lstrip("*#-=_ ")
    return any(form.match(first) for form in forms(_TABLE, group))


def says(mail: Mail, group: str) -> bool:
    """Whether the text says so anywhere but in what it quotes."""
    lines = mail.text[:_LOOKED_THROUGH].lower().split("\n")
    said = " ".join(" ".join(line for line in lines if not line.startswith(">")).split())
    return any(form.search(said) for form in forms(_TABLE, group))


def asks(mail: Mail) -> bool:
    """Whether there is a question in the sender's own words."""
    return bool(_ASKS.search(trim(mail.text).own_words))


def is_named(name: str, group: str) -> bool:
    """Whether a sender's name is one of a group."""
    return any(form.search(name.lower()) for form in forms(_TABLE, group))
