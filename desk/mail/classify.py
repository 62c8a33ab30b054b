"""Whether a person wrote a mail, told by its headers and its subject.

A machine is never answered (RFC 3834), and a person is never taken for a machine: a sign counts
only where no mail program puts it on what a person writes. `X-Auto-Response-Suppress` is no sign:
it asks for silence and does not say who asks.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from desk.mail.machine_headers import signs_of_bulk, signs_of_list, signs_of_machine
from desk.mail.message import Mail
from desk.mail.sayings import asks, is_named, opens, says, says_first

Kind = Literal["human", "auto_reply", "bounce", "list", "own"]

_FORWARDED = re.compile(r"^\s*(?:re|fwd?|rv|rm|wg|tr|i|enc)\s*:", re.IGNORECASE)
_DAEMONS = re.compile(
    r"^(?:mailer?[_-]?daemon|mail-?delivery|microsoftexchange[0-9a-f]{32}|bounces?)(?:[+@.=-]|$)"
)
_POSTMASTERS = re.compile(r"^post[_-]?master@")
_NO_REPLY = re.compile(
    r"^(?:[\w.+-]*[._+-])?(?:no|not|do[._-]?not|never|nao)[._-]?"
    r"(?:reply|respond|responder|responda|contestar?)(?:[._+-][\w.+-]*)?@"
    r"|^auto[._-]?(?:reply|respond|responder|response|answer|mailer)(?:[._+-][\w.+-]*)?@"
    r"|^notifications?(?:\+[\w.+-]*)?@"
)
_REPORTS = {
    "message/delivery-status", "message/global-delivery-status",
    "text/rfc822-headers", "message/rfc822-headers", "message/global-headers",
}  # fmt: skip
_RECEIPTS = {
    "message/disposition-notification", "message/global-disposition-notification",
    "message/feedback-report",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Classification:
    """What wrote a mail, and the signs by which that was told."""

    kind: Kind
    signs: tuple[str, ...] = ()


def classify(mail: Mail, *, own: Collection[str] = ()) -> Classification:
    """Tell whether a person, a machine, a list or this desk itself wrote a mail.

    Args:
        mail: what came.
        own: the desk's own addresses, in lower case.
    """
    if mail.sender.address and mail.sender.address in own:
        return Classification(kind="own", signs=("from",))
    if any(value.strip().lower() in own for value in mail.all("x-loop")):
        return Classification(kind="own", signs=("x-loop",))
    kinds: tuple[tuple[Kind, Callable[[Mail], Iterator[str]]], ...] = (
        ("bounce", _bounce),
        ("auto_reply", _machine),
        ("list", _list),
    )
    for kind, look in kinds:
        if signs := tuple(look(mail)):
            return Classification(kind=kind, signs=signs)
    return Classification(kind="human")


def wants_silence(mail: Mail) -> bool:
    """Whether a sender asks not to be answered by machines, which a person's mail may do too."""
    asked = {
        word.strip().lower()
        for value in mail.all("x-auto-response-suppress")
        for word in value.split(",")
    }
    return bool(asked & {"all", "autoreply", "oof"})


def _bounce(mail: Mail) -> Iterator[str]:
    kinds = set(mail.parts)
    # Some programs put the parts of a bounce into the mail with which a person passes it on.
    passed_on = mail.media_type != "multipart/report" and bool(_FORWARDED.match(mail.subject))
    if (kinds & _REPORTS and not passed_on) or "delivery-status" in mail.first(
        "content-type"
    ).lower():
        yield "delivery-status"
    if mail.all("x-failed-recipients"):
        yield "x-failed-recipients"
    spoken = opens(mail.subject, "bounce_if") and (
        any(signs_of_machine(mail)) or _speaks_of_mail(mail)
    )
    if _is_daemon(mail, spoken=spoken):
        yield "from"
    if opens(mail.subject, "bounce") or spoken:
        yield "subject"
    if says_first(mail, "bounce_text"):
        yield "text"


def _is_daemon(mail: Mail, *, spoken: bool) -> bool:
    """Whether a mail server wrote it; whoever looks after one may be a customer, too."""
    if _DAEMONS.match(mail.sender.address) or is_named(mail.sender.name, "daemons"):
        return True
    if not _POSTMASTERS.match(mail.sender.address) and not is_named(
        mail.sender.name, "postmasters"
    ):
        return False
    return (
        spoken
        or any(signs_of_machine(mail))
        or "message/rfc822" in mail.parts
        or _speaks_of_mail(mail)
        or opens(mail.subject, "bounce_if")
    )


def _speaks_of_mail(mail: Mail) -> bool:
    return says(mail, "bounce_words") or (says(mail, "bounce_phrases") and not asks(mail))


def _machine(mail: Mail) -> Iterator[str]:
    yield from signs_of_machine(mail)
    passed_on = bool(_FORWARDED.match(mail.subject))
    if (set(mail.parts) & _RECEIPTS and not passed_on) or mail.media_type == "multipart/report":
        yield "report"
    if _answers_an_invitation(mail):
        yield "calendar"
    if _NO_REPLY.match(mail.sender.address) and not _reply_to_another(mail):
        yield "from"
    words = says(mail, "auto_reply_words") and not asks(mail)
    if any(signs_of_bulk(mail)) and words and not any(signs_of_list(mail)):
        yield "precedence"
    if opens(mail.subject, "auto_reply") or (
        opens(mail.subject, "auto_reply_if") and (words or _is_bare(mail))
    ):
        yield "subject"
    if says_first(mail, "auto_reply_text") or (
        says_first(mail, "auto_reply_phrases") and not asks(mail)
    ):
        yield "text"


def _list(mail: Mail) -> Iterator[str]:
    yield from signs_of_list(mail)
    yield from signs_of_bulk(mail)


def _answers_an_invitation(mail: Mail) -> bool:
    """Accepting and declining are sent by a calendar; an invitation is sent by a person."""
    return any(
        file.media_type == "text/calendar" and re.search(rb"^METHOD:\s*REPLY", file.content, re.M)
        for file in mail.files
    ) or bool(re.search(r"method=\"?reply", mail.first("content-type"), re.IGNORECASE))


def _reply_to_another(mail: Mail) -> bool:
    """A form on a site writes for a person, whom `Reply-To` names."""
    return any(
        "@" in value and not _NO_REPLY.search(value.lower().strip(" <"))
        for value in mail.all("reply-to")
        if mail.sender.address not in value.lower()
    )


def _is_bare(mail: Mail) -> bool:
    """Whether there is nothing but a subject that asks nothing, or a calendar's entry."""
    return "text/calendar" in mail.parts or (not mail.text.strip() and "?" not in mail.subject)
