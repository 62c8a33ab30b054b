"""A sign-in ends when nobody is there: the page's own questions don't keep it alive."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import expect
from sqlalchemy import select, update

from desk.accounts.models import SignIn
from tests.e2e.browser.chromium import launched_beside
from tests.integration.consoles import PASSWORD, Console, console
from tests.integration.test_calls import NEW, number_of, taken_down

BACKGROUND = {"X-Background": "1"}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Console]:
    async with console(tmp_path) as made:
        yield made


async def used_before(desk: Console, time: timedelta) -> datetime:
    """Let every sign-in have been used so long ago; when that was."""
    seen_at = datetime.now(UTC) - time
    async with desk.services.store.write() as session:
        await session.execute(update(SignIn).values(seen_at=seen_at))
    return seen_at


async def seen(desk: Console) -> datetime:
    async with desk.services.store.read() as session:
        return (await session.scalars(select(SignIn.seen_at))).one()


async def test_what_a_page_asks_for_by_itself_is_no_use(desk):
    async with desk.person("analyst") as ana:
        number = number_of(await ana.post(NEW, **taken_down()))
        before = await used_before(desk, timedelta(minutes=10))
        ticket = f"/console/tickets/{number}"
        for path in (
            "/console/?queue=open",
            f"/console/macros.json?ticket={number}",
            f"{ticket}/conversation?after=0",
            "/console/session",
        ):
            answer = await ana.http.get(path, headers=BACKGROUND)
            assert answer.status_code == 200, path
            assert await seen(desk) == before, path
        for path in ("/console/stream", f"{ticket}/stream"):
            async with ana.http.stream("GET", path) as stream:
                assert stream.status_code == 200
            assert await seen(desk) == before, path
        await ana.http.post(f"{ticket}/presence", headers=BACKGROUND)
        assert await seen(desk) == before
        await ana.get("/console/?queue=open")
        assert await seen(desk) > before


async def test_the_warning_comes_staying_works_and_the_desk_signs_out_by_itself(desk):
    whole = timedelta(minutes=desk.services.settings.sign_in_idle)
    async with desk.person("analyst"), launched_beside() as chrome:
        page = await (await chrome.new_context()).new_page()
        await page.goto(f"{desk.address}/console/sign-in")
        await page.fill("[name=email]", "analyst@desk.example")
        await page.fill("[name=password]", PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/console/")
        warning = page.get_by_role("dialog")
        await expect(warning).to_be_hidden()

        # Loaded again as by the page itself, so that nobody has been there meanwhile.
        await used_before(desk, whole - timedelta(seconds=90))
        await page.set_extra_http_headers(BACKGROUND)
        await page.reload()
        await expect(warning).to_be_visible()
        await expect(warning.get_by_role("timer")).to_contain_text("1:")
        await page.set_extra_http_headers({})
        await warning.get_by_role("button").click()
        await expect(warning).to_be_hidden()
        async with desk.services.store.read() as session:
            newest = max(await session.scalars(select(SignIn.seen_at)))
        assert datetime.now(UTC) - newest < timedelta(minutes=1)

        await used_before(desk, whole - timedelta(seconds=4))
        await page.set_extra_http_headers(BACKGROUND)
        await page.reload()
        await expect(warning).to_be_visible()
        await page.wait_for_url("**/console/sign-in", timeout=15_000)
        await expect(page.locator("[name=password]")).to_be_visible()
