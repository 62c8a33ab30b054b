"""What somebody gets who writes to the desk, and who gets nothing."""

import base64
import time
from email.message import EmailMessage

import pytest

from tests.e2e.mail.mailing import (
    ADDRESS,
    SOON_S,
    Mailing,
    Person,
    html_of,
    number_in,
    text_of,
)
from tests.relay import WARNS

pytestmark = WARNS

HOTLINE = "1-866-530-4172"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJggg=="
)
SSN, PASSWORD, CARD = "536-22-8741", "Tiger#4711x", "4111 1111 1111 1111"


@pytest.mark.parametrize(
    ("language", "subject", "question", "answered"),
    [
        (
            "en",
            "A new colleague",
            "Hello,\n\nHow do I add a new user to our ACE account?\n\nThank you,\nJohn\n",
            ["Adding users", "Create the user", "CBP publication", "Reviewed 20", HOTLINE,
             "no person has read", "reply to this mail"],
        ),
        (
            "es",
            "Un colega nuevo",
            "Buenas tardes:\n\n¿Cómo agrego un usuario a nuestra cuenta de ACE?\n\nGracias,\nLuz\n",
            ["Agregar usuarios", "Cree el usuario", "de CBP", "Revisado: 20",
             "La versión oficial es la versión en inglés", "responda a este correo", HOTLINE],
        ),
    ],
    ids=["English", "Spanish"],
)  # fmt: skip
def test_a_question_gets_its_article_within_seconds(
    desk: Mailing, language: str, subject: str, question: str, answered: list[str]
) -> None:
    before = desk.tickets()
    person = Person(desk)
    began = time.monotonic()
    asked = person.letter(question, subject=subject, References="<first@importer.example>")
    desk.receives(asked)
    assert time.monotonic() - began < SOON_S
    [answer] = person.got()
    for said in answered:
        assert said in " ".join(text_of(answer).split())
        assert said in html_of(answer)
    assert 'href="https://' in html_of(answer)
    assert "https://" in text_of(answer)
    assert answer["Subject"] == f"Re: {subject}"
    assert answer["Content-Language"] == language
    assert answer["Auto-Submitted"] == "auto-replied"
    assert str(answer["In-Reply-To"]).strip() == asked["Message-ID"]
    assert str(answer["References"]).split() == ["<first@importer.example>", asked["Message-ID"]]
    assert str(answer["Reply-To"]).startswith("desk+ASM-")
    # What comes back of it goes to where nobody is answered.
    assert desk.relay.taken[-1][0] == "desk+bounces@desk.example"
    assert desk.tickets() == before


def test_two_questions_in_one_mail_get_both_answers(desk: Mailing) -> None:
    answer = Person(desk).asks(
        "Hello,\n\nI have two questions.\n\n1. How do I add a new user to our ACE account?\n"
        "2. How do I reset my password?\n\nThank you,\nJohn\n",
        subject="Two things",
    )
    assert "an answer to each" in text_of(answer)
    assert text_of(answer).count("\nReviewed 20") == 2
    for article in ("Adding users", "Reset or choose a password"):
        assert article in text_of(answer)
        assert article in html_of(answer)


@pytest.mark.parametrize(
    ("wish", "received", "goal", "done"),
    [
        (
            "Please remove Peter Olsen from our account, he left the company on Friday.",
            "We received your message",
            "process it by",
            "has been removed",
        ),
        (
            "Por favor quiten a Peter Olsen de nuestra cuenta, ya no trabaja con nosotros.",
            "Recibimos su mensaje",
            "Nuestra meta es procesarlo",
            "ha sido",
        ),
    ],
    ids=["English", "Spanish"],
)
def test_who_wants_something_done_gets_a_ticket_and_a_receipt_that_claims_nothing(
    desk: Mailing, wish: str, received: str, goal: str, done: str
) -> None:
    person = Person(desk, name="Luz Vega")
    receipt = person.asks(wish, subject="Peter Olsen")
    number = number_in(receipt)
    for said in (received, goal, number):
        assert said in text_of(receipt)
        assert said in html_of(receipt)
    assert done not in text_of(receipt)
    assert f"[{number}]" in str(receipt["Subject"])
    assert receipt["Auto-Submitted"] == "auto-replied"
    assert str(receipt["Reply-To"]).startswith(f"desk+{number}.")
    ticket = desk.ticket(number)
    assert ticket["state"] == "new"
    assert ticket["channel"] == "email"
    assert ticket["requester"] == {"name": "Luz Vega", "email": person.address}
    assert ticket["summary"] == f"Peter Olsen\n{wish}"
    assert (received == "Recibimos su mensaje") is (ticket["language"] == "es")


