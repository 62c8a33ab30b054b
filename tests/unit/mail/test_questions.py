"""What a mail asks, without what letters put around it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.mail.questions import questions


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Hello,\n\nHow do I add a user?\n\nThanks,\nJohn", ["How do I add a user?"]),
        ("Dear ACE team:\nWhat is a TAO?\nBest regards", ["What is a TAO?"]),
        ("Estimados señores:\n\n¿Qué es un proxy?\n\nSaludos,\nAna", ["¿Qué es un proxy?"]),
        (
            "My account is locked since Monday. I tried three times. Can you please help?",
            ["My account is locked since Monday. I tried three times."],
        ),
        ("Hola no puedo entrar al portal desde el lunes", None),
        ("How do I add a user? And how long does it take?", None),
        (
            "Tengo dos preguntas:\n1. ¿Cómo programo un informe?\n2. ¿Qué es un proxy?\nGracias",
            ["¿Cómo programo un informe?", "¿Qué es un proxy?"],
        ),
        (
            "Where is ES-003? Our broker says that refunds need a U.S. bank, is that right?",
            [
                "Where is ES-003?",
                "Our broker says that refunds need a U.S. bank, is that right?",
            ],
        ),
        (
            "See www.cbp.gov/trade?x=1 for it. What does error 41 mean, please?",
            ["See www.cbp.gov/trade?x=1 for it. What does error 41 mean, please?"],
        ),
        ("What is a TAO? We are an importer in Laredo.", None),
        ("/person_wanted or whatever this is called here", ["person_wanted or whatever this is "
                                                            "called here"]),
    ],
)  # fmt: skip
def test_each_question_stands_with_what_was_told_before_it(text, asked):
    assert questions(text, "") == ([text] if asked is None else asked)


def test_the_subject_stands_before_each_question():
    assert questions("Please see above", "ES-003 is empty") == ["ES-003 is empty\nPlease see above"]
    asked = questions("What is a TAO? Who may name a proxy?", "Roles")
    assert asked == ["Roles\nWhat is a TAO?", "Roles\nWho may name a proxy?"]
    assert questions("", "How do I reset my password") == ["How do I reset my password"]
    assert questions("Thanks", "/restart") == ["restart"]
    assert questions("", " / ") == []


@given(st.text(), st.text(max_size=50))
def test_nothing_is_an_order_to_the_assistant_and_no_text_is_too_odd(text, subject):
    for asked in questions(text, subject):
        assert asked
        assert not asked.startswith("/")
