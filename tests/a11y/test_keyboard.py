"""The whole conversation by keyboard alone: no pointer touches the page."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.a11y.scenes import DESKTOP, PHONE, TXT, stage
from tests.a11y.stub import StubDesk
from tests.a11y.words import NUMBER

NAMES = {
    "en": {
        "other": "Español", "menu": "More options", "minimise": "Minimize", "copy": "Copy the",
        "attach": "Attach a file", "send": "Send", "yes": "Yes", "no": "No", "end": "End conv",
        "download": "Download", "keep": "Keep talking", "rating": "Send rating", "log": "Convers",
        "reopen": "Not solved", "launcher": "Help with ACE", "field": "Your message",
    },
    "es": {
        "other": "English", "menu": "Más opciones", "minimise": "Minimizar", "copy": "Copiar el",
        "attach": "Adjuntar un", "send": "Enviar", "yes": "Sí", "no": "No", "end": "Terminar la",
        "download": "Descargar", "keep": "Seguir", "rating": "Enviar calif", "log": "Convers",
        "reopen": "No se resolvió", "launcher": "Ayuda con ACE", "field": "Su mensaje",
    },
}  # fmt: skip

FOCUSED = """() => {
  const root = document.querySelector("#acedesk-widget").shadowRoot;
  const element = root.activeElement;
  if (!element) return null;
  const box = element.getBoundingClientRect();
  const seen = [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5], [0.5, 0.1], [0.5, 0.9]].some(([x, y]) => {
    const hit = root.elementFromPoint(box.left + box.width * x, box.top + box.height * y);
    return hit && (element.contains(hit) || hit.contains(element));
  });
  const label = element.id && root.querySelector(`label[for="${element.id}"]`);
  return {
    name: element.getAttribute("aria-label") ?? label?.textContent ??
      (element.labels?.[0] ?? element).textContent.trim(),
    seen,
    ring: getComputedStyle(element).outlineStyle,
  };
}"""


def focused(page: Page) -> dict[str, Any]:
    """What has the focus in the chat; it must be in sight and have a ring."""
    found: dict[str, Any] | None = page.evaluate(FOCUSED)
    for _ in range(20):
        if found is None or found["seen"]:
            break
        # The browser brings it into sight with its next frame, which a busy machine draws late.
        page.wait_for_timeout(50)
        found = page.evaluate(FOCUSED)
    assert found is not None, "the focus has left the chat"
    assert found["seen"], f"{found['name']} is hidden"
    assert found["ring"] != "none", f"{found['name']} shows no focus"
    return found


def tab_to(page: Page, name: str, *, back: bool = False) -> None:
    for _ in range(40):
        if page.evaluate(FOCUSED) and focused(page)["name"].startswith(name):
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    pytest.fail(f"no {name} in forty steps")


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_conversation_from_the_first_question_to_the_rating(
    browser: Browser, desk: StubDesk, language: str
) -> None:
    names = NAMES[language]
    with stage(browser, desk, "fresh", language) as shown:
        page, words = shown.page, shown.words
        page.on("filechooser", lambda chooser: chooser.set_files([TXT]))
        page.keyboard.press("Tab")
        tab_to(page, names["minimise"])
        page.keyboard.press("Enter")
        assert focused(page)["name"].startswith(names["launcher"])
        page.keyboard.press("Enter")
        assert focused(page)["name"] == names["field"]

        page.keyboard.type("ACE")
        page.keyboard.press("Enter")
        expect(page.locator(".reply")).to_have_count(2)
        tab_to(page, words.options[0], back=True)
        page.keyboard.press("Enter")
        expect(page.locator(".message.visitor").last).to_contain_text(words.options[0])
        assert focused(page)["name"] == names["field"]

        page.keyboard.type(words.question)
        page.keyboard.press("Enter")
        expect(page.locator(".card")).to_be_visible()
        tab_to(page, names["yes"], back=True)
        page.keyboard.press("Space")
        expect(page.locator(".helpful [aria-pressed=true]")).to_have_text(names["yes"])
        assert focused(page)["name"] == names["yes"]

        tab_to(page, names["attach"])
        page.keyboard.press("Enter")
        expect(page.locator(".message.visitor:not(.pending) .file")).to_be_visible()
        assert focused(page)["name"] == names["field"]

        tab_to(page, words.person, back=True)
        page.keyboard.press("Enter")
        expect(page.locator(".line")).not_to_be_empty()
        expect(page.locator(".ticket")).to_contain_text(NUMBER)

        tab_to(page, names["other"], back=True)
        page.keyboard.press("Enter")
        expect(page.locator(".panel")).to_have_attribute("lang", "es" if language == "en" else "en")
        expect(page.locator(".message .file")).to_be_visible()
        page.keyboard.press("Enter")
        expect(page.locator(".panel")).to_have_attribute("lang", language)

        # What the desk says before it has heard of the choice is in the other language.
        for _ in range(100):
            if desk.newest.language == language:
                break
            page.wait_for_timeout(50)
        name = [*desk.lines][-1]
        desk.emit(name, "message", actor="system", text=words.ask_rating,
                  custom={"kind": "satisfaction", "ticket": NUMBER})  # fmt: skip
        expect(page.locator(".satisfaction")).to_be_visible()
        tab_to(page, "1 ·")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        tab_to(page, names["rating"])
        page.keyboard.press("Enter")
        expect(page.locator(".satisfaction p").first).to_be_focused()
        assert ("satisfaction", {"ticket": NUMBER, "score": 3}) in desk.newest.calls
        tab_to(page, names["reopen"])
        page.keyboard.press("Enter")
        expect(page.locator(".satisfaction [role=status]")).not_to_be_empty()
        assert desk.newest.calls[-1][0] == f"tickets/{NUMBER}/reopen"

        tab_to(page, names["menu"], back=True)
        page.keyboard.press("Enter")
        assert focused(page)["name"].startswith(names["download"])
        with page.expect_download() as download:
            page.keyboard.press("Enter")
        assert download.value.suggested_filename.endswith(".txt")
        assert focused(page)["name"] == names["menu"]

        page.keyboard.press("Enter")
        tab_to(page, names["end"])
        page.keyboard.press("Enter")
        assert focused(page)["name"].startswith(names["keep"])
        tab_to(page, names["end"], back=True)
        page.keyboard.press("Enter")
        expect(page.locator(".panel")).to_have_attribute("data-state", "closed")
        assert focused(page)["name"] == names["menu"]

        page.keyboard.press("Escape")
        assert focused(page)["name"].startswith(names["launcher"])


def test_escape_closes_the_innermost_thing_and_returns_the_focus(
    browser: Browser, desk: StubDesk
) -> None:
    with stage(browser, desk, "analyst-typing", "en") as shown:
        page = shown.page
        page.locator("#text").focus()
        tab_to(page, "More options", back=True)
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
        expect(page.locator(".items")).to_be_hidden()
        assert focused(page)["name"] == "More options"
        page.keyboard.press("Enter")
        tab_to(page, "End conversation")
        page.keyboard.press("Enter")
        expect(page.locator(".confirm")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator(".confirm")).to_be_hidden()
        assert focused(page)["name"] == "More options"
        expect(page.locator(".panel")).to_be_visible()
        assert not any(what == "end" for what, _ in desk.lines[shown.name or ""].calls)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_focus_goes_in_the_order_of_what_is_seen(
    browser: Browser, desk: StubDesk, size: dict[str, int]
) -> None:
    names = NAMES["en"]
    with stage(browser, desk, "choices", "en", size=size) as shown:
        page, options = shown.page, shown.words.options
        page.locator(".language").focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        order = []
        for _ in range(11):
            order.append(focused(page)["name"])
            if order[-1].startswith(names["send"]):
                break
            page.keyboard.press("Tab")
        wanted = [
            names["other"], names["menu"], names["minimise"], shown.words.person, names["log"],
            *options, names["attach"], names["field"], names["send"],
        ]  # fmt: skip
        assert [a.startswith(b) for a, b in zip(order, wanted, strict=True)] == [True] * len(order)


def test_a_panel_that_fills_the_screen_keeps_the_focus_inside(
    browser: Browser, desk: StubDesk
) -> None:
    with stage(browser, desk, "answer", "en", size=PHONE) as shown:
        shown.page.locator(".send").focus()
        for _ in range(30):
            shown.page.keyboard.press("Tab")
            assert shown.page.evaluate("document.activeElement.textContent") != "A link of the page"


def test_on_a_desktop_the_focus_may_go_on_to_the_page(browser: Browser, desk: StubDesk) -> None:
    with stage(browser, desk, "fresh", "en") as shown:
        shown.page.locator(".language").focus()
        shown.page.keyboard.press("Shift+Tab")
        assert shown.page.evaluate("document.activeElement.textContent") == "A link of the page"
