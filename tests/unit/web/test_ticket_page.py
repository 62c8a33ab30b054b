"""The page of one ticket: what it shows, and which acts it offers to whom."""

from types import SimpleNamespace
from typing import Any

import pytest

from desk.conversations.presence import Viewer
from desk.web.console.acts import ACTS
from desk.web.pages import strings
from tests.unit.web import ticket_values
from tests.unit.web.pages import Page, console_page
from tests.unit.web.test_console_pages import row, user
from tests.unit.web.ticket_values import MESSAGES, NASTY, REFUSED, conversation, values


def page_of(language: str = "en", **changes: Any) -> Page:
    given = {"user": user(), "row": row()} | values()
    return console_page("ticket", language, **(given | changes))


def forms(page: Page) -> set[str]:
    return {str(form["data-act"]) for form in page.all("form") if "data-act" in form}


def test_it_shows_clock_requester_transcript_trail_and_events() -> None:
    page = page_of()
    for words in (
        "ASD-000123 Urgent New Chat Spanish 1 h 20 min left",
        "1 h 20 min left Due 2026-11-22 20:20 UTC Outcome running",
        "Rule 4 h, at any hour of any day (24x7)",
        "Article shown account_locked",
        f"For this topic Report ES-003 Error message {NASTY} odd {NASTY}",
        f"{NASTY} 2026-11-22 19:00 Spanish secrets removed",
        "Read as: Wants a person Confidence 91%, language: Spanish",
        "Assistant 2026-11-22 19:00 Spanish it did not help Hola",
        f"Article shown account_locked {NASTY} reviewed 2026-11-22",
        f"{NASTY} 2026-11-22 19:00 pressed a button Sí",
        f"ben@desk.example 2026-11-22 19:00 {NASTY}",
        f"{NASTY} image/png, 3 KB, content deleted",
        f"Poor 2 of 5, 2026-11-22 19:00 UTC {NASTY}",
        "1 2026-11-22 17:20:01 Wants a person 91% Spanish",
        "2026-11-22 16:20:00 Opened Requester 2026-11-22 16:20:00",
    ):
        assert words in page.text, words
    assert {"href": "mailto:ana%2Bace@firm.example?subject=ASD-000123"} in page.all("a")
    texts = [p.get("lang") for p in page.all("p") if p.get("class") == "text"]
    assert texts[: len(MESSAGES)] == ["es", "es", "es", None, None, None, None]


def test_other_tickets_of_the_requester_say_what_they_are() -> None:
    page = console_page(
        "ticket/others", "en", user=user(), ticket=row().ticket, others=ticket_values.OTHERS
    )
    assert "ASD-000009 Closed Sign-in, Telephone, 2026-11-22 19:00 , same conversation" in page.text
    assert {"href": "/console/tickets/ASD-000009"} in page.all("a")


def test_a_link_of_an_article_opens_a_page_and_never_a_script() -> None:
    addresses = [str(link["href"]) for link in page_of().all("a")]
    assert "https://cbp.example/a" in addresses
    assert not [address for address in addresses if address.startswith("javascript")]


@pytest.mark.parametrize(
    ("language", "tail", "words"),
    [
        ("en", "", "Part of ASD-000007 Tickets under this one ASD-000124 , ASD-000125"),
        ("es", "?lang=es", "Forma parte de ASD-000007 Casos que reúne ASD-000124 , ASD-000125"),
    ],
)
def test_it_links_to_its_parent_and_children(language: str, tail: str, words: str) -> None:
    parent, *children = (SimpleNamespace(number=f"ASD-{n:06d}") for n in (7, 124, 125))
    page = page_of(language, row=row(parent=parent, children=children))
    assert words in page.text
    for ticket in (parent, *children):
        assert {"href": f"/console/tickets/{ticket.number}{tail}"} in page.all("a")
    assert "ASD-000124" not in page_of(language).text


def test_every_act_has_a_form_and_each_form_carries_key_version_and_proof() -> None:
    page = page_of()
    assert forms(page) == set(ACTS)
    names = [field["name"] for field in page.all("input") if field.get("type") == "hidden"]
    posting = [form for form in page.all("form") if form.get("data-act")]
    assert all(form["method"] == "post" for form in posting)
    for name in ("key", "version"):
        assert names.count(name) == len(posting)
    keys = [field["value"] for field in page.all("input") if field.get("name") == "key"]
    acts = [form["data-act"] for form in posting]
    assert keys == [f"{'k' * 32}-{act}" for act in acts]
    assert max(len(str(key)) for key in keys) <= 44


def test_whoever_only_reads_sees_no_form() -> None:
    page = page_of(can=set(), answerable=False)
    assert forms(page) == set()
    assert page.all("textarea") == []


def test_what_was_typed_stands_in_the_form_again_beside_what_has_happened() -> None:
    page = console_page("ticket", "en", user=user(), row=row(), **REFUSED)
    alerts = [div for div in page.all("div") if div.get("id") == "refusal"]
    assert [alert["role"] for alert in alerts] == ["alert"]
    assert f"This was not done {NASTY} This has happened meanwhile: 2026-11-22 19:00" in page.text
    chosen = [option["value"] for option in page.all("option") if "selected" in option]
    assert "no_fault" in chosen
    opened = [one.get("id") for one in page.all("details") if "open" in one]
    assert "acts-resolve" in opened


@pytest.mark.parametrize(
    ("changes", "words", "button"),
    [
        (
            {"conversation": conversation("bot"), "viewers": []},
            "is answering",
            "Take over and send",
        ),
        ({"conversation": conversation("analyst", 1), "viewers": []}, "You have this", "Send"),
        (
            {"conversation": conversation("analyst", 2), "can": set(ACTS) - {"reply"}},
            "would not be sent",
            None,
        ),
        ({"conversation": conversation("analyst", 2)}, "takes it over", "and send"),
        (
            {"viewers": [Viewer(user_id=2, name="Ben", composing=True)]},
            "Ben is writing a reply. Wait",
            "Take over from Ben and send",
        ),
        (
            {"viewers": [Viewer(user_id=2, name="Ben", composing=False)]},
            "Ben is looking at this ticket.",
            "Take over and send",
        ),
    ],
)
def test_the_reply_box_says_who_has_the_conversation_and_who_writes(
    changes: dict[str, Any], words: str, button: str | None
) -> None:
    page = page_of(**changes)
    assert words in page.text
    if button:
        assert button in page.text
    else:
        assert "and send" not in page.text


def test_where_nobody_reads_a_reply_there_is_no_box_for_one() -> None:
    page = page_of(heard=False, answerable=False, can=set(ACTS) - {"reply", "take_over"})
    assert "came in by Chat. Call the requester" in page.text
    assert "reply" not in forms(page)
    assert {"note", "spoke"} <= forms(page)


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_act_and_field_has_its_words(language: str) -> None:
    said = strings("console", language)["ticket"]
    assert said["acts"].keys() == said["done"].keys() == ACTS.keys()
    assert {name for act in ACTS.values() for name in act.required} <= said["fields"].keys()
    assert said["invalid"].keys() <= ACTS.keys()


def test_who_wrote_by_mail_is_answered_by_mail_and_their_mail_is_looked_at_safely() -> None:
    page = page_of(by_mail=True)
    assert "What you answer is sent to them as a mail." in page.text
    assert "not who they claim to be" in page.text
    assert "Files that were not taken" in page.text
    assert "/console/mail/3/raw" in [link["href"] for link in page.all("a")]
    assert not [script for script in page.all("script") if "src" not in script]
