"""What the desk writes: headers that other programs understand, and no header of anybody else's."""

from dataclasses import replace
from datetime import UTC, datetime

from desk.mail.classify import classify
from desk.mail.outgoing import Outgoing
from desk.mail.parse import parse

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
MAIL = Outgoing(
    to="ana@importer.example", subject="x", text="Hola:\n\nSí.\n", message_id="a@desk.example",
    reply_to="desk@desk.example", sender_name="Desk", language="en", automatic=True,
)  # fmt: skip


def sent(**changes: object) -> bytes:
    made = replace(MAIL, **changes)
    return made.message(address="desk@desk.example", at=AT).as_bytes()


def test_another_attempt_is_the_same_mail():
    head, _, _ = sent(html="<p>x</p>").partition(b"\r\n\r\n")
    assert b"Message-ID: <a@desk.example>" in head
    assert sent() == sent()


def test_other_machines_know_that_a_machine_wrote_it_and_that_an_analyst_did():
    assert classify(parse(sent())).kind == "auto_reply"
    assert classify(parse(sent(automatic=False))).kind == "human"
    assert classify(parse(sent(automatic=False)), own=["desk@desk.example"]).kind == "own"


def test_its_language_is_said():
    for html in (None, "<p>x</p>"):
        assert parse(sent(html=html, language="es")).first("content-language") == "es"


def test_no_subject_makes_a_header():
    raw = sent(subject="x\r\nBcc: eve@evil.example\n\nbody")
    assert parse(raw).subject == "x Bcc: eve@evil.example body"
    assert not parse(raw).all("bcc")


def test_text_survives_seven_bits():
    raw = sent(subject="Sesión — ¿qué?", sender_name="Mesa; «de» servicio")
    raw.decode("ascii")
    found = parse(raw)
    assert (found.text.strip(), found.subject) == ("Hola:\n\nSí.", "Sesión — ¿qué?")


def test_a_long_thread_is_cut_in_its_middle():
    thread = [f"{number}@x.example" for number in range(50)]
    found = parse(sent(references=thread, answers="49@x.example"))
    [header] = found.all("references")
    known = header.replace("<", "").replace(">", "").split()
    assert known == [thread[0], *thread[31:]]
