"""What a visitor can do with the chat, held against what the desk is asked."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.a11y.scenes import DESKTOP, TXT, stage
from tests.a11y.stub import StubDesk
from tests.a11y.words import NUMBER, bot, system, words

DROP = """([type, name, size]) => {
  const root = document.querySelector("#acedesk-widget").shadowRoot;
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(size).fill(65)], name));
  const target = root.querySelector(type === "paste" ? "#text" : ".log");
  const event = type === "paste"
    ? new ClipboardEvent(type, { clipboardData: data, bubbles: true, cancelable: true })
    : new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true });
  target.dispatchEvent(event);
  return event.defaultPrevented;
}"""


def calls(desk: StubDesk, name: str | None, what: str) -> list[object]:
    return [said for asked, said in desk.lines[name or ""].calls if asked == what]


def test_an_answer_is_followed_by_its_sources_and_not_by_their_addresses_again(
    browser: Browser, desk: StubDesk
) -> None:
    with stage(browser, desk, "answer", "es") as shown:
        answer = shown.page.locator(".message.bot")
        expect(answer.locator(".body")).to_contain_text("Agregar usuarios")
        expect(answer.locator(".body a")).to_have_count(0)
        expect(answer.locator(".body")).not_to_contain_text("2026")
        expect(answer.locator(".card a")).to_have_count(2)
        expect(answer.locator(".card")).to_contain_text("Revisado: 3 nov 2026")


def test_the_card_stands_below_the_bubble_that_names_the_sources(
    browser: Browser, desk: StubDesk
) -> None:
    with stage(browser, desk, "choices", "en") as shown:
        answer = shown.words.answer
        shown.emit("message", **bot("Reports were late this morning.", custom=answer["custom"]))
        shown.emit("message", **bot(answer["text"]))
        last = shown.page.locator(".message.bot").last
        expect(last.locator(".card")).to_be_visible()
        expect(last.locator(".helpful")).to_be_visible()
        expect(shown.page.locator(".card")).to_have_count(1)


def test_a_visitor_says_whether_an_answer_helped_and_may_change_it(
    browser: Browser, desk: StubDesk
) -> None:
    with stage(browser, desk, "answer", "en") as shown:
        bar = shown.page.locator(".helpful")
        bar.get_by_role("button", name="No").click()
        expect(bar.locator("[role=status]")).to_have_text("Thank you.")
        bar.get_by_role("button", name="Yes").click()
        expect(bar.get_by_role("button", name="Yes")).to_have_attribute("aria-pressed", "true")
        expect(bar.get_by_role("button", name="No")).to_have_attribute("aria-pressed", "false")
        asked = calls(desk, shown.name, "messages/2/feedback")
        assert asked == [{"helpful": False}, {"helpful": True}]


def test_what_the_desk_refuses_is_said_in_its_words(browser: Browser, desk: StubDesk) -> None:
    with stage(browser, desk, "satisfaction", "en") as shown:
        desk.lines[shown.name or ""].refusals["reopen"] = (409, "This ticket can't be reopened.")
        shown.page.get_by_role("button", name="Not solved").click()
        status = shown.page.locator(".satisfaction [role=status]")
        expect(status).to_have_text("This ticket can't be reopened.")


def test_a_rating_with_a_comment_is_kept_and_may_be_changed(
    browser: Browser, desk: StubDesk
) -> None:
    with stage(browser, desk, "satisfaction", "es") as shown:
        page = shown.page
        page.get_by_label("4 · Buena").check()
        page.get_by_label("Comentario").fill("Muy amable")
        page.get_by_role("button", name="Enviar calificación").click()
        expect(page.locator(".satisfaction")).to_contain_text("Su calificación: Buena")
        page.reload()
        expect(page.locator(".satisfaction")).to_contain_text("Su calificación: Buena")
        page.get_by_role("button", name="Cambiar").click()
        page.get_by_label("5 · Muy buena").check()
        page.get_by_role("button", name="Enviar calificación").click()
        expect(page.locator(".satisfaction")).to_contain_text("Muy buena")
        assert calls(desk, shown.name, "satisfaction") == [
            {"ticket": NUMBER, "score": 4, "comment": "Muy amable"},
            {"ticket": NUMBER, "score": 5},
        ]


@pytest.mark.parametrize("way", ["paste", "drop"])
def test_a_file_may_be_pasted_or_dropped(browser: Browser, desk: StubDesk, way: str) -> None:
    with stage(browser, desk, "analyst-typing", "en") as shown:
        assert shown.page.evaluate(DROP, [way, "screen.png", 2000])
        file = shown.page.locator(".message.visitor:not(.pending) .file")
        expect(file).to_have_text("screen.png 2 kB")
        assert calls(desk, shown.name, "files") == ["screen.png"]


@pytest.mark.parametrize(
    ("size", "said"), [(10_000_001, "larger than 10 MB"), (0, "This file is empty.")]
)
def test_a_file_that_cannot_be_taken_never_leaves_the_browser(
    browser: Browser, desk: StubDesk, size: int, said: str
) -> None:
    with stage(browser, desk, "analyst-typing", "en") as shown:
        shown.page.evaluate(DROP, ["drop", "log.txt", size])
        expect(shown.page.locator(".failed")).to_contain_text(said)
        shown.page.get_by_role("button", name="Remove").click()
        expect(shown.page.locator(".failed")).to_have_count(0)
        assert calls(desk, shown.name, "files") == []


def test_messages_and_files_arrive_in_the_order_in_which_they_were_sent(
    browser: Browser, desk: StubDesk
) -> None:
    with stage(browser, desk, "analyst-typing", "en") as shown:
        page, line = shown.page, desk.lines[shown.name or ""]
        line.held.add("files")
        shown.attach(TXT)
        page.locator("#text").fill("and this is what I did")
        page.keyboard.press("Enter")
        expect(page.locator(".pending")).to_have_count(2)
        assert calls(desk, shown.name, "messages") == []
        line.held.clear()
        expect(page.locator(".pending")).to_have_count(0)
        said = [data["text"] for _, data in line.events if data.get("actor") == "visitor"]
        assert said[-2:] == [TXT["name"], "and this is what I did"]


def test_what_is_written_offline_is_sent_when_the_connection_is_back(
    browser: Browser, desk: StubDesk
) -> None:
    with stage(browser, desk, "offline", "en") as shown:
        expect(shown.page.locator(".notice")).to_contain_text("You are offline.")
        shown.page.context.set_offline(False)
        expect(shown.page.locator(".notice")).to_be_empty()
        expect(shown.page.locator(".card")).to_have_count(2)
        sent = calls(desk, shown.name, "messages")
        assert len({json.dumps(message) for message in sent}) == 1


def test_a_file_that_cannot_be_sent_is_kept_while_the_page_is_open_or_given_up(
    browser: Browser, desk: StubDesk
) -> None:
    with stage(browser, desk, "analyst-typing", "en") as shown:
        page = shown.page
        page.context.set_offline(True)
        shown.attach(TXT)
        expect(page.locator(".failed")).to_contain_text("Keep this page open")
        page.get_by_role("button", name="Remove").click()
        expect(page.locator(".failed")).to_have_count(0)
        shown.attach(TXT | {"name": "second.txt"})
        expect(page.locator(".message.visitor").last).to_contain_text("second.txt")
        page.context.set_offline(False)
        expect(page.locator(".message.visitor:not(.pending) .file")).to_contain_text("second.txt")
        assert calls(desk, shown.name, "files") == ["second.txt"]


def test_another_language_keeps_the_conversation(browser: Browser, desk: StubDesk) -> None:
    with stage(browser, desk, "waiting", "en") as shown:
        page = shown.page
        page.locator("#text").fill("half a sentence")
        page.get_by_role("button", name="Español").click()
        expect(page.locator(".title, #title")).to_have_text("Mesa de servicio de ACE")
        expect(page.locator(".line")).to_contain_text("Usted ocupa el lugar 2 en la fila.")
        expect(page.locator(".line")).to_contain_text("entre 5 y 15 minutos")
        expect(page.locator(".ticket")).to_contain_text("Caso ASD-000123 · Nuevo")
        expect(page.locator("#text")).to_have_value("half a sentence")
        expect(page.locator(".message")).to_have_count(4)
        assert calls(desk, shown.name, "language") == [{"language": "es"}]


def test_an_analyst_hears_at_most_every_three_seconds_that_the_visitor_types(
    browser: Browser, desk: StubDesk
) -> None:
    with stage(browser, desk, "analyst-typing", "en") as shown:
        shown.page.locator("#text").press_sequentially("good morning", delay=5)
        shown.page.keyboard.press("Enter")
        expect(shown.page.locator(".message.visitor").last).to_contain_text("good morning")
        assert len(calls(desk, shown.name, "typing")) == 1


def test_nobody_hears_that_a_visitor_types_to_the_assistant(
    browser: Browser, desk: StubDesk
) -> None:
    with stage(browser, desk, "answer", "en") as shown:
        shown.page.locator("#text").press_sequentially("good morning", delay=5)
        shown.page.keyboard.press("Enter")
        expect(shown.page.locator(".message.visitor").last).to_contain_text("good morning")
        assert calls(desk, shown.name, "typing") == []


def test_a_sign_of_typing_fades(browser: Browser, desk: StubDesk) -> None:
    with stage(browser, desk, "analyst-typing", "en") as shown:
        expect(shown.page.locator(".writing")).to_contain_text("Ana is writing")
        expect(shown.page.locator(".writing")).not_to_contain_text("Ana", timeout=7_000)


def test_a_download_that_fails_is_said(browser: Browser, desk: StubDesk, tmp_path: Path) -> None:
    with stage(browser, desk, "menu", "en") as shown:
        desk.lines[shown.name or ""].refusals["transcript"] = (429, "Too many requests.")
        shown.page.get_by_role("button", name="Download").click()
        expect(shown.page.locator(".notice")).to_have_text("Too many requests.")
        desk.lines[shown.name or ""].refusals.clear()
        shown.page.get_by_role("button", name="More options").click()
        with shown.page.expect_download() as download:
            shown.page.get_by_role("button", name="Download").click()
        assert download.value.suggested_filename.startswith("conversation-")
        download.value.save_as(tmp_path / "conversation.txt")
        assert (tmp_path / "conversation.txt").read_text() == "You: hello\n"
        expect(shown.page.locator(".notice")).to_be_empty()


def test_an_ended_conversation_is_followed_by_a_new_one(browser: Browser, desk: StubDesk) -> None:
    with stage(browser, desk, "end-question", "en") as shown:
        page = shown.page
        page.locator(".confirm").get_by_role("button", name="End conversation").click()
        expect(page.locator(".notice")).to_contain_text("Your next message starts a new one.")
        before = len(desk.lines)
        page.locator("#text").fill("one more thing")
        page.keyboard.press("Enter")
        expect(page.locator(".divider")).to_have_text("New conversation")
        expect(page.locator(".reply")).to_have_count(2)
        assert len(desk.lines) == before + 1


def test_without_a_conversation_there_is_nothing_to_download_or_end(
    browser: Browser, desk: StubDesk
) -> None:
    with stage(browser, desk, "fresh", "en") as shown:
        shown.page.get_by_role("button", name="More options").click()
        for name in ("Download conversation", "End conversation"):
            expect(shown.page.get_by_role("button", name=name)).to_be_disabled()


def test_a_second_tab_shows_the_same_conversation(browser: Browser, desk: StubDesk) -> None:
    with stage(browser, desk, "waiting", "en") as shown:
        other = shown.page.context.new_page()
        other.goto(f"{desk.url}/?language=en")
        expect(other.locator(".message")).to_have_count(4)
        shown.page.locator("#text").fill("from the first tab")
        shown.page.keyboard.press("Enter")
        expect(other.locator(".message.visitor").last).to_contain_text("from the first tab")


@pytest.mark.parametrize(
    ("accent", "ink", "shown_ink"),
    [
        ("#ffb703", None, "rgb(0, 0, 0)"),
        ("#7a1f5c", None, "rgb(255, 255, 255)"),
        ("#7a1f5c", "#ffe9f6", "rgb(255, 233, 246)"),
        ("#7a1f5c", "#8a2f6c", "rgb(255, 255, 255)"),
    ],
)
def test_a_sites_colour_is_used_and_stays_readable(
    browser: Browser, desk: StubDesk, accent: str, ink: str | None, shown_ink: str
) -> None:
    site = {"accent": accent} | ({"accent-ink": ink} if ink else {})
    with stage(browser, desk, "answer", "en", page=site) as shown:
        style = """(element) => {
          const { color, backgroundColor } = getComputedStyle(element);
          return [color, backgroundColor];
        }"""
        hexed = tuple(int(accent[at : at + 2], 16) for at in (1, 3, 5))
        for where in (".bar", ".message.visitor .body", ".send"):
            color, background = shown.page.locator(where).evaluate(style)
            assert (color, background) == (shown_ink, f"rgb{hexed}")


def test_a_colour_that_is_none_leaves_ours(browser: Browser, desk: StubDesk) -> None:
    with stage(browser, desk, "answer", "en", page={"accent": "crimson;"}) as shown:
        background = "(element) => getComputedStyle(element).backgroundColor"
        assert shown.page.locator(".bar").evaluate(background) == "rgb(20, 55, 94)"


@pytest.mark.parametrize(
    ("theme", "system", "dark"),
    [("auto", "dark", True), ("auto", "light", False), ("light", "dark", False),
     ("dark", "light", True)],
)  # fmt: skip
def test_a_site_may_choose_light_or_dark(
    browser: Browser, desk: StubDesk, theme: str, system: str, dark: bool
) -> None:
    with stage(browser, desk, "fresh", "en", page={"theme": theme}, color_scheme=system) as shown:
        background = "(element) => getComputedStyle(element).backgroundColor"
        paper = shown.page.locator(".panel").evaluate(background)
        assert paper == ("rgb(22, 27, 33)" if dark else "rgb(255, 255, 255)")


@pytest.mark.parametrize(
    ("site", "left"),
    [({}, False), ({"position": "left"}, True), ({"dir": "rtl"}, True),
     ({"dir": "rtl", "position": "right"}, False)],
)  # fmt: skip
def test_the_chat_stands_on_the_side_that_the_page_leaves_free(
    browser: Browser, desk: StubDesk, site: dict[str, str], left: bool
) -> None:
    with stage(browser, desk, "answer", "en", page=site) as shown:
        for where in (".panel", ".launcher"):
            box = shown.page.locator(where).bounding_box()
            assert box is not None
            assert (box["x"] < DESKTOP["width"] / 2) == left
            if where == ".panel":
                shown.page.get_by_role("button", name="Minimize").click()
        # The chat itself reads as its languages do.
        direction = "(element) => getComputedStyle(element).direction"
        assert shown.page.locator(".panel").evaluate(direction) == "ltr"


def test_a_site_may_greet_in_its_own_words(browser: Browser, desk: StubDesk) -> None:
    site = {"title-en": "Trade help", "title-es": "Ayuda", "greeting-es": "¿Qué necesita?"}
    with stage(browser, desk, "fresh", "en", page=site) as shown:
        page = shown.page
        expect(page.locator("#title")).to_have_text("Trade help")
        expect(page.locator(".intro h3")).to_have_text("How can we help?")
        page.get_by_role("button", name="Español").click()
        expect(page.locator("#title")).to_have_text("Ayuda")
        expect(page.locator(".intro h3")).to_have_text("¿Qué necesita?")


def test_unread_messages_are_counted_while_the_panel_is_closed(
    browser: Browser, desk: StubDesk
) -> None:
    with stage(browser, desk, "closed", "es") as shown:
        launcher = shown.page.get_by_role("button", name="Ayuda con ACE (1 mensaje nuevo)")
        expect(launcher).to_be_visible()


def test_a_reload_keeps_ticket_queue_and_messages(browser: Browser, desk: StubDesk) -> None:
    with stage(browser, desk, "waiting", "en") as shown:
        shown.page.reload()
        expect(shown.page.locator(".message")).to_have_count(4)
        expect(shown.page.locator(".line")).to_contain_text("number 2 in line")


def test_a_person_who_leaves_is_named(browser: Browser, desk: StubDesk) -> None:
    with stage(browser, desk, "analyst-typing", "es") as shown:
        said = words("es")
        shown.emit("message", **system(said.left, "left", name="Ana", reason="done"))
        expect(shown.page.locator(".message.system").last).to_contain_text(said.left)
        expect(shown.page.locator(".dots")).to_be_hidden()


def test_the_page_that_embeds_it_needs_to_allow_only_the_desk(
    browser: Browser, desk: StubDesk
) -> None:
    problems: list[str] = []
    with stage(browser, desk, "fresh", "en") as shown:
        shown.page.on("console", lambda message: problems.append(message.text))
        shown.page.reload()
        expect(shown.page.locator(".panel")).to_be_visible()
        loaded = shown.page.evaluate(
            "performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname)"
        )
    assert problems == []
    assert loaded == ["/widget.js"]
