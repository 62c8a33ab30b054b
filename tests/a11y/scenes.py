"""Every state that the chat can be in, as functions that bring a page there.

Used by the tests of this folder; `draw` makes a picture of each.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, expect

from tests.a11y.stub import StubDesk
from tests.a11y.words import NUMBER, bot, system, ticket, words

DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
TXT = {"name": "error.txt", "mimeType": "text/plain", "buffer": b"Portal error 4711\n" * 900}
EXE = {"name": "setup.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ" * 400}

Said = list[tuple[str, dict[str, Any]]]


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A page with the chat on it, and the desk behind it."""

    page: Page
    desk: StubDesk
    language: str
    name: str | None
    """The conversation that the page took up, if any."""

    @property
    def words(self) -> Any:
        return words(self.language)

    @property
    def panel(self) -> Any:
        return self.page.locator("dialog.panel")

    def emit(self, event: str, /, **data: Any) -> None:
        assert self.name is not None
        self.desk.emit(self.name, event, **data)

    def attach(self, file: dict[str, Any]) -> None:
        self.page.locator("input[type=file]").set_input_files(file)


def _message(**data: Any) -> tuple[str, dict[str, Any]]:
    return ("message", data)


def _state(**data: Any) -> tuple[str, dict[str, Any]]:
    return ("state", {"epoch": 1, "person": None, "queue": None, "ticket": None, "away_until": None}
            | data)  # fmt: skip


def _asked(language: str) -> Said:
    said = words(language)
    return [_message(actor="visitor", text=said.question), _message(**said.answer)]


def _waiting(language: str) -> Said:
    said = words(language)
    return [
        *_asked(language),
        _message(actor="visitor", text=said.person),
        _message(**bot(said.handed_on, custom={"kind": "ticket", "ticket": NUMBER})),
        _state(language=language, **said.waiting),
    ]


def _with_analyst(language: str) -> Said:
    said = words(language)
    return [
        *_waiting(language),
        _message(**system(said.joined, "joined", name="Ana")),
        _message(actor="analyst", name="Ana", text=said.hello),
        _state(
            language=language,
            state="analyst",
            person={"name": "Ana"},
            ticket=ticket("in_progress"),
        ),
    ]


def _rating(language: str) -> Said:
    said = words(language)
    return [
        *_with_analyst(language)[-3:-1],
        _message(**system(said.left, "left", name="Ana", reason="done")),
        _message(**system(said.ask_rating, "satisfaction", ticket=NUMBER)),
        _state(language=language, state="bot", ticket=ticket("resolved")),
    ]


def _choosing(language: str) -> Said:
    said = words(language)
    question = _message(actor="visitor", text="ACE")
    return [question, _message(**bot(said.which, buttons=said.choices))]


def _away(language: str) -> Said:
    until = (datetime.now(UTC) + timedelta(hours=14)).isoformat()
    waiting = words(language).waiting | {"queue": None, "away_until": until}
    return [*_waiting(language)[:-1], _state(language=language, **waiting)]


def _ended(language: str) -> Said:
    said = words(language)
    return [
        *_with_analyst(language)[:-1],
        _message(**system(said.timeout, "timeout")),
        _message(**system(said.ended, "ended", reason="timeout")),
        _state(language=language, state="closed", ticket=ticket("resolved")),
    ]


def _nothing(_stage: Stage) -> None:
    pass


def _show_typing(stage: Stage) -> None:
    stage.emit("typing", actor="analyst", name="Ana")
    expect(stage.panel.locator(".writing")).to_contain_text("Ana")


def _send_file(stage: Stage) -> None:
    stage.attach(TXT)
    expect(stage.panel.locator(".message.visitor:not(.pending) .file")).to_have_count(1)


def _hold_file(stage: Stage) -> None:
    assert stage.name is not None
    stage.desk.lines[stage.name].held.add("files")
    stage.attach(TXT)
    expect(stage.panel.locator(".pending .file")).to_be_visible()


def _refuse_file(stage: Stage) -> None:
    assert stage.name is not None
    stage.desk.lines[stage.name].refusals["files"] = (415, stage.words.file_type)
    stage.attach(EXE)
    expect(stage.panel.locator(".failed")).to_contain_text(stage.words.file_type)


def _write_too_much(stage: Stage) -> None:
    stage.page.locator("#text").fill("ace " * 1100)


def _go_offline(stage: Stage) -> None:
    stage.page.context.set_offline(True)
    stage.page.locator("#text").fill(stage.words.question)
    stage.page.keyboard.press("Enter")
    expect(stage.panel.locator(".failed")).to_have_count(1)


