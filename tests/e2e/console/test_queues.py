"""An analyst with a real browser: a queue that updates itself, the keyboard, several tickets."""

import os
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.browser.chromium import launched
from tests.e2e.stack import Stack

DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
ANALYST, PASSWORD = "queues@desk.example", "correct horse battery"
LONG_FORM = (("en", PHONE, "dark"), ("es", DESKTOP, "light"))
"""What else is looked at when it is proved."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright, launched(playwright) as browser:
        yield browser


@pytest.fixture(scope="module")
def analyst(stack: Stack) -> str:
    command = ["user", "add", ANALYST, "--role", "lead", "--password-stdin"]
    stack.cli(*command, stdin=f"{PASSWORD}\n")
    return ANALYST


@pytest.fixture
def page(stack: Stack, browser: Browser, analyst: str) -> Iterator[Page]:
    context = browser.new_context(viewport=DESKTOP, reduced_motion="reduce")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    sign_in(page, stack)
    yield page
    context.close()
    assert errors == []


def sign_in(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.url}/console/sign-in?lang=en")
    page.get_by_label("E-mail address").fill(ANALYST)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("All open")


def arrived(page: Page, heading: str) -> None:
    """Wait for a page that keys have led to, and for its scripts."""
    expect(page.locator("h1")).to_contain_text(heading)
    page.wait_for_load_state()


def opened(stack: Stack, text: str, **options: str) -> str:
    given = [word for name, value in options.items() for word in (f"--{name}", value)]
    return str(stack.cli("tickets", "open", text, *given)).strip()


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


def test_a_queue_updates_itself_and_keeps_focus_and_selection(stack: Stack, page: Page) -> None:
    first = opened(stack, "the reports are empty", category="cargo")
    page.goto(f"{stack.url}/console/?queue=open&category=cargo")
    expect(page.locator("#live-state")).to_have_text("Updates by itself")
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert focused(page) == f"open-{first}"
    second = opened(stack, "a truck is stuck", category="cargo", priority="urgent")
    expect(page.locator("#news")).to_have_text("1 new ticket")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(2)
    assert rows.first.get_attribute("data-number") == second
    assert focused(page) == f"open-{first}"
    expect(page.locator("#picked")).to_have_text("1 selected")
    expect(page.locator(f"#pick-{first}")).to_be_checked()


def test_a_clock_counts_down_to_the_second(stack: Stack, page: Page) -> None:
    number = opened(stack, "urgent", priority="urgent")
    page.goto(f"{stack.url}/console/?queue=urgent")
    clock = page.locator(f'tr[data-number="{number}"] .left')
    before = clock.text_content()
    assert before is not None
    expect(clock).to_contain_text("s left")
    expect(clock).not_to_have_text(before)


def test_the_keyboard_does_it_all(stack: Stack, page: Page) -> None:
    number = opened(stack, "somebody else signed in", category="security", priority="urgent")
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("u")
    arrived(page, "Urgent")
    page.keyboard.press("/")
    assert focused(page) == "find"
    page.keyboard.type("somebody signed jux")
    page.keyboard.press("Enter")
    arrived(page, "Search: somebody signed jux")
    expect(page.get_by_text("Nothing found")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("somebody signed")
    page.keyboard.press("Enter")
    expect(page).to_have_title("Search: somebody signed · acedesk console")
    page.wait_for_load_state()
    expect(page.locator("mark").first).to_have_text("somebody")
    page.keyboard.press("j")
    page.keyboard.press("o")
    arrived(page, number)
    page.keyboard.press("n")
    expect(page.locator("h1")).not_to_contain_text(number)


def test_shortcuts_can_be_turned_off_for_good(stack: Stack, page: Page) -> None:
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_label("Use keyboard shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("?")
    page.keyboard.press("g")
    page.keyboard.press("u")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("h1")).to_have_text("All open")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_several_tickets_at_once(
    stack: Stack, browser: Browser, analyst: str, scripts: bool
) -> None:
    context = browser.new_context(viewport=DESKTOP, java_script_enabled=scripts)
    page = context.new_page()
    sign_in(page, stack)
    category = "payments" if scripts else "account"
    numbers = [opened(stack, f"case {n}", category=category) for n in range(3)]
    page.goto(f"{stack.url}/console/?category={category}&sort=oldest")
    page.get_by_label(f"Select {numbers[0]}").check()
    if scripts:
        page.get_by_label(f"Select {numbers[2]}").click(modifiers=["Shift"])
        expect(page.locator("#picked")).to_have_text("3 selected")
    else:
        for number in numbers[1:]:
            page.get_by_label(f"Select {number}").check()
    page.get_by_label("With those selected:").select_option("Put on hold")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="3 tickets will be changed")).to_be_visible()
    page.get_by_label("Why they are on hold").select_option("waiting on the requester")
    page.get_by_role("button", name="Put on hold").click()
    expect(page.get_by_role("heading", name="3 tickets were changed")).to_be_visible()
    page.get_by_role("link", name="Back to the queue").click()
    expect(page.locator("td.state", has_text="On hold")).to_have_count(3)
    context.close()


@pytest.mark.parametrize(
    ("language", "size", "scheme"),
    [
        ("en", DESKTOP, "light"),
        ("es", PHONE, "dark"),
        *(LONG_FORM if os.environ.get("ACEDESK_PROVE") else ()),
    ],
)
def test_no_page_has_a_barrier_that_can_be_measured(
    stack: Stack,
    browser: Browser,
    analyst: str,
    language: str,
    size: dict[str, int],
    scheme: str,
) -> None:
    number = opened(stack, "the reports are empty", category="reports")
    # Axe runs within the page, which its policy would not let it.
    context = browser.new_context(
        viewport=size, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True
    )
    page = context.new_page()
    sign_in(page, stack)
    for path in (
        "?queue=open&category=reports",
        "?queue=mine&language=es&channel=email",
        "search?q=reports",
        "search",
        "nowhere",
    ):
        page.goto(f"{stack.url}/console/{path}{'&' if '?' in path else '?'}lang={language}")
        check(page, path)
    page.goto(f"{stack.url}/console/?lang={language}")
    page.locator("[data-opens='keyboard']").click()
    check(page, "help sheet")
    page.keyboard.press("Escape")
    page.locator(f"#pick-{number}").check()
    page.locator("#do").select_option("resolve")
    check(page, "selection")
    with page.expect_navigation():
        page.locator(".acts button").click()
    check(page, "confirmation")
    with page.expect_navigation():
        page.locator(".story button").last.click()
    check(page, "errors of a form")
    context.close()


def check(page: Page, what: str) -> None:
    found = Axe().run(page).response["violations"]
    assert [(what, one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide, f"{what} is wider than the screen"
