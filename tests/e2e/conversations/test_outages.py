"""Outages, from the analyst's command to the visitor's screen, with the desk running."""

from collections.abc import Callable, Iterator

import pytest

from tests.e2e.stack import Stack, kind_of, new_sender, text_of

STATUS = {
    "en": "CBP says that ACE Reports is unavailable; entries are still processed.",
    "es": "CBP informa que ACE Reports no está disponible; las entradas se siguen procesando.",
}
REPORTS = {
    "en": "ace is down for everybody here, nothing responds since this morning",
    "es": "ace está caído para todos aquí, nada responde desde la mañana",
}
QUESTIONS = {
    "en": "what documents does the port take in downtime",
    "es": "qué documentos acepta el puerto cuando no hay sistema",
}
STUCK = {
    "en": "my driver is at the bridge right now and the booth says manifest not on file",
    "es": "mi chofer está en el puente ahorita y en la caseta dicen que no aparece el manifiesto",
}
NOTHING_POSTED = {"en": "it has not posted a status", "es": "no ha publicado ningún estado"}


@pytest.fixture
def post(stack: Stack) -> Iterator[Callable[[], str]]:
    """Posts the status and returns the number of the outage's parent ticket."""
    end_all(stack)

    def posted() -> str:
        made = stack.cli(
            "outage", "post", "--en", STATUS["en"], "--es", STATUS["es"], "--until", "+1h", "--json"
        )
        return str(made["parent"])

    yield posted
    end_all(stack)


def end_all(stack: Stack) -> None:
    for outage in stack.cli("outage", "list", "--json"):
        if outage["state"] != "ended":
            stack.cli("outage", "end", str(outage["id"]))


def parent_of(stack: Stack, number: str) -> str | None:
    parent: str | None = stack.cli("tickets", "show", number, "--json")["parent"]
    return parent


def test_reports_in_both_languages_share_a_parent_and_hear_no_guess(stack, post):
    answers = {language: stack.say(new_sender(), text) for language, text in REPORTS.items()}
    numbers = []
    for language, answer in answers.items():
        assert kind_of(answer) == "urgent"
        assert NOTHING_POSTED[language] in text_of(answer)
        assert STATUS[language] not in text_of(answer)
        numbers.append(answer[0]["custom"]["ticket"])
    (parent,) = {parent_of(stack, number) for number in numbers}
    assert stack.cli("tickets", "show", parent, "--json")["children"] == numbers
    # The status that follows is one for these reports.
    assert post() == parent


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_posted_status_is_quoted_to_a_report_until_it_is_ended(stack, post, language):
    parent = post()
    answer = stack.say(new_sender(), REPORTS[language])
    assert kind_of(answer) == "urgent"
    assert STATUS[language] in answer[0]["text"]
    assert "UTC" in answer[0]["text"]
    assert "1-866-530-4172" in text_of(answer)
    assert parent_of(stack, answer[0]["custom"]["ticket"]) == parent
    end_all(stack)
    answer = stack.say(new_sender(), REPORTS[language])
    assert STATUS[language] not in text_of(answer)
    assert parent_of(stack, answer[0]["custom"]["ticket"]) not in (None, parent)


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_question_about_outages_gets_the_status_and_then_the_article(stack, post, language):
    sender = new_sender()
    (alone,) = stack.say(sender, QUESTIONS[language])
    assert alone["custom"]["article"] == "outage_status_downtime", alone
    post()
    status, article = stack.say(sender, QUESTIONS[language])
    assert STATUS[language] in status["text"]
    assert article["text"] == alone["text"]
    assert (status["custom"]["kind"], status["custom"]["article"]) == (
        "answer",
        "outage_status_downtime",
    )


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_stuck_truck_keeps_a_ticket_of_its_own_and_hears_the_status(stack, post, language):
    post()
    urgent, status = stack.say(new_sender(), STUCK[language])
    assert urgent["custom"]["kind"] == "urgent"
    assert STATUS[language] in status["text"]
    assert parent_of(stack, urgent["custom"]["ticket"]) is None
