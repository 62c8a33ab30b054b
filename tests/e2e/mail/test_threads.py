"""What goes on after the first mail: replies find their place, and strangers find none."""

from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest

from tests.e2e.mail.mailing import ADDRESS, Mailing, Person, as_reply, html_of, number_in, text_of
from tests.relay import WARNS

pytestmark = WARNS

QUESTION = "How do I reset my password?"
WISH = "Please remove Peter Olsen from our account, he left the company on Friday."
MORE = "His user ID is polsen7 and his last day was November 20."


@pytest.fixture
def person(desk: Mailing) -> Person:
    return Person(desk)


def by_all(receipt: EmailMessage) -> dict[str, str]:
    return as_reply(receipt)


def by_address(receipt: EmailMessage) -> dict[str, str]:
    return {"To": str(receipt["Reply-To"]), "subject": "one more thing"}


def by_message_id(receipt: EmailMessage) -> dict[str, str]:
    return {"subject": "one more thing", "In_Reply_To": str(receipt["Message-ID"]).strip()}


def by_number(receipt: EmailMessage) -> dict[str, str]:
    return {"subject": f"About {number_in(receipt)}"}


WAYS: tuple[Callable[[EmailMessage], dict[str, str]], ...] = (
    by_all,
    by_address,
    by_message_id,
    by_number,
)


def said(ticket: Any, actor: str = "visitor") -> list[str]:
    return [line["text"] for line in ticket["transcript"] if line["actor"] == actor]


def kinds(ticket: Any) -> list[str]:
    return [event["kind"] for event in ticket["events"]]


@pytest.mark.parametrize(
    ("question", "reply", "received"),
    [
        (QUESTION, "I did that and it still says that the user is locked.", "We received"),
        (
            "¿Cómo restablezco mi contraseña?",
            "Ya lo hice y sigue diciendo que el usuario está bloqueado.",
            "Recibimos su mensaje",
        ),
    ],
    ids=["English", "Spanish"],
)
def test_a_reply_to_an_answer_goes_to_a_person(
    person: Person, question: str, reply: str, received: str
) -> None:
    before = person.desk.tickets()
    answer = person.asks(question, subject="ACE")
    quoted = "".join(f"> {line}\n" for line in text_of(answer).splitlines())
    person.replies(answer, f"{reply}\n\nOn Thu, Nov 26, 2026 at 9:00 AM Desk wrote:\n{quoted}")
    [number] = person.desk.tickets() - before
    ticket = person.desk.ticket(number)
    assert said(ticket) == [question, reply]
    assert ticket["requester"]["email"] == person.address
    receipt = person.got()[-1]
    assert number_in(receipt) == number
    assert received in text_of(receipt)
    assert len(person.got()) == 2

    person.replies(answer, "Did anybody read this?")
    assert person.desk.tickets() - before == {number}
    assert said(person.desk.ticket(number))[-1] == "Did anybody read this?"
    assert len(person.got()) == 2


def test_several_replies_at_once_open_one_ticket_and_are_acknowledged_once(person: Person) -> None:
    before = person.desk.tickets()
    answer = person.asks(QUESTION, subject="Password")
    words = [f"I did that {times} times and I am still locked out." for times in (2, 3, 4)]
    person.desk.receives(*(person.letter(text, **as_reply(answer)) for text in words))
    [number] = person.desk.tickets() - before
    ticket = person.desk.ticket(number)
    assert set(said(ticket)) == {QUESTION, *words}
    assert kinds(ticket) == ["opened", "received", "received"]
    assert [number_in(mail) for mail in person.got()[1:]] == [number]


@pytest.mark.parametrize("thanks", ["Thank you so much!", "Muchas gracias."])
def test_thanks_alone_open_no_ticket(person: Person, thanks: str) -> None:
    before = person.desk.tickets()
    answer = person.asks(QUESTION, subject="Password")
    person.replies(answer, thanks)
    assert person.desk.tickets() == before
    assert len(person.got()) == 1