@pytest.mark.parametrize(
    "text",
    [
        "Hello team, necesito ayuda con mi cuenta porque no puedo entrar. Please call me back as "
        "soon as you can, thanks.",
        "Guten Tag, ich kann mich nicht anmelden und brauche Hilfe mit unserem Konto.",
    ],
    ids=["mixed", "German"],
)
def test_whose_language_is_not_known_gets_the_receipt_in_both(desk: Mailing, text: str) -> None:
    receipt = Person(desk).asks(text, subject="Konto")
    for said in ("We received your message", "Recibimos su mensaje"):
        assert said in text_of(receipt)
        assert said in html_of(receipt)
    assert text_of(receipt).count(number_in(receipt)) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "Our trucks are stuck at the bridge in Laredo and the e-manifest does not go through.",
            "priority ticket",
        ),
        (
            "Tenemos los camiones parados en el puente y el manifiesto no pasa, es urgente.",
            "caso prioritario",
        ),
    ],
    ids=["English", "Spanish"],
)
def test_an_emergency_opens_an_urgent_ticket(desk: Mailing, text: str, said: str) -> None:
    person = Person(desk)
    receipt = person.asks(text, subject="Bridge")
    assert said in text_of(receipt)
    assert HOTLINE in text_of(receipt)
    ticket = desk.ticket(number_in(receipt))
    assert ticket["priority"] == "urgent"
    assert ticket["requester"]["email"] == person.address


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        (
            "How do I schedule a report in ACE? By the way our truck is held at the border in "
            "Laredo right now because the manifest does not go through.",
            "urgent",
        ),
        ("What is the 45 day rule? Please unlock my user, I am locked out.", "normal"),
        ("Can you please unlock my account?", "normal"),
        ("¿Qué es el ES-003? ¿Pueden quitar a mi exempleado de la cuenta?", "normal"),
        ("¿Cuál es el estado de mi solicitud ASD-000002? Nadie me contesta.", "normal"),
    ],
    ids=["haste", "wish", "polite wish", "wish in Spanish", "ticket named"],
)
def test_what_stands_beside_a_question_is_not_passed_over(
    desk: Mailing, text: str, priority: str
) -> None:
    receipt = Person(desk).asks(text, subject="ACE")
    assert desk.ticket(number_in(receipt))["priority"] == priority


def test_who_sends_a_file_with_a_question_gets_a_person(desk: Mailing) -> None:
    person = Person(desk)
    mail = person.letter("How do I schedule a report? See the picture.", subject="A report")
    mail.add_attachment(PNG, maintype="image", subtype="png", filename="screen.png")
    desk.receives(mail)
    [receipt] = person.got()
    assert "screen.png" in desk.stack.cli("tickets", "attachments", number_in(receipt))


