"""The pages of one act on several tickets, and of what went wrong."""

from typing import Any

import pytest

from desk.tickets.states import STATES
from desk.web.console.bulk import ACTS, Outcome
from desk.web.pages import strings
from tests.unit.web.pages import Page, console_page
from tests.unit.web.test_console_pages import LANGUAGES, NASTY, row, user


def outcome(**changes: Any) -> Outcome:
    given = {"number": "ASD-000123", "ticket": row().ticket, "picked": "123:4"}
    return Outcome(**(given | changes))


def confirmation(act: str, language: str, **changes: Any) -> Page:
    options = {"reason": {"user": "waiting"}, "code": {"done": "done"}, "group": {"a": "A"}}
    values = {
        "user": user(),
        "act": act,
        "fields": ACTS[act].fields,
        "options": options | {"assignee": {"1": NASTY}, "category": {"cargo": "Cargo"}},
        "given": {},
        "wrong": {},
        "key": "0" * 16,
        "back": "queue=mine",
        "can": [outcome()],
        "cannot": [outcome(problem="illegal", state=state) for state in STATES],
        "people": {1: "ben@desk.example"},
    }
    return console_page("bulk", language, **(values | changes))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("act", ACTS)
def test_every_act_is_confirmed_and_says_why_it_can_not_be_done(act: str, language: str) -> None:
    page = confirmation(act, language)
    words = strings("console", language)["bulk"]
    assert words["will"][act] in page.text
    assert page.text.count(words["rules"][act]) == len(STATES)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    labels = {label["for"] for label in page.all("label")}
    assert {*ACTS[act].fields} <= labels


@pytest.mark.parametrize("problem", ["gone", "illegal", "not_yours", "changed", "used"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_problem_has_words(problem: str, language: str) -> None:
    page = console_page(
        "bulk_done",
        language,
        user=user(),
        act="take",
        back="",
        done=[],
        undone=[outcome(problem=problem, state="closed", ticket=None)],
    )
    told = strings("console", language)["bulk"]["problems"][problem]
    assert told.split("{")[0].strip() in page.text


def test_a_field_says_what_is_wrong_with_it_and_keeps_what_was_written() -> None:
    page = confirmation(
        "resolve", "en", wrong={"code": "no_code"}, given={"code": "", "notes": NASTY}
    )
    assert page.text.count("Choose a result.") == 2
    assert [link["href"] for link in page.all("a") if link["href"] == "#code"] == ["#code"]
    assert NASTY in page.text


def test_without_a_ticket_there_is_nothing_to_confirm() -> None:
    page = confirmation("hold", "es", can=[], cannot=[])
    assert "No se seleccionó ningún caso" in page.text
    assert not [form for form in page.all("form") if "bulk" in str(form.get("action"))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_error_without_a_sign_in_has_a_frame_too(language: str) -> None:
    told = strings("console", language)["errors"]["429"]
    page = console_page("error", language, user=None, told=told, seconds=7)
    assert "7" in page.text
    assert page.all("nav") == []
