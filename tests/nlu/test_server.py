"""The process as the desk runs it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from action_server import TOKEN, ActionServer

from bot.server import Settings
from textkit.embedding import embedder

ROOT = Path(__file__).resolve().parents[2]
WEBHOOK = "/webhooks/rest/webhook"


class Bot:
    """A running bot, and requests to it."""

    def __init__(self, action_url: str, model: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        environment = {
            "ACEDESK_BOT_PORT": str(self.port),
            "ACEDESK_ACTION_URL": action_url,
            "ACEDESK_BOT_TOKEN": TOKEN,
            "ACEDESK_MODEL": str(model),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot.server"],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def request(
        self, method: str, path: str, body: Any = None, token: str | None = TOKEN
    ) -> tuple[int, Any]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        connection.request(
            method, path, body if isinstance(body, str) else json.dumps(body), headers
        )
        response = connection.getresponse()
        status, answer = response.status, json.loads(response.read())
        connection.close()
        return status, answer

    def say(self, text: str, **metadata: Any) -> tuple[int, Any]:
        return self.request(
            "POST", WEBHOOK, {"sender": "server", "message": text, "metadata": metadata}
        )

    def wait_until_healthy(self) -> None:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                assert self.request("GET", "/health", token=None) == (200, {"status": "ok"})
                return
            except ConnectionRefusedError:
                time.sleep(0.1)
        raise AssertionError(f"the bot did not start: {self.stop()}")

    def stop(self) -> str:
        self.process.send_signal(signal.SIGTERM)
        output, _ = self.process.communicate(timeout=20)
        return output.decode()


@pytest.fixture(scope="module")
def bot(model: Path, action_server: ActionServer) -> Iterator[Bot]:
    running = Bot(action_server.url, model)
    running.wait_until_healthy()
    yield running
    if running.process.poll() is None:
        running.stop()


def test_a_turn(bot: Bot, actions: ActionServer) -> None:
    actions.behaviour = lambda call: {
        "responses": [{"response": "utter_greet"}, {"custom": {"kind": "smalltalk"}}]
    }
    status, (greeting, custom) = bot.say("hola", language="es")
    assert status == 200
    assert greeting["recipient_id"] == custom["recipient_id"] == "server"
    assert greeting["buttons"][0] == {
        "title": "Hablar con una persona",
        "payload": "/person_wanted",
    }
    assert custom["custom"] == {"kind": "smalltalk"}


def test_a_message_means_what_the_desk_says_it_means(bot: Bot, actions: ActionServer) -> None:
    def intent_of(text: str, vector: str) -> str:
        meaning = {"embedder": "use", "vector": vector}
        body = {"sender": "meaning", "message": text, "metadata": {}, "meaning": meaning}
        actions.reset()
        bot.request("POST", WEBHOOK, body)
        [call] = actions.calls
        return str(call["tracker"]["latest_message"]["intent"]["name"])

    # The words are unknown, so that the vector alone decides.
    greeting, person = embedder("use").pack("good morning"), embedder("use").pack("talk to a human")
    assert intent_of("xqzvj", greeting) == "greet"
    assert intent_of("jvzqx", person) == "person_wanted"


def test_an_action_is_sent_neither_the_domain_nor_what_was_said_before(
    bot: Bot, actions: ActionServer
) -> None:
    actions.behaviour = lambda call: {"responses": [{"response": "utter_greet"}]}
    sizes = []
    for _ in range(30):
        bot.say("hello", language="en")
        sizes.append(len(json.dumps(actions.calls[-1])))
        assert actions.calls[-1]["tracker"]["events"] == []
        assert actions.calls[-1]["domain"] == {}
    assert max(sizes) < 1.1 * min(sizes)


@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN + "x"])
@pytest.mark.parametrize(
    ("method", "path"), [("POST", WEBHOOK), ("GET", "/"), ("GET", "/version"), ("GET", "/healthy")]
)
def test_nothing_but_health_is_open(bot: Bot, token: str | None, method: str, path: str) -> None:
    assert bot.request(method, path, {}, token=token) == (401, {"error": "unauthorized"})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/version"),
        ("GET", "/status"),
        ("GET", "/domain"),
        ("POST", "/model/train"),
        ("POST", "/model/parse"),
        ("PUT", "/model"),
        ("GET", "/conversations/server/tracker"),
        ("POST", "/conversations/server/execute"),
        ("GET", "/webhooks/rest/"),
        ("POST", "/webhooks/callback/webhook"),
    ],
)
def test_rasas_own_interface_is_not_served(bot: Bot, method: str, path: str) -> None:
    assert bot.request(method, path, {})[0] == 404


@pytest.mark.parametrize(
    "body",
    [
        "not json",
        [],
        {"sender": "s"},
        {"sender": "s", "message": ""},
        {"sender": "s", "message": " \n"},
        {"sender": "", "message": "hello"},
        {"sender": 1, "message": "hello"},
        {"sender": "s", "message": "hello", "metadata": "en"},
        {"sender": "s", "message": "hello", "meaning": "use"},
        {"sender": "s", "message": "hello", "meaning": {"embedder": "use"}},
        {"sender": "s", "message": "hello", "meaning": {"embedder": "use", "vector": "AAAA"}},
    ],
)
def test_a_malformed_request_is_refused(bot: Bot, actions: ActionServer, body: Any) -> None:
    assert bot.request("POST", WEBHOOK, body)[0] == 400
    assert actions.calls == []


def test_a_turn_whose_action_fails_is_an_error(bot: Bot, actions: ActionServer) -> None:
    def fail(call: dict[str, Any]) -> dict[str, Any]:
        raise RuntimeError("the desk is down")

    actions.behaviour = fail
    assert bot.say("hello", request_id="turn-4711") == (500, {"error": "the turn had no reply"})
    [call] = actions.calls
    assert call["tracker"]["latest_message"]["metadata"]["request_id"] == "turn-4711"


def test_it_listens_on_loopback_only(bot: Bot) -> None:
    listening = subprocess.run(
        ["cat", f"/proc/{bot.process.pid}/net/tcp"], capture_output=True, text=True, check=True
    ).stdout
    local = [line.split()[1] for line in listening.splitlines()[1:]]
    addresses = {
        address
        for address, port in (entry.split(":") for entry in local)
        if int(port, 16) == bot.port
    }
    assert addresses == {"0100007F"}


def test_it_stops_at_once_and_has_said_only_what_went_wrong(bot: Bot) -> None:
    idle = HTTPConnection("127.0.0.1", bot.port)
    idle.request("GET", "/health")
    idle.getresponse().read()
    started = time.monotonic()
    output = bot.stop()
    assert time.monotonic() - started < 5
    assert bot.process.returncode == 0
    assert [
        line for line in output.splitlines() if line.startswith(("INFO", "DEBUG", "WARNING"))
    ] == []
    # The turn whose action failed, by the name that the desk gave it.
    assert re.search(r"^ERROR \S+ \[turn-4711\]: ", output, re.MULTILINE)


def test_without_a_model_it_says_so(action_server: ActionServer, tmp_path: Path) -> None:
    bot = Bot(action_server.url, tmp_path / "none.tar.gz")
    output, _ = bot.process.communicate(timeout=60)
    assert bot.process.returncode == 1
    assert b"no usable model" in output


def test_missing_settings_are_named() -> None:
    with pytest.raises(SystemExit, match="ACEDESK_ACTION_URL, ACEDESK_BOT_TOKEN"):
        Settings.from_environment({"ACEDESK_BOT_PORT": "1", "ACEDESK_BOT_TOKEN": ""})


def test_the_model_has_a_default() -> None:
    given = {
        "ACEDESK_BOT_PORT": "5005",
        "ACEDESK_ACTION_URL": "http://127.0.0.1:1/webhook",
        "ACEDESK_BOT_TOKEN": "t",
    }
    assert Settings.from_environment(given) == Settings(
        5005, "http://127.0.0.1:1/webhook", "t", Path("models/acedesk.tar.gz")
    )
