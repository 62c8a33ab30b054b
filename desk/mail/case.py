"""A mail that is being dealt with: what the gate found out, in the shape that the store keeps."""

from dataclasses import dataclass
from email.utils import getaddresses
from typing import Any

from desk.conversations.handoff import find_emails
from desk.conversations.models import InboundMail
from desk.conversations.service import MAX_TEXT
from desk.mail.gate import Passed
from desk.mail.message import Mail
from desk.mail.threads import bare_subject
from desk.messages import say
from textkit.masking import mask
from textkit.normalise import printable

_LONGEST_BODY = 100_000
"""Characters of a whole body that are kept."""
_LONGEST_ASKED = 20_000
"""Characters in which questions are looked for."""
_LONGEST_NAME, _LONGEST_SUBJECT = 200, 500


@dataclass(frozen=True, kw_only=True)
class Case:
    """A mail that somebody wrote to the desk, read."""

    row: InboundMail
    passed: Passed
    found: dict[str, Any]
    """Columns of the row, masked."""
    text: str
    """What was written, for the conversation, which masks it."""
    own_words: str
    """The same without any quotation, masked: what is asked."""

    @property
    def subject(self) -> str:
        """Masked, without the prefixes of replies."""
        return bare_subject(str(self.found["subject"]))

    @property
    def reply_language(self) -> str:
        """English where somebody writes in a language that the desk does not speak."""
        found = self.passed.language
        return "en" if found.language == "other" else found.reply

    @property
    def silent(self) -> bool:
        """No machine may answer: it was asked not to, or the sender is not who they claim to be."""
        return self.passed.silent or self.passed.authentication.verdict == "fail"

    @property
    def requester(self) -> dict[str, str]:
        """Who wrote it, as fields of a ticket's requester."""
        known = {"name": str(self.found["sender_name"]), "email": str(self.found["sender"])}
        return {name: value for name, value in known.items() if value}


def case_of(row: InboundMail, passed: Passed, *, own: tuple[str, ...]) -> Case:
    """Read what the gate has passed.

    Args:
        own: the desk's addresses, which are never answered.
    """
    mail = passed.mail
    subject = mask(printable(mail.subject)).text[:_LONGEST_SUBJECT]
    words = passed.trimmed.text.strip() or bare_subject(subject)
    text = printable(words).strip().lstrip("/ ")
    return Case(
        row=row,
        passed=passed,
        text=_cut(text, MAX_TEXT) or say("mail.no_words", passed.language.reply),
        own_words=mask(printable(_cut(passed.trimmed.own_words, _LONGEST_ASKED))).text,
        found={
            "state": "done",
            "kind": passed.classification.kind,
            "decision": row.released_as or passed.decision,
            "reason": passed.reason,
            "language": passed.language.language,
            "authentication": {
                "verdict": passed.authentication.verdict,
                "forged": passed.authentication.forged,
                **passed.authentication.results,
            },
            "silent": passed.silent,
            "reference": passed.thread.reference if passed.thread else None,
            "message_id": mail.message_id,
            "thread": list(reversed(mail.references)),
            "sender": mail.sender.address,
            "sender_name": mask(printable(mail.sender.name)).text[:_LONGEST_NAME],
            "answer_to": _answer_to(mail, own),
            "subject": subject,
            "body": mask(printable(_cut(mail.text, _LONGEST_BODY))).text,
        },
    )


def _cut(text: str, most: int) -> str:
    """The first lines of a long text: half of a secret would not be known as one."""
    if len(text) <= most:
        return text
    kept, newline, _ = text[:most].rpartition("\n")
    return kept if newline else text[:most].rpartition(" ")[0]


def _answer_to(mail: Mail, own: tuple[str, ...]) -> str:
    """Where answers go; empty when there is no address that can be written to."""
    wished = [address for _, address in getaddresses([mail.first("reply-to")], strict=False)]
    for address in (*wished, mail.sender.address):
        lowered = address.strip().lower()
        if find_emails(lowered) == [lowered] and lowered not in own:
            return lowered
    return ""
