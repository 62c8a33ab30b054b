import re
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import desk.web.pages
from desk.accounts.roles import ROLES
from desk.messages import catalogue
from desk.tickets import triage
from desk.tickets.states import MOVES, STATES
from desk.web.pages import strings
from desk.web.pages.words import (
    duration,
    iso,
    mailto,
    plain,
    stamp,
    urgency,
    word,
)
from tests.unit.web import ticket_values
from tests.unit.web.pages import SPACE, Page, console_page
from tests.unit.web.ticket_values import NASTY, NOW

LANGUAGES = ("en", "es")


def user(
    language: str = "en",
    *,
    must_change_password: bool = False,
    second_factor_at: datetime | None = None,
) -> SimpleNamespace:
    return SimpleNamespace(
        id=1,
        email="analyst@desk.example",
        name=NASTY,
        role="analyst",
        language=language,
        must_change_password=must_change_password,
        second_factor_at=second_factor_at,
        disabled_at=None,
    )


def row(*, left_s: float = 4800, stop: datetime | None = None, **changes: Any) -> SimpleNamespace:
    due = NOW + timedelta(seconds=left_s)
    start = due - timedelta(hours=4)
    late = (stop or NOW) > due
    if stop is None:
        outcome = "breached_open" if late else "running"
    else:
        outcome = "breached_closed" if late else "met"
    ticket = {
        "id": 123,
        "version": 4,
        "number": "ASD-000123",
        "conversation_id": "c1",
        "state": "new",
        "language": "es",
        "channel": "chat",
        "category": "sign_in",
        "priority": "urgent",
        "article": "account_locked",
        "requester": {
            "name": NASTY,
            "email": "ana+ace@firm.example",
            "company": NASTY,
            "phone": NASTY,
            "spoken_language": "es",
            "identifiers": [{"type": "ein", "shown": "…6789"}],
        },
        "details": {"report_code": "ES-003", "error_text": NASTY, "odd": NASTY},
        "summary": NASTY,
        "trail": [
            {
                "at": "2026-11-22T17:20:01.5+00:00",
                "message": 1,
                "intent": "person_wanted",
                "confidence": 0.914,
                "language": "es",
            }
        ],
        "is_test": False,
        "opened_at": start,
        "parent": None,
        "children": [],
        "topic": "password",
        "merged_into": None,
        "impact": "company",
        "urgency": "critical",
        "group": "accounts",
        "assignee_id": 1,
        "hold_reason": "user",
        "next_action": NASTY,
        "next_action_at": NOW,
        "resolution": "done",
        "resolution_notes": NASTY,
        "tags": ["ace-reports"],
        "links": [NASTY],
        "watchers": [1],
        "notes": [SimpleNamespace(at=start, user_id=1, text=NASTY)],
        "events": [
            SimpleNamespace(
                at=start,
                recorded_at=start,
                kind="opened",
                actor="customer",
                user_id=None,
                reason=None,
            ),
        ],
    }
    return SimpleNamespace(
        ticket=SimpleNamespace(**(ticket | changes)),
        clock=SimpleNamespace(
            start=start, due=due, stop=stop, target_s=4 * 3600, metric="processed"
        ),
        conversation=SimpleNamespace(state="waiting"),
        outcome=outcome,
        left_s=left_s,
        stopped=stop is not None,
    )


PROMISES = {"processed": "Processed"}

LIST: dict[str, Any] = {
    "promises": {"processed": "Processed"},
    "people": {1: "ben@desk.example"},
    "view": "open",
    "chosen": {"queue": "open"},
    "query": "queue=open",
    "options": {"language": {"en": "English", "es": "Spanish"}},
    "counts": {"waiting": 2, "mine": 0, "urgent": 1, "late": 3, "hold": 0, "open": 5},
    "size": 5,
    "page": 1,
    "last": 1,
    "version": "1",
    "acts": ["hold", "resolve"],
}

PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "sign-in": ("sign_in", {"user": None, "failed": None, "openid": False}),
    "sign-in failed": ("sign_in", {"user": None, "failed": "pair", "openid": False}),
    "sign-in elsewhere": ("sign_in", {"user": None, "failed": "openid", "openid": True}),
    "code": ("code", {"user": None, "wrong": False}),
    "code wrong": ("code", {"user": None, "wrong": True}),
    "too soon": ("too_soon", {"user": None, "seconds": 61}),
    "hop": ("hop", {"user": None, "path": ""}),
    "one-time password": (
        "password",
        {"user": user(must_change_password=True), "failed": "weak", "least": 12},
    ),
    "password": ("password", {"user": user(), "failed": None, "least": 12}),
    "password wrong": ("password", {"user": user(), "failed": "wrong", "least": 12}),
    "second factor to be": (
        "second_factor",
        {"user": user(), "failed": None, "secret": [], "left": 0, "required": True},
    ),
    "second factor proposed": (
        "second_factor",
        {"user": user(), "failed": "code", "secret": ["ABCD"], "left": 0, "required": False},
    ),
    "second factor": (
        "second_factor",
        {
            "user": user(second_factor_at=NOW),
            "failed": "remove",
            "secret": [],
            "left": 1,
            "required": False,
        },
    ),
    "recovery codes": (
        "recovery_codes",
        {"user": user(), "codes": ["ABCDE-FGHJK"], "is_new": True},
    ),
    "profile": (
        "profile",
        {
            "user": user(second_factor_at=NOW),
            "failed": True,
            "sign_ins": [
                SimpleNamespace(browser="Firefox", token_hash="a", started_at=NOW, seen_at=NOW),
                SimpleNamespace(browser="", token_hash="b", started_at=NOW, seen_at=NOW),
            ],
            "this": "a",
            "left": 2,
            "longest": 64,
        },
    ),
    "users": (
        "users",
        {
            "user": user(),
            "failed": "taken",
            "users": [user()],
            "typed": {"email": NASTY, "name": NASTY, "role": "lead", "language": "es"},
            "roles": ROLES,
            "longest": 64,
        },
    ),
    "user": (
        "user",
        {
            "user": user(),
            "failed": "last",
            "of": user(second_factor_at=NOW),
            "roles": ROLES,
            "longest": 64,
        },
    ),
    "one-time password shown": (
        "one_time",
        {"user": user(), "of": user(), "password": "x"},
    ),
    "audit": (
        "audit",
        {
            "user": user(),
            "rows": [
                {
                    "at": NOW,
                    "actor": "analyst",
                    "who": NASTY,
                    "action": "ticket_read",
                    "object": "ASD-000001",
                    "ticket": "ASD-000001",
                    "detail": {"reason": "x"},
                }
            ],
            "people": [(1, NASTY)],
            "actions": ["ticket_read"],
            "asked": dict.fromkeys(("user", "action", "object", "from", "to"), ""),
            "query": "",
            "older": None,
            "newest": True,
        },
    ),
    "missing": ("missing", {"user": user()}),
    "no tickets": ("tickets", {"user": user(), "rows": []} | LIST),
    "tickets": (
        "tickets",
        {
            "user": user(),
            "rows": [
                row(left_s=-310),
                row(left_s=1320, number="ASD-000124"),
                row(number="ASD-000125"),
                row(stop=NOW, number="ASD-000126", is_test=True),
                row(left_s=-720, stop=NOW, number="ASD-000127", requester={}),
            ],
        }
        | LIST,
    ),
    "ticket": ("ticket", {"user": user(), "row": row()} | ticket_values.values()),
    "refused ticket": ("ticket", {"user": user(), "row": row()} | ticket_values.REFUSED),
    "others of a requester": (
        "ticket/others",
        {"user": user(), "ticket": row().ticket, "others": ticket_values.OTHERS},
    ),
    "file that is gone": ("ticket/gone", {"user": user(), "number": "ASD-000123"}),
    "bare ticket": (
        "ticket",
        {
            "user": user(),
            "row": row(stop=NOW, requester={}, details={}, article=None, trail=[], summary=""),
        }
        | ticket_values.values(
            messages=[],
            files=[],
            rating=None,
            viewers=[],
            can=set(),
            answerable=False,
            articles=list,
            conversation=ticket_values.conversation("closed"),
        ),
    ),
}


