"""A mail finds its ticket by a mark of ours, and no mark can be made up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.mail.threads import Marks, bare_subject
from tests.unit.mail.mails import mail

MARKS = Marks("a key of the desk", "desk.example")
TICKET = "ASD-000123"


def way(**headers: str) -> tuple[str, str] | None:
    found = MARKS.thread(mail(**headers))
    return (found.ticket, found.way) if found else None


@pytest.mark.parametrize("changed", [str, str.upper, str.lower])
def test_an_answer_to_the_marked_address_is_known(changed):
    assert way(To=changed(f"desk+{MARKS.token(TICKET)}@desk.example")) == (TICKET, "token")


@pytest.mark.parametrize("changed", [str, str.upper, str.lower])
def test_an_answer_to_a_mail_of_ours_is_known(changed):
    issued = MARKS.message_id(TICKET, "reply-17")
    assert way(References=f"<a@b> <{changed(issued)}> <c@d>") == (TICKET, "message_id")
    assert way(In_Reply_To=f"<{issued}>") == (TICKET, "message_id")


def test_the_same_mail_has_the_same_id():
    first = MARKS.message_id(TICKET, "reply-17")
    assert first == MARKS.message_id(TICKET, "reply-17")
    assert first != MARKS.message_id(TICKET, "reply-18")
    assert first.endswith("@desk.example")


@pytest.mark.parametrize(
    "subject",
    ["Re: [ASD-000123] x", "about asd-000123", "RV: ASD-000123: sesión", "ASD-000123"],
)
def test_a_number_in_the_subject_is_the_last_way(subject):
    assert way(subject=subject) == (TICKET, "subject")


def test_a_mark_goes_before_a_name():
    issued = MARKS.message_id(TICKET, "ack")
    assert way(In_Reply_To=f"<{issued}>", subject="ASD-000999") == (TICKET, "message_id")
    token = MARKS.token("ASD-000200")
    assert way(In_Reply_To=f"<{issued}>", To=f"d+{token}@x.example") == ("ASD-000200", "token")


@pytest.mark.parametrize("subject", ["ASD-12", "XASD-000123", "ASD-0001234567890", "A question"])
def test_what_is_no_number_is_none(subject):
    assert way(subject=subject) is None


@given(st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=16, max_size=16))
def test_a_mark_can_not_be_guessed(made):
    assert way(To=f"desk+{TICKET}.{made}@desk.example") is None
    assert way(In_Reply_To=f"<{TICKET}.reply-1.{made}@desk.example>") is None


def test_a_mark_of_one_ticket_or_use_is_none_of_another():
    token = MARKS.token(TICKET).replace("000123", "000124")
    assert way(To=f"desk+{token}@desk.example") is None
    assert (
        Marks("another key", "desk.example").thread(mail(To=f"d+{MARKS.token(TICKET)}@x")) is None
    )


@pytest.mark.parametrize(
    ("subject", "bare"),
    [
        ("RE: RV: Re[2]: Sesión", "Sesión"),
        ("Fwd: FW: entry", "entry"),
        ("Report: empty", "Report: empty"),
        ("re", "re"),
    ],
)
def test_prefixes_are_left_out(subject, bare):
    assert bare_subject(subject) == bare
