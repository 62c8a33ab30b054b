"""Debian's Chromium, for every test that looks at a page."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

CHROMIUM = Path("/usr/bin/chromium")
_QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


@contextmanager
def launched(playwright: Playwright) -> Iterator[Browser]:
    """A running browser; the test is skipped where there is none."""
    if not CHROMIUM.exists():
        pytest.skip("Chromium is missing; `make test-deps` installs it")
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_QUIET))
    yield browser
    browser.close()