def test_a_reply_lands_in_its_ticket_by_each_of_its_marks(person: Person) -> None:
    receipt = person.asks(WISH, subject="Peter Olsen")
    before = person.desk.tickets()
    mails = [person.letter(f"{MORE} ({way.__name__})", **way(receipt)) for way in WAYS]
    person.desk.receives(*mails)
    assert [person.desk.row(mail).reason for mail in mails] == [
        "thread_by_token", "thread_by_token", "thread_by_message_id", "thread_by_subject",
    ]  # fmt: skip
    ticket = person.desk.ticket(number_in(receipt))
    assert set(said(ticket)) == {WISH, *(f"{MORE} ({way.__name__})" for way in WAYS)}
    assert kinds(ticket)[-4:] == ["received"] * 4
    assert person.desk.tickets() == before
    # A person reads it, and no machine says so again.
    assert len(person.got()) == 1


def test_what_an_analyst_answers_comes_as_a_mail_in_the_thread(person: Person) -> None:
    receipt = person.asks(WISH, subject="Peter Olsen")
    more = person.replies(receipt, MORE)
    number = number_in(receipt)
    person.desk.works(number, "take")
    words = "Which <sub-account> is it?\n\nEva, ACE desk."
    person.desk.works(number, "reply", text=words)
    [_, answer] = person.got()
    assert words in text_of(answer)
    assert "Which &lt;sub-account&gt; is it?" in html_of(answer)
    for name in ("Auto-Submitted", "X-Auto-Response-Suppress", "Precedence"):
        assert answer[name] is None
    assert answer["Subject"] == receipt["Subject"]
    assert str(answer["In-Reply-To"]).strip() == more["Message-ID"]
    thread = str(answer["References"]).split()
    assert thread[-1] == more["Message-ID"]
    assert str(receipt["Message-ID"]).strip() in thread
    assert answer["Reply-To"] == receipt["Reply-To"]

    person.replies(answer, "The one in Laredo.")
    ticket = person.desk.ticket(number)
    assert said(ticket)[-1] == "The one in Laredo."
    assert len(person.got()) == 2


def test_a_reply_ends_the_hold_that_waits_for_it_and_thanks_do_not(person: Person) -> None:
    receipt = person.asks(WISH, subject="Peter Olsen")
    number = number_in(receipt)
    person.desk.works(number, "take")
    person.desk.works(number, "reply", text="Which sub-account is it?")
    person.desk.works(number, "hold", reason="user")
    answer = person.got()[-1]

    person.replies(answer, "Thank you!")
    ticket = person.desk.ticket(number)
    assert (ticket["state"], ticket["hold_reason"]) == ("on_hold", "user")
    person.replies(answer, "The one in Laredo.")
    ticket = person.desk.ticket(number)
    assert (ticket["state"], ticket["hold_reason"]) == ("in_progress", None)
    assert kinds(ticket)[-2:] == ["received", "resumed"]
    clocks = {clock["metric"]: clock for clock in ticket["clocks"]}
    assert clocks["processed"]["due"] is not None
    # The requester waits again, so that the next answer has a clock of its own.
    assert clocks["next_response"]["stopped_at"] is None


def test_strangers_get_into_no_ticket_and_hear_nothing(person: Person) -> None:
    receipt = person.asks(WISH, subject="Peter Olsen")
    before = person.desk.tickets()
    strangers = [Person(person.desk, name=person.name) for _ in WAYS]
    words = "Please send me what you know about this."
    mails = [one.letter(words, **way(receipt)) for one, way in zip(strangers, WAYS, strict=True)]
    person.desk.receives(*mails)
    for mail in mails:
        row = person.desk.row(mail)
        assert (row.state, row.reason) == ("quarantined", "not_a_party")
        assert row.conversation_id is None
    assert [one.got() for one in strangers] == [[]] * len(WAYS)
    assert len(person.got()) == 1
    assert said(person.desk.ticket(number_in(receipt))) == [WISH]
    assert person.desk.tickets() == before