def page_of(name: str, language: str = "en", **changes: Any) -> Page:
    page, values = PAGES[name]
    return console_page(page, language, **(values | changes))


def entries(table: dict[str, Any], path: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in table.items():
        found |= entries(value, f"{path}{key}.") if isinstance(value, dict) else {path + key: value}
    return found


def test_both_languages_have_the_same_strings() -> None:
    english, spanish = (entries(strings("console", language)) for language in LANGUAGES)
    assert english.keys() == spanish.keys()
    for key, text in english.items():
        assert text.strip()
        assert spanish[key].strip()
        assert re.findall(r"{\w+}", text) == re.findall(r"{\w+}", spanish[key]), key


def test_every_category_and_state_has_a_word() -> None:
    assert triage.categories().keys() == strings("console", "en")["categories"].keys()
    assert set(STATES) == catalogue("en")["states"].keys()
    assert set(STATES) == strings("console", "en")["states"].keys()


def test_every_kind_of_event_has_a_word() -> None:
    assert set(MOVES) | {"opened"} <= strings("console", "en")["kinds"].keys()


def test_every_intent_of_the_bot_has_a_word() -> None:
    root = Path(desk.web.pages.__file__).parents[3]
    phrases = (root / "data" / "nlu_en").glob("*.yml")
    intents = {
        name for file in phrases for name in re.findall(r"intent: (\w+)", file.read_text("utf-8"))
    }
    assert intents == strings("console", "en")["intents"].keys()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_page_is_well_formed_and_keeps_to_its_policy(name: str, language: str) -> None:
    page = page_of(name, language)
    assert page.all("html") == [{"lang": language}]
    assert len(page.all("h1")) == len(page.all("main")) == len(page.all("header")) == 1
    assert page.all("style") == []
    assert all(script["nonce"] == "nonce" and script["src"] for script in page.all("script"))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in page.elements:
        assert not [key for key in attributes if key == "style" or key.startswith("on")]
        for reference in (attributes.get("aria-labelledby"), attributes.get("aria-describedby")):
            assert set((reference or "").split()) <= set(ids)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_switch_leads_to_the_same_page_in_the_other_language(name: str, language: str) -> None:
    other = "es" if language == "en" else "en"
    chosen = "queue=open&" if "tickets" in name else ""
    link = {"href": f"?{chosen}lang={other}", "lang": other, "hreflang": other}
    assert link in page_of(name, language).all("a")


@pytest.mark.parametrize("name", ["tickets", "ticket", "refused ticket", "audit"])
def test_nothing_is_unescaped(name: str) -> None:
    assert NASTY in page_of(name).text


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "profile",
        "users",
        "user",
        "missing",
        "tickets",
        "ticket",
        "file that is gone",
        "others of a requester",
    ],
)
def test_a_chosen_language_goes_along_with_every_link(name: str) -> None:
    for language in LANGUAGES:
        links = [str(link["href"]) for link in page_of(name, language).all("a")]
        asked = [parse_qs(urlsplit(link).query) for link in links if link.startswith("/console")]
        assert asked
        assert all(one.get("lang") == (["es"] if language == "es" else None) for one in asked)


def test_header_shows_who_is_signed_in_and_signs_out_with_a_post() -> None:
    page = page_of("tickets")
    assert "Signed in as analyst@desk.example analyst" in page.text
    assert {"method": "post", "action": "/console/sign-out"} in page.all("form")
    assert len(page_of("sign-in").all("form")) == 1


def test_a_one_time_password_leaves_nowhere_else_to_go() -> None:
    assert page_of("one-time password").all("nav") == []
    assert "one-time password" in page_of("one-time password").text
    assert "one-time password" not in page_of("password").text


