"""From a question to a rating: assistant, person, assistant again, over lost connections.

Several conversations go on at once, in both languages. At random their browsers lose the network,
and once in each round the desk is killed in the middle of them.
"""

import os
import random
import signal
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.browser.chromium import launched
from tests.e2e.handoff.people import PASSWORD, Analyst, Desk, Visitor
from tests.e2e.stack import Stack, running

PROVING = bool(os.environ.get("ACEDESK_PROVE"))
ROUNDS, AT_ONCE = (34, 6) if PROVING else (1, 2)
"""204 conversations when it is proved."""
LOST = 0.3
"""How often a step happens without a network."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A desk of its own, since it is killed; a start takes longer than an analyst may be silent."""
    with running(tmp_path_factory.mktemp("hand"), ACEDESK_ANSWER_TIMEOUT="900") as started:
        started.cli("user", "add", "ana@desk.example", "--password-stdin", stdin=f"{PASSWORD}\n")
        token = started.cli(
            "user", "token", "ana@desk.example", "--name", "test", "--scope", "tickets.read"
        )
        started.environment["TEST_TOKEN"] = token.split()[-1]
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright, launched(playwright) as browser:
        yield browser


class Run:
    """One conversation from its first question to its rating."""

    def __init__(
        self, browser: Browser, stack: Stack, language: str, chance: random.Random
    ) -> None:
        self.visitor = Visitor(browser, stack, language)
        self.stack = stack
        self.chance = chance
        self.number = ""
        self.replies: list[str] = []

    def losing(self, step: Callable[[], None]) -> None:
        """Take a step, at random while the network is away."""
        away = self.chance.random() < LOST
        if away:
            self.visitor.offline(True)
        step()
        if away:
            self.visitor.page.wait_for_timeout(self.chance.randint(50, 800))
            self.visitor.offline(False)

    def asks(self) -> None:
        words = self.visitor.words
        self.losing(lambda: self.visitor.type(words["question"]))
        self.visitor.hears("bot", 1)
        self.losing(lambda: self.visitor.type(words["follow_up"]))
        self.visitor.hears("bot", 2)
        self.number = self.visitor.open_ticket()

    def meets(self, analyst: Analyst) -> None:
        self.desk: Desk = analyst.open(self.number)
        self.losing(self.desk.take_over)
        self.visitor.hears("system", 1)
        self.answers = self.visitor.messages("bot").count()

    def writes(self, day: int) -> None:
        self.visitor.type(self.visitor.words["from_visitor"].format(day))

    def is_answered(self, day: int) -> None:
        self.desk.reads(self.visitor.said[-1])
        reply = self.visitor.words["from_analyst"].format(day)
        self.replies.append(reply)
        self.losing(lambda: self.desk.reply(reply))
        self.visitor.reads(reply, actor="analyst")

    def writes_from_nowhere(self, day: int) -> None:
        """Both write while the visitor has no network."""
        self.visitor.offline(True)
        self.writes(day)
        reply = self.visitor.words["from_analyst"].format(day)
        self.replies.append(reply)
        self.desk.reply(reply)
        self.visitor.offline(False)
        self.visitor.reads(reply, actor="analyst")
        self.desk.reads(self.visitor.said[-1])

    def ends(self) -> None:
        visitor = self.visitor
        self.losing(self.desk.hand_back)
        visitor.hears("system", 2)
        # What was said to the person is not answered now.
        visitor.hears("bot", self.answers)
        self.losing(lambda: visitor.type(visitor.words["again"]))
        visitor.hears("bot", self.answers + 1)
        self.losing(self.desk.resolve)
        visitor.hears("system", 3)
        visitor.rate()

    def check(self) -> None:
        """Nothing is lost, doubled or out of order, on either page or in the store."""
        kept = self.kept()
        typed = [one["text"] for one in kept if one["actor"] == "visitor"]
        assert [text for text in typed if text in self.visitor.said] == self.visitor.said
        assert [one["text"] for one in kept if one["actor"] == "analyst"] == self.replies
        assert len(self.visitor.transcript()) == len(kept)
        for shown, one in zip(self.visitor.transcript(), kept, strict=True):
            if one["actor"] in ("visitor", "analyst"):
                assert shown == one["text"]
        self.desk.page.reload()
        assert self.desk.numbers() == list(range(1, len(kept) + 1))
        assert self.desk.page.locator("section.rating").count() == 1

    def kept(self) -> list[dict[str, str]]:
        """The transcript in the store, as programs get it."""
        answer = self.stack.http.get(
            f"/api/v1/tickets/{self.number}",
            headers={"Authorization": f"Bearer {self.stack.environment['TEST_TOKEN']}"},
        )
        assert answer.status_code == 200, answer.text
        transcript: list[dict[str, str]] = answer.json()["transcript"]
        return transcript

    def close(self) -> None:
        self.desk.close()
        self.visitor.close()


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_conversation_goes_from_hand_to_hand_and_loses_nothing(
    desk: Stack, browser: Browser, seed: int
) -> None:
    chance = random.Random(seed)
    analyst = Analyst(browser, desk)
    languages = ["en", "es"] * (AT_ONCE // 2)
    runs = [Run(browser, desk, language, chance) for language in languages]
    for run in runs:
        run.asks()
    for run in runs:
        run.meets(analyst)
    killed_on = chance.choice((1, 3))
    for day in (1, 2, 3):
        if day == 2:
            for run in runs:
                run.writes_from_nowhere(day)
            continue
        for run in runs:
            run.writes(day)
        if day == killed_on:
            os.kill(desk.pid_of("serve"), signal.SIGKILL)
            desk.wait_for(lambda: desk.health()["status"] == "ok", seconds=120)
        for run in runs:
            run.is_answered(day)
    for run in runs:
        run.ends()
    for run in runs:
        run.check()
        run.close()
