"""`make pictures`: every page in both languages, taken of a desk that runs for the occasion."""

import asyncio
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from desk.store import Store
from tests.e2e.browser.chromium import launched
from tests.e2e.stack import Stack, running
from tests.pictures import mails
from tests.pictures.camera import Camera, small_copy
from tests.pictures.filling import fill
from tests.pictures.tour import Tour

ROOT = Path(__file__).resolve().parents[2]
ALL, DOCUMENTS = ROOT / "test-artifacts" / "pictures", ROOT / "docs" / "pictures"
SHOWN = {
    "widget": "widget-answer-{language}-desktop",
    "console": "queue-open-{language}-view",
    "ticket": "ticket-mine-{language}-view",
    "calls": "call-{language}-view",
    "figures": "figures-{language}-view",
}
"""The pictures that the documents show, and what they are called in the folder of all."""
IN_SPANISH_TOO = ("widget", "console", "ticket")
ASKED = (
    ("how do I renew my green card?", "en"),
    ("can you file my entry for me", "en"),
    ("how much duty do I pay for avocados", "en"),
    ("how do I schedule a report", "en"),
    ("what is ES-003?", "en"),
    ("¿cómo renuevo mi tarjeta de residente?", "es"),
    ("¿cuánto pago por importar aguacate?", "es"),
    ("¿cómo restablezco mi contraseña?", "es"),
)
"""What visitors asked who did not need a person."""


def main() -> None:
    """Take all pictures; those of the documents are written anew."""
    shutil.rmtree(ALL, ignore_errors=True)
    camera = Camera(ALL)
    with tempfile.TemporaryDirectory() as folder, _desk(Path(folder)) as stack:
        asyncio.run(_fill(stack))
        for number, (text, language) in enumerate(ASKED):
            stack.say(f"asked-{number}", text, language=language)
        with sync_playwright() as playwright, launched(playwright) as browser:
            Tour(browser, stack, camera).go()
    for name, source in SHOWN.items():
        for language in ("en", "es") if name in IN_SPANISH_TOO else ("en",):
            twin = "" if language == "en" else "-es"
            picture = ALL / f"{source.format(language=language)}.png"
            small_copy(picture, DOCUMENTS / f"{name}{twin}.png")
    print(f"{len(list(ALL.iterdir()))} pictures in {ALL.relative_to(ROOT)}")
    for name in camera.too_wide:
        print(f"wider than the screen: {name}")
    for barrier in camera.barriers:
        print(f"axe objects: {barrier}")
    raise SystemExit(bool(camera.too_wide or camera.barriers))


def _desk(home: Path):
    # Analysts of a picture are slow.
    return running(
        home,
        ACEDESK_ANSWER_TIMEOUT="3600",
        ACEDESK_UNATTENDED_AFTER="3600",
        ACEDESK_MAIL_ADDRESS="desk@desk.example",
        ACEDESK_MAIL_AUTHSERV_ID=mails.AUTHSERV,
    )


async def _fill(stack: Stack) -> None:
    store = Store(f"sqlite+aiosqlite:///{stack.home / 'acedesk.db'}")
    try:
        await fill(store)
        await mails.send(store, stack.home)
    finally:
        await store.close()


if __name__ == "__main__":
    main()
