"""What is to be done with a mail, and why."""

import pytest

from desk.mail.gate import examine
from desk.mail.threads import Marks
from tests.unit.mail.mails import raw

MARKS = Marks("a key", "desk.example")
SERVER = "mx.desk.example"


def passed(body: str = "How do I add a user?", subject: str = "A question", **headers: str):
    return examine(
        raw(body, subject, **headers), marks=MARKS, own=("desk@desk.example",), authserv_id=SERVER
    )


@pytest.mark.parametrize(
    ("headers", "decision", "reason"),
    [
        ({}, "assistant", "question"),
        ({"subject": "RE: [ASD-000123] x"}, "append", "thread_by_subject"),
        (
            {"Authentication_Results": f"{SERVER}; dmarc=fail"},
            "quarantine",
            "authentication_failed",
        ),
        ({"Authentication_Results": "elsewhere; dmarc=fail"}, "assistant", "question"),
        ({"From": "nobody"}, "quarantine", "no_sender"),
        ({"From": "desk@desk.example"}, "ignore", "own"),
        ({"Auto_Submitted": "auto-replied"}, "ignore", "automatic"),
        ({"Auto_Submitted": "auto-replied", "subject": "ASD-000123"}, "ignore", "automatic"),
        ({"From": "mailer-daemon@mx.example"}, "bounce", "undelivered"),
        ({"List_Id": "<x>"}, "quarantine", "list"),
        ({"Content_Type": "multipart/encrypted; boundary=b"}, "ticket", "encrypted"),
        ({"Content_Type": "application/pkcs7-mime"}, "ticket", "encrypted"),
        ({"body": "-----BEGIN PGP MESSAGE-----\n\nx"}, "ticket", "encrypted"),
        ({"body": "", "subject": "Re:"}, "quarantine", "empty"),
        ({"body": "", "subject": "How do I add a user?"}, "assistant", "question"),
        ({"body": "x", "subject": "", "Content_Type": "application/pdf"}, "ticket", "files_only"),
    ],
)
def test_every_decision_has_its_reason(headers, decision, reason):
    found = passed(**headers)
    assert (found.decision, found.reason) == (decision, reason)


def test_a_wish_for_silence_changes_no_decision():
    found = passed(X_Auto_Response_Suppress="All")
    assert (found.decision, found.silent) == ("assistant", True)
    assert not passed().silent


@pytest.mark.parametrize(
    ("body", "language"),
    [
        ("No puedo iniciar sesión en el portal.\n\n-- \nAna Ruiz\nThe best importer of the world\n"
         "Please consider the environment before printing this email", "es"),
        ("I can not sign in.\n\nEl lun, 23 nov 2026 a las 9:00, Mesa (<d@x.example>) escribió:\n"
         "> Gracias por escribir a la mesa de servicio. Pruebe con otra contraseña.", "en"),
    ],
)  # fmt: skip
def test_signatures_and_quotations_do_not_speak_for_the_sender(body, language):
    assert passed(body).language.language == language
