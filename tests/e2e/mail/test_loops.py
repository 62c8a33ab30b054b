"""Machines that answer each other fall silent, whatever was lost of the headers that prevent it."""

from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from uuid import uuid4

import pytest

from tests.e2e.mail.mailing import BUDGET, OTHER_BUDGET, Mailing, Person, to
from tests.relay import WARNS

pytestmark = WARNS

OF_MACHINES = ("auto-submitted", "x-auto-response-suppress", "precedence")
QUESTION = "How do I reset my password?"

Transit = Callable[[EmailMessage], EmailMessage | None]
"""What arrives of a mail that was sent; None when nothing does."""


@dataclass
class Line:
    """What one desk sends arrives where the line ends."""

    begin: Mailing
    end: Mailing
    transit: Transit
    carried: int = 0

    def __post_init__(self) -> None:
        self.carried = len(self.begin.relay.taken)

    def carry(self) -> int:
        """Take over what has been sent meanwhile; how many arrive."""
        new = [mail for _, mail in self.begin.relay.taken[self.carried :]]
        self.carried += len(new)
        arriving = [mail for one in new if (mail := self.transit(one)) is not None]
        if arriving:
            self.end.receives(*arriving)
        return len(arriving)


def until_silent(*lines: Line, most: int) -> int:
    """Carry mails until nobody sends any; how many there were, `most` at most."""
    carried = 0
    while now := sum(line.carry() for line in lines):
        carried += now
        assert carried <= most, "they do not stop"
    assert not any(line.begin.busy() for line in lines)
    return carried


def to_address(address: str, *, without: tuple[str, ...] = ()) -> Transit:
    """All that is sent to an address or to one of its marks arrives, without some headers."""
    user, _, domain = address.partition("@")

    def transit(mail: EmailMessage) -> EmailMessage | None:
        if not to(mail).startswith(user) or not to(mail).endswith(domain):
            return None
        return stripped(mail, *without)

    return transit


def stripped(mail: EmailMessage, *names: str) -> EmailMessage:
    kept = EmailMessage(policy=default)
    for name, value in mail.items():
        if name.lower() not in (*names, "mime-version") and not name.lower().startswith("content-"):
            kept[name] = str(value)
    part = mail.get_body(("plain",))
    assert part is not None
    kept.set_content(part.get_content())
    return kept


def responder(address: str, *, reply_to: Callable[[], str] | None = None) -> Transit:
    """A machine that answers each mail as if it were a person with a new matter."""

    def answer(mail: EmailMessage) -> EmailMessage | None:
        if not to(mail).endswith(address.partition("@")[2]):
            return None
        answer = EmailMessage(policy=default)
        answer["From"] = f"Support <{address}>"
        answer["To"] = parseaddr(str(mail["From"]))[1]
        answer["Subject"] = "Your request"
        answer["Message-ID"] = f"<{uuid4().hex}@{address.partition('@')[2]}>"
        if reply_to is not None:
            answer["Reply-To"] = reply_to()
        answer.set_content(f"Hello,\n\n{QUESTION}\n\nSupport\n")
        return answer

    return answer


@pytest.mark.parametrize("without", [(), OF_MACHINES], ids=["headers intact", "headers lost"])
def test_two_desks_fall_silent(desk: Mailing, other: Mailing, without: tuple[str, ...]) -> None:
    forward = Line(desk, other, to_address(other.address, without=without))
    back = Line(other, desk, to_address(desk.address, without=without))
    # Somebody gives the other desk's address as their own.
    Person(desk, address=other.address).writes(QUESTION, subject="Password")
    until_silent(forward, back, most=BUDGET + OTHER_BUDGET)


def test_two_desks_that_know_no_thread_fall_silent(desk: Mailing, other: Mailing) -> None:
    lost = (*OF_MACHINES, "in-reply-to", "references", "reply-to")
    forward = Line(desk, other, to_address(other.address, without=lost))
    back = Line(other, desk, to_address(desk.address, without=lost))
    Person(desk, address=other.address).writes(QUESTION, subject="Password")
    assert until_silent(forward, back, most=BUDGET + OTHER_BUDGET) >= OTHER_BUDGET


@pytest.mark.parametrize(
    "reply_to",
    [None, lambda: f"case-{uuid4().hex}@second.example"],
    ids=["one address", "an address for each mail"],
)
def test_a_responder_that_says_nothing_of_itself_is_answered_no_more(
    other: Mailing, reply_to: Callable[[], str] | None
) -> None:
    domain = "first.example" if reply_to is None else reply_to().partition("@")[2]
    address = f"support@{domain}"
    line = Line(other, other, responder(address, reply_to=reply_to))
    before = other.tickets()
    Person(other, address=address).writes(QUESTION, subject="Password")
    assert until_silent(line, most=BUDGET) == OTHER_BUDGET
    # What it wrote last is not lost: a person sees it.
    assert len(other.tickets() - before) == 1


def test_the_silence_is_for_the_machine_alone(other: Mailing) -> None:
    person = Person(other, address="person@first.example")
    assert "Reset or choose a password" in str(person.asks(QUESTION, subject="Password"))
