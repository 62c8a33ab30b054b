"""A visitor with a real browser: a question in each language, a ticket, a reload, another site."""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.browser.chromium import launched
from tests.e2e.stack import Stack, free_port

ARTIFACTS = Path("test-artifacts")
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
WORDS = {
    "en": {
        "question": "how do i add a new user to our ace account",
        "title": "Adding users",
        "person": "Talk to a person",
        "story": "the reports tab is empty since monday",
        "skip": "Skip",
        "yes": "Yes, open the ticket",
        "opened": "ASD-",
    },
    "es": {
        "question": "cómo agrego un usuario nuevo a nuestra cuenta de ace",
        "title": "La versión oficial es la versión en inglés",
        "person": "Hablar con una persona",
        "story": "la pestaña Reports está vacía desde el lunes",
        "skip": "Omitir",
        "yes": "Sí, abrir el caso",
        "opened": "ASD-",
    },
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    ARTIFACTS.mkdir(exist_ok=True)
    with sync_playwright() as playwright, launched(playwright) as browser:
        yield browser


def type_message(page: Page, text: str) -> None:
    page.locator("textarea").fill(text)
    page.keyboard.press("Enter")


def last_bubble(page: Page):
    return page.locator(".message.bot").last


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_a_visitor_gets_an_answer_and_a_ticket(
    stack: Stack, browser: Browser, language: str, size: dict[str, int]
) -> None:
    words, shot = WORDS[language], f"widget-{language}-{size['width']}"
    page = browser.new_page(viewport=size, reduced_motion="reduce")
    page.goto(f"{stack.url}/?lang={language}")
    page.locator("button.launcher").click()
    type_message(page, words["question"])
    expect(last_bubble(page)).to_contain_text(words["title"], timeout=20_000)
    expect(last_bubble(page)).to_have_attribute("lang", language)
    expect(last_bubble(page).locator("strong").first).to_be_in_viewport()
    page.screenshot(path=ARTIFACTS / f"{shot}-answer.png")

    page.get_by_role("button", name=words["person"]).last.click()
    expect(page.get_by_role("button", name=words["skip"])).to_be_visible(timeout=20_000)
    type_message(page, words["story"])
    for _ in range(2):
        expect(page.get_by_role("button", name=words["skip"])).to_be_visible(timeout=20_000)
        page.get_by_role("button", name=words["skip"]).click()
    page.get_by_role("button", name=words["yes"]).click(timeout=20_000)
    expect(last_bubble(page)).to_contain_text(words["opened"], timeout=20_000)
    page.screenshot(path=ARTIFACTS / f"{shot}-ticket.png")

    said = page.locator(".message").count()
    page.reload()
    expect(page.locator(".message")).to_have_count(said, timeout=20_000)
    newest = stack.cli("tickets", "list", "--json")[0]
    assert (newest["language"], newest["summary"]) == (language, words["story"])
    page.close()


def test_the_widget_works_on_a_page_of_another_site(
    stack: Stack, browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "index.html").write_text(
        f'<!doctype html><html lang="es"><script src="{stack.url}/widget.js" async></script>'
    )

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(tmp_path))

        def log_message(self, *_: object) -> None:
            pass

    port = free_port()
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), Quiet) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        page = browser.new_page(viewport=DESKTOP)
        page.goto(f"http://127.0.0.1:{port}/")
        page.locator("button.launcher").click()
        type_message(page, WORDS["es"]["question"])
        expect(last_bubble(page)).to_contain_text(WORDS["es"]["title"], timeout=20_000)
        page.close()
        site.shutdown()


def test_an_analyst_signs_in_and_reads_the_ticket(stack: Stack, browser: Browser) -> None:
    stack.cli(
        "user", "add", "ana@example.com", "--language", "es", "--password-stdin",
        stdin="a long enough password\n",
    )  # fmt: skip
    number = stack.cli("tickets", "open", "los camiones no avanzan", "--language", "es").strip()
    page = browser.new_page(viewport=DESKTOP, locale="es-MX")
    page.goto(f"{stack.url}/console")
    page.screenshot(path=ARTIFACTS / "console-sign-in.png")
    page.locator("input[name=email]").fill("ana@example.com")
    page.locator("input[name=password]").fill("a long enough password")
    page.locator("main form button").click()
    expect(page.locator("table")).to_contain_text("los camiones no avanzan")
    page.screenshot(path=ARTIFACTS / "console-tickets.png")
    page.get_by_role("link", name=number).click()
    expect(page.locator("main")).to_contain_text("los camiones no avanzan")
    page.screenshot(path=ARTIFACTS / "console-ticket.png")
    page.close()
