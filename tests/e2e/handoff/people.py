"""A visitor and an analyst, each with a browser of their own, and what they see."""

import re
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.stack import Stack

PASSWORD = "correct horse battery"
PATIENCE_MS = 60_000
"""A desk that is being started anew loads its articles first."""

WORDS: dict[str, dict[str, Any]] = {
    "en": {
        "question": "how do i add a new user to our ace account",
        "follow_up": "how can i schedule a report so it gets emailed to me every week",
        "again": "what is the 45 day rule",
        "person": "Talk to a person",
        "story": "the reports tab is empty since monday",
        "skip": "Skip",
        "yes": "Yes, open the ticket",
        "from_visitor": "It began on day {}.",
        "from_analyst": "Thank you. I am looking at day {}.",
        "satisfied": "5",
    },
    "es": {
        "question": "cómo agrego un usuario nuevo a nuestra cuenta de ace",
        "follow_up": "cómo programo un informe para que me llegue cada semana",
        "again": "dónde inicio sesión en el portal de ace",
        "person": "Hablar con una persona",
        "story": "la pestaña Reports está vacía desde el lunes",
        "skip": "Omitir",
        "yes": "Sí, abrir el caso",
        "from_visitor": "Empezó el día {}.",
        "from_analyst": "Gracias. Estoy revisando el día {}.",
        "satisfied": "5",
    },
}


class Visitor:
    """Somebody with the chat open."""

    def __init__(self, browser: Browser, stack: Stack, language: str, **context: Any) -> None:
        self.language = language
        self.words = WORDS[language]
        self.said: list[str] = []
        """What they typed, in order."""
        self._context = browser.new_context(reduced_motion="reduce", **context)
        self.page = self._context.new_page()
        self.page.goto(f"{stack.url}/?lang={language}")
        self.page.locator("button.launcher").click()

    def offline(self, away: bool) -> None:
        self._context.set_offline(away)

    def type(self, text: str) -> None:
        self.said.append(text)
        self.page.locator(".composer textarea").fill(text)
        self.page.keyboard.press("Enter")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).last.click(timeout=PATIENCE_MS)

    def messages(self, actor: str) -> Locator:
        return self.page.locator(f".message.{actor}:not(.pending):not(.failed)")

    def hears(self, actor: str, count: int) -> None:
        """So many messages of an actor are there, and no more."""
        expect(self.messages(actor)).to_have_count(count, timeout=PATIENCE_MS)

    def reads(self, text: str, *, actor: str = "bot") -> None:
        expect(self.messages(actor).last).to_contain_text(text, timeout=PATIENCE_MS)

    def open_ticket(self) -> str:
        """Ask for a person and answer what is asked; the ticket's number."""
        self.press(self.words["person"])
        expect(self.page.get_by_role("button", name=self.words["skip"])).to_be_visible(
            timeout=PATIENCE_MS
        )
        self.type(self.words["story"])
        yes = self.page.get_by_role("button", name=self.words["yes"])
        for _ in range(4):
            skip = self.page.get_by_role("button", name=self.words["skip"]).last
            expect(skip.or_(yes).first).to_be_visible(timeout=PATIENCE_MS)
            if yes.is_visible():
                break
            before = self.messages("bot").count()
            skip.click()
            expect(self.messages("bot")).not_to_have_count(before, timeout=PATIENCE_MS)
        yes.click(timeout=PATIENCE_MS)
        self.reads("ASD-")
        found = re.search(r"ASD-\d{6,}", self.messages("bot").last.inner_text())
        assert found
        return found[0]

    def rate(self) -> None:
        form = self.page.locator("form.satisfaction")
        form.get_by_role("radio").nth(4).check(timeout=PATIENCE_MS)
        form.locator("button[type=submit]").click()
        expect(form.get_by_role("radio")).to_have_count(0, timeout=PATIENCE_MS)

    def transcript(self) -> list[str]:
        """What stands in the panel, in order."""
        bodies = self.page.locator(".message > .body")
        return [_one_line(text) for text in bodies.all_inner_texts()]

    def close(self) -> None:
        self._context.close()


class Analyst:
    """Somebody in the console, with a browser for each ticket, all signed in.

    All tabs here are in sight at once, and one browser would run out of connections for them.
    """

    def __init__(self, browser: Browser, stack: Stack) -> None:
        self.stack = stack
        self.browser = browser
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{stack.url}/console/sign-in")
        page.locator("#email").fill("ana@desk.example")
        page.locator("#password").fill(PASSWORD)
        page.locator("main button:not([name])").first.click()
        page.wait_for_url("**/console/")
        self._signed_in = context.storage_state()
        context.close()

    def open(self, number: str) -> "Desk":
        context = self.browser.new_context(storage_state=self._signed_in, reduced_motion="reduce")
        page = context.new_page()
        page.goto(f"{self.stack.url}/console/tickets/{number}?lang=en")
        return Desk(page)


class Desk:
    """One ticket's page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def act(self, name: str, **fields: str) -> None:
        form = self.page.locator(f"form[data-act={name}]")
        for field, value in fields.items():
            control = form.locator(f"[name={field}]")
            if control.evaluate("element => element.tagName") == "SELECT":
                control.select_option(value)
            else:
                control.fill(value)
        form.locator("button:not([name]):not([type=button])").first.click()
        # The page says what was done, or why it was not.
        told = self.page.locator("#done, #refusal")
        expect(told).to_be_visible(timeout=PATIENCE_MS)
        assert told.get_attribute("id") == "done", told.inner_text()

    def take_over(self) -> None:
        self.act("take_over")

    def reply(self, text: str) -> None:
        self.write("reply", text)

    def note(self, text: str) -> None:
        self.page.locator("#act-note > summary").click()
        self.write("note", text)

    def write(self, name: str, text: str) -> None:
        """Send a text, which the page does without being left."""
        form = self.page.locator(f"form[data-act={name}]")
        form.locator("[name=text]").fill(text)
        form.locator("button:not([name]):not([type=button])").first.click()
        expect(form.locator("[name=text]")).to_have_value("", timeout=PATIENCE_MS)

    def hand_back(self) -> None:
        self.act("hand_back")

    def resolve(self) -> None:
        self.page.locator("#acts-resolve > summary").click()
        self.act("resolve", code="done", notes="The reports are there again.")

    def reads(self, text: str) -> None:
        said = self.page.locator("#messages .text", has_text=text)
        expect(said).to_have_count(1, timeout=PATIENCE_MS)

    def close(self) -> None:
        self.page.context.close()

    def numbers(self) -> list[int]:
        items = self.page.locator("#messages > li")
        return [int(seq) for seq in items.evaluate_all("all => all.map(one => one.dataset.seq)")]


def _one_line(text: str) -> str:
    return " ".join(text.split())