def test_machines_lists_and_bounces_get_nothing_and_open_no_ticket(desk: Mailing) -> None:
    before = desk.tickets()
    question = "How do I add a new user to our ACE account?"
    person = Person(desk)
    mails = [
        person.letter(question, subject="Users", **headers)
        for headers in (
            {"Auto_Submitted": "auto-replied"},
            {"Precedence": "bulk"},
            {"X_Autoreply": "yes"},
            {"List_Id": "<csms.govdelivery.example>"},
            {"X_Failed_Recipients": "nobody@importer.example"},
            {"Return_Path": "<>"},
            {"X_Loop": ADDRESS},
        )
    ]
    mails += [
        Person(desk, address=address).letter(question, subject=subject)
        for address, subject in (
            ("mailer-daemon@importer.example", "Undeliverable: Re: Users"),
            ("noreply@importer.example", "Users"),
            (ADDRESS, "Users"),
            ("ana@importer.example", "Automatic reply: Users"),
            ("luz@importer.example", "Respuesta automática: Usuarios"),
        )
    ]
    mails.append(person.letter(question, subject="Bounced", To="desk+bounces@desk.example"))
    sent = len(desk.relay.taken)
    desk.receives(*mails)
    assert len(desk.relay.taken) == sent
    assert desk.tickets() == before
    states = {row.kind: row.state for row in desk.rows([mail.as_bytes() for mail in mails])}
    assert states == {"auto_reply": "done", "bounce": "done", "own": "done", "list": "quarantined"}


def test_who_asks_machines_for_silence_gets_a_person_and_no_mail(desk: Mailing) -> None:
    before = desk.tickets()
    person = Person(desk)
    person.writes(
        "How do I add a new user to our ACE account?",
        subject="Users",
        X_Auto_Response_Suppress="All",
    )
    assert person.got() == []
    [number] = desk.tickets() - before
    assert desk.ticket(number)["requester"]["email"] == person.address


@pytest.mark.parametrize(
    "text",
    [
        f"How do I reset my password? My SSN is {SSN} and my password is {PASSWORD}",
        f"Please remove Ana from our account. My password is {PASSWORD} and the card is {CARD}",
    ],
    ids=["answered", "with a ticket"],
)
def test_secrets_stay_nowhere(desk: Mailing, text: str) -> None:
    before = desk.tickets()
    person = Person(desk)
    mail = person.letter(text, subject=f"My SSN is {SSN}")
    mail.add_attachment(PNG, maintype="image", subtype="png", filename=f"ssn {SSN}.png")
    mail.add_attachment(
        b"MZ\x90\x00\x03", maintype="application", subtype="x-msdownload", filename=f"{SSN}.exe"
    )
    desk.receives(mail)
    [reply] = person.got()
    assert "[ssn]" in str(reply["Subject"])
    assert "removed" in text_of(reply)
    shown = [
        desk.stack.cli("tickets", "show", number, "--json") for number in desk.tickets() - before
    ]
    places = {
        "reply": f"{reply['Subject']}{text_of(reply)}{html_of(reply)}",
        "store": desk.dump(),
        "logs": desk.logs(),
        "tickets": str(shown),
    }
    for secret in (SSN, PASSWORD, CARD, SSN.replace("-", "_")):
        assert [place for place, held in places.items() if secret in held] == []
    files = [row.read_bytes() for row in desk.stack.home.rglob("*") if row.is_file()]
    assert not any(SSN.encode() in content or PASSWORD.encode() in content for content in files)


def test_a_file_that_is_taken_lies_on_the_ticket_and_another_is_named(desk: Mailing) -> None:
    person = Person(desk)
    mail = person.letter(
        "Please remove Ana Ruiz from our account, they left.", subject="See the picture"
    )
    mail.add_attachment(PNG, maintype="image", subtype="png", filename="screen.png")
    mail.add_attachment(
        b"MZ\x90\x00\x03", maintype="application", subtype="x-msdownload", filename="tool.exe"
    )
    desk.receives(mail)
    [receipt] = person.got()
    assert "tool.exe" in text_of(receipt)
    assert "screen.png" not in text_of(receipt)
    assert "screen.png" in desk.stack.cli("tickets", "attachments", number_in(receipt))


def test_the_same_mail_twice_is_answered_once(desk: Mailing) -> None:
    person = Person(desk)
    mail: EmailMessage = person.letter("How do I reset my password?", subject="Password")
    desk.receives(mail)
    again = EmailMessage()
    for name, value in (("Received", "from another.example by desk.example"), *mail.items()):
        if not name.lower().startswith(("content-", "mime-")):
            again[name] = value
    again.set_content("How do I reset my password?")
    desk.receives(again)
    # The desk takes mails in their order.
    Person(desk).asks("How do I reset my password?", subject="Password")
    assert len(person.got()) == 1
