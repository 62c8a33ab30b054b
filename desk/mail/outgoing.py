"""A mail that the desk writes, as bytes that any mail program reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

_MOST_REFERENCES = 20
_POLICY = SMTP.clone(cte_type="7bit")


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """What is sent to one address."""

    to: str
    subject: str
    text: str
    html: str | None = None
    message_id: str
    """Without angle brackets; the same at each attempt, so that a receiver knows it again."""
    answers: str | None = None
    """The Message-ID of the mail that this answers."""
    references: Sequence[str] = ()
    """Message-IDs of the thread before it, the oldest first."""
    reply_to: str
    """The address that answers go to, with the mark of the thread."""
    sender_name: str
    language: str
    """en or es."""
    automatic: bool
    """No person wrote it (RFC 3834); what an analyst writes says nothing of the kind."""

    def message(self, *, address: str, at: datetime) -> EmailMessage:
        """The mail.

        Args:
            address: the desk's own, which it is from.
            at: when it was written, which is not changed by another attempt.
        """
        mail = EmailMessage(policy=_POLICY)
        user, _, domain = address.rpartition("@")
        mail["From"] = Address(self.sender_name, user, domain)
        mail["To"] = self.to
        mail["Reply-To"] = self.reply_to
        mail["Subject"] = " ".join(self.subject.split())
        mail["Date"] = format_datetime(at)
        mail["Message-ID"] = f"<{self.message_id}>"
        if self.answers:
            mail["In-Reply-To"] = f"<{self.answers}>"
        if thread := self._thread():
            mail["References"] = " ".join(f"<{one}>" for one in thread)
        if self.automatic:
            mail["Auto-Submitted"] = "auto-replied"
            # Exchange heeds this and not the header of the standard.
            mail["X-Auto-Response-Suppress"] = "All"
        mail.set_content(self.text, cte="quoted-printable")
        if self.html:
            mail.add_alternative(self.html, subtype="html", cte="quoted-printable")
        # Each content that is set takes the headers away that tell of the one before.
        mail["Content-Language"] = self.language
        return mail

    def _thread(self) -> list[str]:
        """The first mail and the latest ones (RFC 5322 section 3.6.4 lets a long list be cut)."""
        known = list(dict.fromkeys([*self.references, *filter(None, [self.answers])]))
        if len(known) > _MOST_REFERENCES:
            known = [known[0], *known[1 - _MOST_REFERENCES :]]
        return known
