"""One browser and one stand-in for the desk."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.a11y.stub import StubDesk, stub_desk
from tests.e2e.browser.chromium import launched


@pytest.fixture(scope="session")
def desk() -> Iterator[StubDesk]:
    with stub_desk() as started:
        yield started


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright, launched(playwright) as browser:
        yield browser
