"""Debian's Chromium, for every test that looks at a page."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser as AsyncBrowser
from playwright.async_api import async_playwright
from playwright.sync_api import Browser, Playwright

_CHROMIUM = Path("/usr/bin/chromium")
_QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


@contextmanager
def launched(playwright: Playwright) -> Iterator[Browser]:
    """A running browser; the test is skipped where there is none."""
    browser = playwright.chromium.launch(**_options())
    yield browser
    browser.close()


@asynccontextmanager
async def launched_beside() -> AsyncIterator[AsyncBrowser]:
    """The same for a test that runs in the desk's own loop."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**_options())
        yield browser
        await browser.close()


def _options() -> dict[str, Any]:
    if not _CHROMIUM.exists():
        pytest.skip("Chromium is missing; `make test-deps` installs it")
    return {"executable_path": _CHROMIUM, "args": list(_QUIET)}
