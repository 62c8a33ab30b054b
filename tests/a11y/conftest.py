"""One browser and one stand-in for the desk."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.a11y.scenes import ARGUMENTS, CHROMIUM
from tests.a11y.stub import StubDesk, stub_desk


@pytest.fixture(scope="session")
def desk() -> Iterator[StubDesk]:
    with stub_desk() as started:
        yield started


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("Chromium is missing; `make test-deps` installs it")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()
