"""What a mail goes on with, by marks that only the desk can make, or by a ticket's number.

Whoever knows a ticket's number can write it into a subject, and thread headers can be made up.
A mark is therefore signed, and whoever asks must still be a party of what it names.
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

_MAIL = "ASM"
_REFERENCE = rf"(?:ASD|{_MAIL})-\d{{6,12}}"
_MARK = re.compile(rf"({_REFERENCE})\.([a-z2-7]{{16}})", re.IGNORECASE)
_ISSUED = re.compile(
    rf"(?<![A-Z0-9-])({_REFERENCE})\.([a-z0-9-]{{1,40}})\.([a-z2-7]{{16}})@", re.IGNORECASE
)
_IN_SUBJECT = re.compile(r"(?<![A-Z0-9-])(ASD-\d{6,12})(?![0-9])", re.IGNORECASE)
_PREFIXES = re.compile(
    r"^(?:\s*(?:re|rv|res|r|fw|fwd|rm|enc|aw|wg|tr|sv|vs|antw|ref)\s*(?:\[\d+\])?\s*:\s*)+",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Thread:
    """What a mail names, and how."""

    reference: str
    """The number of a ticket (`ASD-000123`), or of a mail that the assistant answered
    (`ASM-000123`)."""
    way: Way

    @property
    def ticket(self) -> str | None:
        """The ticket's number, if it is one."""
        return None if self.mail_id else self.reference

    @property
    def mail_id(self) -> int | None:
        """The id of the mail, if it is one."""
        kind, _, digits = self.reference.partition("-")
        return int(digits) if kind == _MAIL else None


def mail_reference(mail_id: int) -> str:
    """What answers to a mail that has no ticket are marked with."""
    return f"{_MAIL}-{mail_id:06d}"


class Marks:
    """Makes and knows the marks of one desk."""

    def __init__(self, key: str, domain: str) -> None:
        self._key = key.encode()
        self._domain = domain

    def address(self, own: str, reference: str) -> str:
        """Where answers go that go on with something: the desk's address with a mark."""
        user, _, domain = own.rpartition("@")
        return f"{user}+{reference}.{self._mac('reply', reference)}@{domain}"

    def message_id(self, reference: str, item: str) -> str:
        """The Message-ID, without angle brackets, of something that is sent.

        Args:
            reference: what an answer to it goes on with.
            item: what is sent, in letters, digits and hyphens; the same has the same id for ever.
        """
        return f"{reference}.{item}.{self._mac('id', f'{reference}.{item}')}@{self._domain}"

    def thread(self, mail: Mail) -> Thread | None:
        """What a mail goes on with: by where it went, else what it answers, else its subject."""
        for address in mail.recipients:
            for found in _MARK.finditer(address.address):
                reference = found[1].upper()
                if self._is_ours(found[2], "reply", reference):
                    return Thread(reference=reference, way="token")
        for known in mail.references:
            for reference, _ in self.issued(known):
                return Thread(reference=reference, way="message_id")
        named = _IN_SUBJECT.search(mail.subject)
        return Thread(reference=named[1].upper(), way="subject") if named else None

    def issued(self, text: str) -> Iterator[tuple[str, str]]:
        """The reference and item of each Message-ID in a text that this desk has made."""
        for found in _ISSUED.finditer(text):
            # Some programs change the letters' case; a number is in capitals, the rest is not.
            reference, item = found[1].upper(), found[2].lower()
            if self._is_ours(found[3], "id", f"{reference}.{item}"):
                yield reference, item

    def _mac(self, use: str, text: str) -> str:
        made = hmac.digest(self._key, f"{use}/{text}".encode(), sha256)
        return base64.b32encode(made[:10]).decode().lower()

    def _is_ours(self, mac: str, use: str, text: str) -> bool:
        return hmac.compare_digest(mac.lower(), self._mac(use, text))


def names_ticket(text: str) -> bool:
    """Whether a text speaks of a ticket by its number."""
    return _IN_SUBJECT.search(text) is not None


def bare_subject(subject: str) -> str:
    """A subject without the prefixes of replies and forwards."""
    return _PREFIXES.sub("", subject).strip()
