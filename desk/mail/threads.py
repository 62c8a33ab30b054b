"""Which ticket a mail belongs to, by marks that only the desk can make, or by its number.

Whoever knows a ticket's number can write it into a subject, and thread headers can be made up.
A mark is therefore signed, and whoever asks must still be a party of the ticket.
"""

import base64
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from desk.mail.message import Mail

Way = Literal["token", "message_id", "subject"]

_NUMBER = r"ASD-\d{6,12}"
_MARK = re.compile(rf"({_NUMBER})\.([a-z2-7]{{16}})", re.IGNORECASE)
_ISSUED = re.compile(rf"^({_NUMBER}\.[a-z0-9-]{{1,40}})\.([a-z2-7]{{16}})@", re.IGNORECASE)
_IN_SUBJECT = re.compile(rf"(?<![A-Z0-9-])({_NUMBER})(?![0-9])", re.IGNORECASE)
_PREFIXES = re.compile(
    r"^(?:\s*(?:re|rv|res|r|fw|fwd|rm|enc|aw|wg|tr|sv|vs|antw|ref)\s*(?:\[\d+\])?\s*:\s*)+",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Thread:
    """The ticket that a mail names, and how."""

    ticket: str
    way: Way


class Marks:
    """Makes and knows the marks of one desk."""

    def __init__(self, key: str, domain: str) -> None:
        self._key = key.encode()
        self._domain = domain

    def token(self, ticket: str) -> str:
        """What stands behind the `+` of the address that answers about a ticket go to."""
        return f"{ticket}.{self._mac('reply', ticket)}"

    def message_id(self, ticket: str, item: str) -> str:
        """The Message-ID, without angle brackets, of something that is sent about a ticket.

        Args:
            ticket: its number.
            item: what is sent, in letters, digits and hyphens; the same has the same id for ever.
        """
        name = f"{ticket}.{item}"
        return f"{name}.{self._mac('id', name)}@{self._domain}"

    def thread(self, mail: Mail) -> Thread | None:
        """The ticket of a mail: by where it went, else by what it answers, else by its subject."""
        for address in mail.recipients:
            for found in _MARK.finditer(address.address):
                ticket = found[1].upper()
                if self._is_ours(found[2], "reply", ticket):
                    return Thread(ticket=ticket, way="token")
        for known in mail.references:
            issued = _ISSUED.match(known)
            if issued and self._is_ours(issued[2], "id", _as_issued(issued[1])):
                return Thread(ticket=issued[1][: issued[1].index(".")].upper(), way="message_id")
        named = next(_named(mail.subject), None)
        return Thread(ticket=named, way="subject") if named else None

    def _mac(self, use: str, text: str) -> str:
        made = hmac.digest(self._key, f"{use}/{text}".encode(), sha256)
        return base64.b32encode(made[:10]).decode().lower()

    def _is_ours(self, mac: str, use: str, text: str) -> bool:
        return hmac.compare_digest(mac.lower(), self._mac(use, text))


def bare_subject(subject: str) -> str:
    """A subject without the prefixes of replies and forwards."""
    return _PREFIXES.sub("", subject).strip()


def _as_issued(name: str) -> str:
    # Some programs change the letters' case; a number is in capitals, the rest is not.
    number, _, item = name.partition(".")
    return f"{number.upper()}.{item.lower()}"


def _named(subject: str) -> Iterator[str]:
    return (found[1].upper() for found in _IN_SUBJECT.finditer(subject))
