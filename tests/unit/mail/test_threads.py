"""A mail finds its ticket by a mark of ours, and no mark can be made up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.mail.threads import Marks, bare_subject, mail_reference
from tests.unit.mail.mails import mail

MARKS = Marks("a key of the desk", "desk.example")
TICKET = "ASD-000123"
OWN = "desk@desk.example"


def way(**headers: str) -> tuple[str, str] | None:
    found = MARKS.thread(mail(**headers))
    return (found.reference, found.way) if found else None


@pytest.mark.parametrize("changed", [str, str.upper, str.lower])
def test_an_answer_to_the_marked_address_is_known(changed):
    assert way(To=changed(MARKS.address(OWN, TICKET))) == (TICKET, "token")


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


def test_an_answer_of_the_assistant_has_a_mark_of_its_own():
    reference = mail_reference(17)
    found = MARKS.thread(mail(To=MARKS.address(OWN, reference)))
    assert found is not None
    assert (found.mail_id, found.ticket) == (17, None)
    assert way(In_Reply_To=f"<{MARKS.message_id(reference, 'a')}>") == (reference, "message_id")
    assert way(subject=f"Re: [{reference}] x") is None


def test_what_we_sent_is_found_in_a_report_about_it():
    issued = MARKS.message_id(TICKET, "reply-17")
    forged = issued.replace("reply-17", "reply-18")
    report = f"Message-ID: <{issued}>\nReferences: <{forged}> <{issued.upper()}>"
    assert list(MARKS.issued(report)) == [(TICKET, "reply-17")] * 2


@pytest.mark.parametrize(
    "subject",
    ["Re: [ASD-000123] x", "about asd-000123", "RV: ASD-000123: sesión", "ASD-000123"],
)
def test_a_number_in_the_subject_is_the_last_way(subject):
    assert way(subject=subject) == (TICKET, "subject")


def test_a_mark_goes_before_a_name():
    issued = MARKS.message_id(TICKET, "ack")
    assert way(In_Reply_To=f"<{issued}>", subject="ASD-000999") == (TICKET, "message_id")
    marked = MARKS.address(OWN, "ASD-000200")
    assert way(In_Reply_To=f"<{issued}>", To=marked) == ("ASD-000200", "token")


@pytest.mark.parametrize("subject", ["ASD-12", "XASD-000123", "ASD-0001234567890", "A question"])
def test_what_is_no_number_is_none(subject):
    assert way(subject=subject) is None


@given(st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=16, max_size=16))
def test_a_mark_can_not_be_guessed(made):
    assert way(To=f"desk+{TICKET}.{made}@desk.example") is None
    assert way(In_Reply_To=f"<{TICKET}.reply-1.{made}@desk.example>") is None


def test_a_mark_of_one_ticket_or_use_is_none_of_another():
    marked = MARKS.address(OWN, TICKET)
    assert way(To=marked.replace("000123", "000124")) is None
    assert Marks("another key", "desk.example").thread(mail(To=marked)) is None


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
