"""A ticket from the visitor's wish to the hand-back, in both languages."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.stack import Stack

ANALYST = "shift@desk.example"


class Visitor:
    """A widget's conversation over the public interface."""

    def __init__(self, stack: Stack, language: str) -> None:
        made = stack.http.post("/api/v1/conversations", json={"language": language}).json()
        self._http = stack.http
        self._base = f"/api/v1/conversations/{made['id']}"
        self._headers = {"Authorization": f"Bearer {made['token']}"}
        self._said = 0

    def say(self, text: str) -> None:
        self._said += 1
        sent = self._http.post(
            f"{self._base}/messages",
            headers=self._headers,
            json={"client_id": str(self._said), "text": text},
        )
        assert sent.status_code == 202

    def wait_for(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first message that is wanted; it comes by the stream."""
        until = time.monotonic() + 30
        with self._http.stream("GET", f"{self._base}/stream", headers=self._headers) as stream:
            for line in stream.iter_lines():
                assert time.monotonic() < until, "the message never came"
                message = json.loads(line[6:]) if line.startswith("data: ") else {}
                if "actor" in message and wanted(message):
                    return dict(message)
        raise AssertionError("the stream ended")


def decided(message: dict[str, Any], name: str) -> Any:
    return (message["custom"] or {}).get(name)


@pytest.mark.parametrize(
    ("language", "emergency", "question"),
    [
        (
            "en",
            "someone hacked our ace account and changed the bank information",
            "how do i add a new user to our ace account",
        ),
        (
            "es",
            "alguien hackeó nuestra cuenta de ACE y cambió los datos del banco",
            "cómo agrego un usuario a nuestra cuenta de ace",
        ),
    ],
)
def test_an_analyst_takes_a_ticket_answers_and_hands_back(
    stack: Stack, language: str, emergency: str, question: str
) -> None:
    stack.cli(
        "user", "add", f"{language}-{ANALYST}", "--password-stdin", stdin="correct horse battery"
    )
    by = ("--by", f"{language}-{ANALYST}")
    visitor = Visitor(stack, language)
    visitor.say(emergency)
    number = visitor.wait_for(lambda m: decided(m, "ticket"))["custom"]["ticket"]

    stack.cli("tickets", "take", number, *by)
    stack.cli("tickets", "reply", number, "Ana, mesa ACE / ACE desk.", *by)
    assert visitor.wait_for(lambda m: m["actor"] == "analyst")["text"].startswith("Ana")
    stack.cli("tickets", "hold", number, "--reason", "user", *by)
    visitor.say("ABCD-4711")
    ticket = stack.cli("tickets", "show", number, "--json")
    assert [event["kind"] for event in ticket["events"]] == [
        "opened", "started", "responded", "paused", "received", "resumed",
    ]  # fmt: skip
    assert ticket["language"] == language

    stack.cli("tickets", "resolve", number, "--code", "done", "--notes", "secured", *by)
    visitor.say(question)
    assert visitor.wait_for(lambda m: decided(m, "article") == "add_manage_users")
    explained = stack.cli("sla", "explain", number, "--language", language, "--json")
    assert {episode["outcome"] for episode in explained} == {"met"}
    assert stack.cli("tickets", "show", number, "--json")["transcript"][-1]["actor"] == "bot"
