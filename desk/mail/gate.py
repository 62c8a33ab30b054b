"""Every step that a mail passes, in their order, up to what is to be done with it."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from desk.mail.authentication import Authentication, authenticate
from desk.mail.classify import Classification, Kind, classify, wants_silence
from desk.mail.message import Mail
from desk.mail.parse import parse
from desk.mail.threads import Marks, Thread, bare_subject, names_ticket
from desk.mail.trim import Trimmed, trim
from textkit.language import Detection, detect

Decision = Literal["assistant", "ticket", "append", "quarantine", "bounce", "ignore"]
"""`assistant`: it is a question, which the assistant answers or hands on. `ticket`: a person must
look. `append`: it belongs to a ticket. `quarantine`: nobody is answered until an analyst has
looked. `bounce`: what we sent did not arrive. `ignore`: a machine wrote it."""

_ENCRYPTED = {
    "multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime",
    "application/pgp-encrypted",
}  # fmt: skip
_ARMOUR = re.compile(r"^-----BEGIN PGP MESSAGE-----\s*$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Passed:
    """A mail, and what each step found out about it."""

    mail: Mail
    classification: Classification
    authentication: Authentication
    thread: Thread | None
    trimmed: Trimmed
    language: Detection
    decision: Decision
    reason: str
    silent: bool
    """Whoever wrote it is not to be answered by a machine."""


def examine(
    raw: bytes,
    *,
    marks: Marks,
    own: Collection[str] = (),
    bounces: str = "",
    authserv_id: str = "",
) -> Passed:
    """Put a mail through the gate; nothing is stored or sent.

    Args:
        raw: the mail as it came.
        marks: what knows the marks of this desk's own mails.
        own: this desk's addresses, in lower case.
        bounces: the one that what can't be delivered comes back to; nobody is answered there.
        authserv_id: what the border that receives for the desk calls itself.

    Raises:
        desk.mail.parse.Unreadable: it is no mail that can be read.
    """
    mail = parse(raw)
    classification = classify(mail, own=own)
    if any(one.address == bounces for one in mail.recipients):
        classification = Classification(kind="bounce", signs=("to",))
    authentication = authenticate(
        mail.all("authentication-results"), authserv_id=authserv_id, sender=mail.sender.address
    )
    thread = marks.thread(mail)
    trimmed = trim(mail.text)
    said = trimmed.own_words or bare_subject(mail.subject)
    decision, reason = decide(mail, classification.kind, authentication, thread, trimmed)
    return Passed(
        mail=mail,
        classification=classification,
        authentication=authentication,
        thread=thread,
        trimmed=trimmed,
        language=detect(said),
        decision=decision,
        reason=reason,
        silent=classification.kind != "human" or wants_silence(mail),
    )


def decide(
    mail: Mail,
    kind: Kind,
    authentication: Authentication,
    thread: Thread | None,
    trimmed: Trimmed,
) -> tuple[Decision, str]:
    """What to do with a mail, and why, in a word that the documents explain."""
    if kind == "own":
        return "ignore", "own"
    if kind == "bounce":
        return "bounce", "undelivered"
    if kind == "auto_reply":
        return "ignore", "automatic"
    if kind == "list":
        return "quarantine", "list"
    if not mail.sender.address:
        return "quarantine", "no_sender"
    if authentication.verdict == "fail":
        return "quarantine", "authentication_failed"
    if thread is not None:
        return "append", f"thread_by_{thread.way}"
    if _is_encrypted(mail):
        return "ticket", "encrypted"
    if not trimmed.text and not bare_subject(mail.subject):
        return ("ticket", "files_only") if mail.files else ("quarantine", "empty")
    if names_ticket(trimmed.own_words):
        return "ticket", "names_ticket"
    return "assistant", "question"


def _is_encrypted(mail: Mail) -> bool:
    """Whether what was written can not be read; a file beside a text does not matter."""
    if mail.media_type in _ENCRYPTED or _ARMOUR.search(mail.text):
        return True
    return bool(set(mail.parts) & _ENCRYPTED) and not mail.text.strip()