def test_sign_in_error_is_announced_and_does_not_say_which_part_was_wrong() -> None:
    def alerts(name: str) -> list[dict[str, str | None]]:
        return [p for p in page_of(name).all("p") if p.get("role") == "alert"]

    assert alerts("sign-in") == []
    assert len(alerts("sign-in failed")) == 1
    fields = page_of("sign-in failed").all("input")
    assert [field["autocomplete"] for field in fields] == ["username", "current-password"]
    assert not any("aria-invalid" in field for field in fields)


def test_new_password_says_its_rule() -> None:
    page = page_of("one-time password")
    field = page.all("input")[-1]
    assert field["autocomplete"] == "new-password"
    assert field["minlength"] == "12"
    assert field["aria-describedby"] == "rule error"
    assert "At least 12 characters" in page.text


@pytest.mark.parametrize(
    ("language", "times"),
    [
        (
            "en",
            ["late by 5 min", "22 min left", "1 h 20 min left", "on time", "done 12 min late"],
        ),
        (
            "es",
            [
                "vencido hace 5 min",
                "vence en 22 min",
                "vence en 1 h 20 min",
                "a tiempo",
                "con 12 min de retraso",
            ],
        ),
    ],
)
def test_list_says_how_much_time_is_left(language: str, times: list[str]) -> None:
    text = page_of("tickets", language).text
    found = [text.find(words) for words in times]
    assert -1 not in found
    assert found == sorted(found)


def test_only_a_clock_that_runs_counts_down() -> None:
    clocks = [span for span in page_of("tickets").all("span") if "data-due" in span]
    assert [(clock["data-number"], clock["data-due"]) for clock in clocks] == [
        ("ASD-000123", "2026-11-22T18:54:50Z"),
        ("ASD-000124", "2026-11-22T19:22:00Z"),
        ("ASD-000125", "2026-11-22T20:20:00Z"),
    ]


def test_list_cells_keep_their_column_as_a_label() -> None:
    page = page_of("tickets")
    _, *columns = strings("console", "en")["tickets"]["columns"].values()
    labels = [cell["data-label"] for tag, cell in page.elements if "data-label" in cell]
    assert labels == columns * 5
    assert page.all("table")
    assert len(page.all("caption")) == 1


def test_no_tickets_is_said() -> None:
    page = page_of("no tickets", "es")
    assert page.all("table") == []
    assert "No hay nada aquí Los casos aparecen aquí en cuanto alguien pide" in page.text


def test_a_code_without_a_word_does_not_break_the_page() -> None:
    odd = row(state="odd", category="odd", channel="odd", language="odd", priority="odd")
    assert "odd" in page_of("tickets", rows=[odd]).text
    assert "odd" in page_of("ticket", row=odd).text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "< 1 min"),
        (-59.9, "< 1 min"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (-4800, "1 h 20 min"),
        (86400 + 3 * 3600 + 300, "1 d 3 h"),
    ],
)
def test_duration(seconds: float, words: str) -> None:
    assert duration(seconds).replace(SPACE, " ") == words


def test_instants_are_shown_in_utc() -> None:
    assert stamp("2026-11-22T14:05:09.9-05:00") == "2026-11-22 19:05"
    assert stamp(NOW, "seconds") == "2026-11-22 19:00:00"
    assert iso("2026-11-22T14:05:09.9-05:00") == "2026-11-22T19:05:09Z"


@pytest.mark.parametrize(
    ("left_s", "stopped", "expected"),
    [
        (-0.1, False, "late"),
        (0, False, "soon"),
        (3600, False, "soon"),
        (3601, False, "calm"),
        (-5, True, "done"),
    ],
)
def test_urgency(left_s: float, stopped: bool, expected: str) -> None:
    assert urgency(SimpleNamespace(left_s=left_s, stopped=stopped)) == expected


def test_small_filters() -> None:
    assert word("new", {"new": "Nuevo"}) == "Nuevo"
    assert plain("**A b** [c](https://d.example/e_(f)) *g*") == (
        "A b c (https://d.example/e_(f)) *g*"
    )
    assert mailto("a@b.example?bcc=c@d.example") == "mailto:a@b.example%3Fbcc%3Dc@d.example"
