"""Every state of the chat in both languages: what axe finds, what is too small, what is lost."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.a11y.barriers import RULES, objections
from tests.a11y.measures import LOST, NARROW, SMALL_TARGETS, SPACED
from tests.a11y.scenes import SCENES, stage
from tests.a11y.stub import StubDesk

every_state = pytest.mark.parametrize("scene", SCENES)
both_languages = pytest.mark.parametrize("language", ["en", "es"])


@both_languages
@every_state
def test_axe_finds_nothing_in_light_or_dark_and_every_target_is_large_enough(
    browser: Browser, desk: StubDesk, scene: str, language: str
) -> None:
    with stage(browser, desk, scene, language, bypass_csp=True) as shown:
        for colours in ("light", "dark"):
            shown.page.emulate_media(color_scheme=colours)
            found = Axe().run(shown.page, options={"runOnly": RULES})
            assert objections(found) == []
            looked_at = [
                str(node["target"]) for rule in found.response["passes"] for node in rule["nodes"]
            ]
            assert any("acedesk-widget" in target for target in looked_at)
        assert shown.page.evaluate(SMALL_TARGETS) == []


@both_languages
@every_state
def test_nothing_is_lost_at_400_percent_with_more_room_between_letters(
    browser: Browser, desk: StubDesk, scene: str, language: str
) -> None:
    with stage(browser, desk, scene, language, size=NARROW) as shown:
        assert shown.page.evaluate(LOST) == []
        shown.page.evaluate(SPACED)
        assert shown.page.evaluate(LOST) == []
        assert shown.page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
        if scene not in ("closed", "end-question"):
            shown.page.locator(".send").scroll_into_view_if_needed()
            expect(shown.page.locator(".send")).to_be_in_viewport()


def test_axe_does_find_what_is_wrong(browser: Browser, desk: StubDesk) -> None:
    with stage(browser, desk, "answer", "en", bypass_csp=True) as shown:
        shown.page.locator(".send").evaluate("(button) => button.removeAttribute('aria-label')")
        shown.page.locator(".author").first.evaluate("(name) => { name.style.color = '#ccc'; }")
        found = Axe().run(shown.page, options={"runOnly": RULES})
        ids = {violation["id"] for violation in found.response["violations"]}
        assert {"button-name", "color-contrast"} <= ids
