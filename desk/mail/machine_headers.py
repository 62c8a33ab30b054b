"""The headers by which machines and lists are known."""

import re
from collections.abc import Iterator

from desk.mail.message import Mail

_NULL_SENDER = re.compile(
    r"^\s*(?:<{1,2}\s*>{1,2}|\"\"|<#@\[\]>|<?MAILER-DAEMON(?:@[^\s>]*)?>?)\s*$", re.IGNORECASE
)
# Programs name theirs as they like.
_ANSWERED = re.compile(r"^x-.*(?:auto-?(?:re(?:ply|spon)|gen)|vacation|out-?of-?office)")
_OTHER = (
    "x-hmxmroriginalrecipient", "x-servicenow-generated", "x-fc-machinegenerated", "x-cron-env",
    "x-ms-exchange-generated-message-source", "x-facebook-notify", "x-linkedin-class",
    "x-jira-fingerprint", "x-bugzilla-reason", "x-jenkins-job", "x-otrs-loop",
)  # fmt: skip
_NOTHING = {"no", "false", "0", "none", ""}
_LISTS = (
    "list-id", "list-unsubscribe", "list-post", "list-help", "list-subscribe", "list-owner",
    "list-archive", "mailing-list", "x-mailing-list", "x-list",
)  # fmt: skip


def signs_of_machine(mail: Mail) -> Iterator[str]:
    """The headers that programs put on what they write by themselves."""
    submitted = {value.partition("(")[0].strip(' "') for value in _values(mail, "auto-submitted")}
    if submitted - {"no", ""}:
        yield "auto-submitted"
    for name in dict.fromkeys(name for name, _ in mail.headers):
        written = name in _OTHER or (_ANSWERED.search(name) and "suppress" not in name)
        if written and set(_values(mail, name)) - _NOTHING:
            yield name
    if any("autoresponder" in value.lower() for value in mail.all("x-post-messageclass")):
        yield "x-post-messageclass"
    if any("autorespond" in value for value in _values(mail, "delivered-to")):
        yield "delivered-to"
    # What is sent in bulk may be a person's, when a program for customers sends it.
    if _precedence(mail) & {"junk", "auto_reply", "auto-reply"} and not any(signs_of_list(mail)):
        yield "precedence"
    # Lists that people write through mark what they pass on, too.
    if any(value.strip() for value in mail.all("x-loop")) and not any(signs_of_list(mail)):
        yield "x-loop"
    if any(_NULL_SENDER.match(value) for value in mail.all("return-path")):
        yield "return-path"


def signs_of_list(mail: Mail) -> Iterator[str]:
    """The headers of a list."""
    return (name for name in _LISTS if mail.all(name))


def signs_of_bulk(mail: Mail) -> Iterator[str]:
    """The header of what is sent to many."""
    if _precedence(mail) & {"list", "bulk", "junk"}:
        yield "precedence"


def _precedence(mail: Mail) -> set[str]:
    return {*_values(mail, "precedence"), *_values(mail, "x-precedence")}


def _values(mail: Mail, name: str) -> list[str]:
    """A header's values in lower case, without their parameters."""
    return [value.partition(";")[0].strip().lower() for value in mail.all(name)]
