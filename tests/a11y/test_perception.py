"""What axe cannot see: languages, announcements, room for larger text, motion, the clipboard."""

import pytest
from playwright.sync_api import Browser, expect

from tests.a11y.measures import LOST, NARROW, ROOT, SPACED
from tests.a11y.scenes import TXT, stage
from tests.a11y.stub import StubDesk
from tests.a11y.words import NUMBER, bot, system

LANGUAGES = ["en", "es"]


@pytest.mark.parametrize("scene", ["answer", "waiting", "satisfaction", "menu"])
def test_nothing_is_lost_with_more_room_between_letters_on_a_desktop(
    browser: Browser, desk: StubDesk, scene: str
) -> None:
    for language in LANGUAGES:
        with stage(browser, desk, scene, language) as shown:
            shown.page.evaluate(SPACED)
            assert shown.page.evaluate(LOST) == []


@pytest.mark.parametrize("scene", ["fresh", "analyst-typing", "file-on-its-way", "offline"])
def test_nothing_moves_for_who_asked_for_less_motion(
    browser: Browser, desk: StubDesk, scene: str
) -> None:
    with stage(browser, desk, scene, "en") as shown:
        assert shown.page.evaluate(f"{ROOT}.getAnimations().length") == 0


def test_something_moves_for_everyone_else(browser: Browser, desk: StubDesk) -> None:
    with stage(browser, desk, "analyst-typing", "en", reduced_motion="no-preference") as shown:
        assert shown.page.evaluate(f"{ROOT}.getAnimations().length") > 0


def test_each_message_says_its_language_whatever_the_chat_speaks(
    browser: Browser, desk: StubDesk
) -> None:
    with stage(browser, desk, "answer", "es") as shown:
        page = shown.page
        page.locator(".language").click()
        expect(page.locator(".panel")).to_have_attribute("lang", "en")
        for message in page.locator(".message").all():
            assert message.get_attribute("lang") == "es"
            assert message.locator(".meta").get_attribute("lang") == "en"
        # The card, the question below it and the quick replies speak as the answer does.
        expect(page.locator(".card")).to_contain_text("Fuentes")
        expect(page.locator(".card")).to_contain_text("3 nov 2026")
        assert page.locator(".card").evaluate("(card) => card.closest('[lang]').lang") == "es"
        assert page.locator(".helpful").evaluate("(bar) => bar.closest('[lang]').lang") == "es"
        expect(page.locator(".replies")).to_have_attribute("lang", "es")
        # The other language is named in its own words.
        expect(page.locator(".language")).to_have_text("Español")
        expect(page.locator(".language")).to_have_attribute("lang", "es")


@pytest.mark.parametrize(
    ("scene", "where", "said"),
    [
        ("waiting", ".line", "You are number 2 in line. Expected wait: about 5 to 15 minutes."),
        ("waiting", ".ticket > div", NUMBER),
        ("away", ".line", "Our analysts are away until"),
        ("offline", ".notice", "You are offline."),
        ("reconnecting", ".notice", "Connection lost."),
        ("ended", ".notice", "This conversation is closed."),
        ("analyst-typing", ".writing [role=status]", "Ana is writing"),
        ("analyst-typing", ".subtitle", "You are talking with Ana"),
        ("too-long", "#counter", "399 characters too many"),
        ("satisfaction-unchosen", ".satisfaction [role=status]", "Choose a rating first."),
    ],
)
def test_what_changes_is_announced(
    browser: Browser, desk: StubDesk, scene: str, where: str, said: str
) -> None:
    with stage(browser, desk, scene, "en") as shown:
        status = shown.page.locator(where)
        expect(status).to_have_attribute("role", "status")
        expect(status).to_contain_text(said)


def test_people_who_join_and_time_outs_are_announced_as_messages(
    browser: Browser, desk: StubDesk
) -> None:
    with stage(browser, desk, "ended", "en") as shown:
        log = shown.page.locator("[role=log][aria-live=polite]")
        expect(log.locator(".message.system")).to_contain_text(
            [shown.words.joined, shown.words.timeout, shown.words.ended]
        )


def test_the_queue_is_not_announced_at_every_tick(browser: Browser, desk: StubDesk) -> None:
    def tick(place: int, low: int, high: int) -> None:
        queue = {"place": place, "wait_s": 600, "wait_low_s": low, "wait_high_s": high}
        state = {"state": "waiting", "epoch": 1, "language": "en", "person": None, "ticket": None}
        shown.emit("state", **state, queue=queue, away_until=None)

    with stage(browser, desk, "waiting", "en") as shown:
        page = shown.page
        page.evaluate(
            f"""() => {{
              window.said = [];
              const line = {ROOT}.querySelector(".line");
              new MutationObserver(() => said.push(line.textContent))
                .observe(line, {{ childList: true, characterData: true, subtree: true }});
            }}"""
        )
        for low, high in [(310, 870), (290, 780), (301, 899), (240, 650)]:
            tick(2, low, high)
        tick(2, 200, 1100)
        expect(page.locator(".line")).to_contain_text("about 3 to 20 minutes")
        assert page.evaluate("said.length") == 1
        tick(1, 50, 170)
        expect(page.locator(".line")).to_have_text(
            "You are next in line. Expected wait: up to 3 minutes."
        )


def test_a_ticket_number_can_be_copied_and_pasted_into_a_message(
    browser: Browser, desk: StubDesk
) -> None:
    with stage(browser, desk, "waiting", "en") as shown:
        page = shown.page
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        number = page.locator(".ticket .number")
        assert number.evaluate("(element) => getComputedStyle(element).userSelect") == "all"
        page.get_by_role("button", name="Copy the ticket number").click()
        expect(page.locator(".ticket [role=status]").last).to_have_text("Copied")
        page.locator("#text").focus()
        page.keyboard.press("Control+V")
        expect(page.locator("#text")).to_have_value(NUMBER)


def test_a_running_upload_has_a_named_bar(browser: Browser, desk: StubDesk) -> None:
    with stage(browser, desk, "file-on-its-way", "es") as shown:
        bar = shown.page.get_by_role("progressbar", name="Enviando…")
        expect(bar).to_be_visible()
        shown.desk.lines[shown.name or ""].held.clear()
        expect(bar).to_have_count(0)
        expect(shown.page.locator(".file")).to_contain_text([TXT["name"]])


def test_every_sentence_is_there_in_both_languages(browser: Browser, desk: StubDesk) -> None:
    with stage(browser, desk, "fresh", "en") as shown:
        shapes = shown.page.evaluate(
            """async () => {
              const { STRINGS } = await import("/static/widget/strings.js");
              const shape = (value) => {
                if (typeof value === "function") return `takes ${value.length}`;
                if (typeof value === "string") return value.trim() ? "text" : "nothing";
                return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, shape(v)]));
              };
              return [shape(STRINGS.en), shape(STRINGS.es)];
            }"""
        )
        assert shapes[0] == shapes[1]
        assert "nothing" not in str(shapes[0])


def test_a_long_word_does_not_widen_the_chat(browser: Browser, desk: StubDesk) -> None:
    with stage(browser, desk, "answer", "en", size=NARROW) as shown:
        shown.emit("message", **bot("x" * 400))
        shown.emit("message", **system("y" * 400, "joined", name="y"))
        expect(shown.page.locator(".message")).to_have_count(4)
        assert shown.page.evaluate(LOST) == []
