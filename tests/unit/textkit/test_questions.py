import pytest

from textkit.questions import asks_how


@pytest.mark.parametrize(
    "text",
    [
        "how do i add a user",
        "hi, where do I see my refund",
        "¿Cómo agrego un usuario?",
        "buenas tardes como cambio mi correo",
        "my owner left. who can help",
        "hola, se puede descargar el informe",
    ],
)
def test_questions_are_recognised_with_and_without_marks(text):
    assert asks_how(text)


@pytest.mark.parametrize(
    "text",
    ["add a user for us", "please unlock my account", "agréguenme un usuario", "token", "", "???"],
)
def test_requests_and_words_are_no_questions(text):
    assert not asks_how(text)