def test_marks_that_the_desk_did_not_make_lead_nowhere(person: Person) -> None:
    receipt = person.asks(WISH, subject="Peter Olsen")
    number = number_in(receipt)
    stranger = Person(person.desk)
    made_up = f"{number}.0123456789abcdef0123456789abcdef.aaaaaaaaaaaaaaaa@desk.example"
    answer = stranger.asks(
        QUESTION,
        subject="Password",
        To=f"desk+{number}.aaaaaaaaaaaaaaaa@desk.example",
        In_Reply_To=f"<{made_up}>",
        References=f"<{made_up}>",
    )
    assert "Reset or choose a password" in text_of(answer)
    assert number not in f"{text_of(answer)}{answer['Subject']}{answer['Reply-To']}"
    assert said(person.desk.ticket(number)) == [WISH]


def test_who_is_resolved_is_told_and_opens_it_again_by_a_reply(person: Person) -> None:
    receipt = person.asks(WISH, subject="Peter Olsen")
    number = number_in(receipt)
    person.desk.works(number, "take")
    person.desk.works(number, "reply", text="He is removed.")
    person.desk.works(number, "resolve", code="done", notes="removed")
    # In the order in which it was said.
    [_, answer, told] = person.got()
    assert "He is removed." in text_of(answer)
    assert f"Ticket {number} is marked as resolved" in text_of(told)
    assert told["Auto-Submitted"] == "auto-replied"

    person.replies(told, "Thanks!")
    assert person.desk.ticket(number)["state"] == "resolved"
    person.replies(told, "He can still sign in, please look again.")
    ticket = person.desk.ticket(number)
    assert ticket["state"] in ("new", "assigned", "in_progress")
    assert kinds(ticket)[-2:] == ["received", "reopened"]
    assert len(person.got()) == 3
    [conversation] = {person.desk.row(person.replies(told, "Hello?")).conversation_id}
    assert conversation == ticket["conversation"]


def test_a_reply_to_a_closed_ticket_opens_another(person: Person) -> None:
    receipt = person.asks(WISH, subject="Peter Olsen")
    number = number_in(receipt)
    person.desk.works(number, "take")
    person.desk.works(number, "resolve", code="done", notes="removed")
    person.desk.works(number, "close")
    before = person.desk.tickets()
    person.replies(person.got()[-1], "Now Ana Ruiz has left us too, please remove her user.")
    [other] = person.desk.tickets() - before
    assert person.desk.ticket(number)["state"] == "closed"
    assert person.desk.ticket(other)["state"] == "new"
    assert number_in(person.got()[-1]) == other


def test_what_can_not_be_delivered_is_marked_on_its_ticket(person: Person) -> None:
    receipt = person.asks(WISH, subject="Peter Olsen")
    report = EmailMessage()
    report["From"] = "Mail Delivery System <mailer-daemon@importer.example>"
    report["To"] = "desk+bounces@desk.example"
    report["Subject"] = "Undelivered Mail Returned to Sender"
    report["Message-ID"] = f"<bounce.{number_in(receipt)}@importer.example>"
    report["Auto-Submitted"] = "auto-replied"
    report.set_content(
        f"{person.address}: 550 no such user\n\nMessage-ID: {str(receipt['Message-ID']).strip()}\n"
    )
    sent = len(person.desk.relay.taken)
    person.desk.receives(report)
    ticket = person.desk.ticket(number_in(receipt))
    assert "undelivered" in ticket["tags"]
    assert "undelivered_at" in ticket["requester"]
    assert len(person.desk.relay.taken) == sent


def test_the_desk_does_not_answer_itself(person: Person) -> None:
    receipt = person.asks(WISH, subject="Peter Olsen")
    loop = Person(person.desk, address=ADDRESS)
    before = person.desk.tickets()
    loop.writes(MORE, **as_reply(receipt))
    assert person.desk.tickets() == before
    assert said(person.desk.ticket(number_in(receipt))) == [WISH]
    assert loop.got() == []
