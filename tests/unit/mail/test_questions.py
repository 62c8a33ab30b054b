"""What a mail asks, without what letters put around it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.mail.questions import asks_us, questions, says_thanks


def asked(text: str, subject: str = "") -> list[str]:
    """What is asked; what is told aside in brackets."""
    return [f"[{one.text}]" if one.aside else one.text for one in questions(text, subject)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello,\n\nHow do I add a user?\n\nThanks,\nJohn", ["How do I add a user?"]),
        ("Dear ACE team:\nWhat is a TAO?\nBest regards", ["What is a TAO?"]),
        ("Estimados señores:\n\n¿Qué es un proxy?\n\nSaludos,\nAna", ["¿Qué es un proxy?"]),
        (
            "My account is locked since Monday. I tried three times. Can you please help?",
            ["My account is locked since Monday. I tried three times."],
        ),
        ("Hola no puedo entrar al portal desde el lunes", None),
        ("How do I add a user? How long does it take?", None),
        (
            "How do I add a user? And how do I schedule a report?",
            ["How do I add a user?", "And how do I schedule a report?"],
        ),
        (
            "Tengo dos preguntas:\n1. ¿Cómo programo un informe?\n2. ¿Qué es un proxy?\nGracias",
            ["¿Cómo programo un informe?", "¿Qué es un proxy?"],
        ),
        (
            "¿Qué es el ES-003? ¿Pueden quitar a mi exempleado de la cuenta?",
            ["¿Qué es el ES-003?", "¿Pueden quitar a mi exempleado de la cuenta?"],
        ),
        (
            "Where is ES-003? Our broker says that refunds need a U.S. bank, is that right?",
            [
                "Where is ES-003?",
                "Our broker says that refunds need a U.S. bank, is that right?",
            ],
        ),
        (
            "How do I schedule a report? By the way our truck is held at the border in Laredo.",
            [
                "How do I schedule a report?",
                "[By the way our truck is held at the border in Laredo.]",
            ],
        ),
        (
            "Please unlock my user. What is the 45 day rule?",
            ["[Please unlock my user.]", "What is the 45 day rule?"],
        ),
        (
            "See www.cbp.gov/trade?x=1 for it. What does error 41 mean, please?",
            ["See www.cbp.gov/trade?x=1 for it. What does error 41 mean, please?"],
        ),
        ("Please unlock my user. He left us. It is urgent.", None),
        (
            "/person_wanted or whatever this is called here",
            ["person_wanted or whatever this is called here"],
        ),
    ],
)
def test_each_question_stands_with_what_was_told_before_it(text, expected):
    assert asked(text) == ([text] if expected is None else expected)


def test_the_subject_stands_before_each_question():
    assert asked("Please see above", "ES-003 is empty") == ["ES-003 is empty\nPlease see above"]
    found = asked("What is a TAO? Who may name a proxy?", "Roles")
    assert found == ["Roles\nWhat is a TAO?", "Roles\nWho may name a proxy?"]
    assert asked("", "How do I reset my password") == ["How do I reset my password"]
    assert asked("Thanks", "/restart") == ["restart"]
    assert asked("", " / ") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Can you please unlock my account?", True),
        ("Hello, could somebody delete the user jdoe", True),
        ("¿Pueden desbloquear mi usuario?", True),
        ("¿Me podrían quitar a un usuario?", True),
        ("Can you tell me how to unlock a user?", False),
        ("How can you unlock a user?", False),
        ("How do I unlock a user?", False),
        ("¿Me pueden decir cómo desbloqueo un usuario?", False),
        ("¿Mi agente puede registrar el banco?", False),
        ("¿Cómo se puede agregar un usuario?", False),
    ],
)
def test_a_wish_for_something_to_be_done_is_told_from_a_question(text, expected):
    assert asks_us(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Thanks!", True),
        ("Thank you, that worked!\n\nDana", True),
        ("¡Muchas gracias!\n\nMarta", True),
        ("Hola:\nMuchas gracias, ya quedó.\nMarta Ruiz\nACME Import Inc.", True),
        ("Thanks, but it still does not work.", False),
        ("Gracias. ¿Y cómo agrego un usuario?", False),
        ("Dana", False),
        ("", False),
    ],
)
def test_a_letter_that_only_says_thank_you_is_known(text, expected):
    assert says_thanks(text) is expected


@given(st.text(), st.text(max_size=50))
def test_nothing_is_an_order_to_the_assistant_and_no_text_is_too_odd(text, subject):
    says_thanks(text)
    for one in questions(text, subject):
        assert one.text
        assert not one.text.startswith("/")