def _lose_connection(stage: Stage) -> None:
    assert stage.name is not None
    line = stage.desk.lines[stage.name]
    line.refusals["stream"] = (503, "")
    stage.emit("typing", actor="analyst", name="Ana")
    expect(stage.panel.locator(".notice")).not_to_be_empty()


def _open_menu(stage: Stage) -> None:
    stage.panel.locator(".menu > button").click()


def _ask_to_end(stage: Stage) -> None:
    _open_menu(stage)
    stage.panel.locator(".items button").nth(1).click()
    expect(stage.page.locator(".confirm")).to_be_visible()


def _rate(stage: Stage) -> None:
    stage.panel.locator("input[type=radio]").nth(3).check()
    stage.panel.locator(".satisfaction .primary").click()
    expect(stage.panel.locator("input[type=radio]")).to_have_count(0)


def _rate_nothing(stage: Stage) -> None:
    stage.panel.locator(".satisfaction .primary").click()
    expect(stage.panel.locator(".satisfaction [role=status]")).not_to_be_empty()


def _close(stage: Stage) -> None:
    stage.panel.locator(".bar > .icon").click()
    stage.emit("message", **bot(stage.words.which))


def _none(_language: str) -> Said:
    return []


SCENES: dict[str, tuple[Callable[[str], Said], Callable[[Stage], None]]] = {
    "fresh": (_none, _nothing),
    "answer": (_asked, _nothing),
    "choices": (_choosing, _nothing),
    "waiting": (_waiting, _nothing),
    "away": (_away, _nothing),
    "analyst-typing": (_with_analyst, _show_typing),
    "file-sent": (_with_analyst, _send_file),
    "file-on-its-way": (_with_analyst, _hold_file),
    "file-refused": (_with_analyst, _refuse_file),
    "too-long": (_asked, _write_too_much),
    "satisfaction": (_rating, _nothing),
    "satisfaction-unchosen": (_rating, _rate_nothing),
    "satisfaction-given": (_rating, _rate),
    "offline": (_asked, _go_offline),
    "reconnecting": (_with_analyst, _lose_connection),
    "ended": (_ended, _nothing),
    "menu": (_with_analyst, _open_menu),
    "end-question": (_with_analyst, _ask_to_end),
    "closed": (_asked, _close),
}
"""By name: what was said before, and what to do then."""


@contextmanager
def stage(
    browser: Browser,
    desk: StubDesk,
    scene: str,
    language: str,
    *,
    size: dict[str, int] = DESKTOP,
    page: dict[str, str] | None = None,
    **context: Any,
) -> Iterator[Stage]:
    """A page in the state of a scene; `page` are the site's attributes, `dir` is its direction."""
    said, then = SCENES[scene]
    options: Any = {"reduced_motion": "reduce"} | context
    opened = browser.new_context(viewport=size, **options)
    try:
        shown = opened.new_page()
        story = said(language)
        name = desk.line(language, *story) if story else None
        shown.add_init_script(_seed(desk, name, language))
        shown.goto(f"{desk.url}/?{urlencode({'language': language} | (page or {}))}")
        expect(shown.locator("dialog.panel")).to_be_visible()
        messages = sum(kind == "message" for kind, _ in story)
        expect(shown.locator(".message")).to_have_count(messages)
        # The last event of every story is the conversation's state, or its last message.
        expect(shown.locator(".log")).not_to_have_attribute("aria-busy", "true")
        on_stage = Stage(page=shown, desk=desk, language=language, name=name)
        then(on_stage)
        yield on_stage
    finally:
        opened.close()
        for line in desk.lines.values():
            line.held.clear()


def _seed(desk: StubDesk, name: str | None, language: str) -> str:
    """What a visitor's browser remembers of an earlier page."""
    key = f"acedesk {desk.url}/ "
    lines = [f"localStorage.setItem({key + 'open'!r}, 'true')"]
    if name is not None:
        known = f'{{"id":"{name}","token":"t","state":"bot","language":"{language}"}}'
        lines.append(f"localStorage.setItem({key + 'conversation'!r}, {known!r})")
    return f"if (!localStorage.length) {{ {'; '.join(lines)} }}"


def draw(browser: Browser, desk: StubDesk, folder: Path) -> None:
    """A picture of each scene, in both languages, on a desktop and on a phone."""
    folder.mkdir(parents=True, exist_ok=True)
    for scene in SCENES:
        for language in ("en", "es"):
            for kind, size in (("desktop", DESKTOP), ("phone", PHONE)):
                with stage(browser, desk, scene, language, size=size) as shown:
                    shown.page.screenshot(path=folder / f"{scene}-{language}-{kind}.png")
