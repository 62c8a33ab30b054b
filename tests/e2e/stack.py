"""The whole desk, started as `make run` starts it, for tests that drive it over HTTP."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

ACEDESK = [sys.executable, "-m", "desk"]
START_S = 180


class Stack:
    """One running desk with a home and ports of its own."""

    command = ACEDESK
    arguments: tuple[str, ...] = ("up",)
    folder: Path | None = None
    """Where it is started; where the tests are, by default."""
    start_s = START_S

    def __init__(self, home: Path, *options: str, **settings: str) -> None:
        """`options`: of `acedesk up`."""
        self.home = home
        self._options = options
        self.environment = {
            **os.environ,
            "ACEDESK_HOME": str(home),
            "ACEDESK_PORT": str(free_port()),
            "ACEDESK_RATE_LIMIT": "0",
            **settings,
        }
        self.url = f"http://127.0.0.1:{self.environment['ACEDESK_PORT']}"
        self.http = httpx.Client(base_url=self.url, timeout=30)
        self.output = home / "up.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start everything and wait until it is ready."""
        self.home.mkdir(parents=True, exist_ok=True)
        with self.output.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.command, *self.arguments, *self._options],
                cwd=self.folder, env=self.environment, stdout=log, stderr=log,
            )  # fmt: skip
        self.wait_for(lambda: self.health()["status"] == "ok", seconds=self.start_s)

    def stop(self) -> int:
        """Ctrl-C; returns the exit status."""
        assert self._process is not None
        self.http.close()
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(timeout=30)

    def health(self) -> dict[str, str]:
        try:
            body: dict[str, str] = self.http.get("/health").json()
        except httpx.HTTPError:
            return {"status": "down"}
        return body

    def wait_for(self, condition: Any, *, seconds: float = 30) -> None:
        assert self._process is not None
        until = time.monotonic() + seconds
        while not condition():
            assert self._process.poll() is None, self.output.read_text()
            assert time.monotonic() < until, self.output.read_text()
            time.sleep(0.2)

    def pid_of(self, program: str) -> int:
        """The process id of one of the desk's programs (bot, serve, worker), or of `up` itself."""
        assert self._process is not None
        if program == "up":
            return self._process.pid
        return next(iter(self.pids_of(program)))

    def pids_of(self, program: str) -> list[int]:
        """The process ids of a program that there may be several of."""
        assert self._process is not None
        children = subprocess.run(
            ["pgrep", "-P", str(self._process.pid), "-a"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        wanted = {"bot": "bot.server", "serve": "desk serve", "worker": "desk worker"}[program]
        return [int(line.split()[0]) for line in children if wanted in line]

    def say(self, sender: str, text: str, **metadata: str) -> list[dict[str, Any]]:
        """One message by the REST webhook."""
        response = self.http.post(
            "/webhooks/rest/webhook",
            json={"sender": sender, "message": text, "metadata": metadata},
        )
        assert response.status_code == 200, response.text
        answer: list[dict[str, Any]] = response.json()
        return answer

    def cli(self, *arguments: str, stdin: str | None = None) -> Any:
        """A command's output; parsed when it prints JSON."""
        done = subprocess.run(
            [*self.command, *arguments],
            cwd=self.folder,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout) if "--json" in arguments else done.stdout


@contextmanager
def running(home: Path, *options: str, **settings: str) -> Iterator[Stack]:
    """A stack that is stopped at the end, come what may."""
    stack = Stack(home, *options, **settings)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def new_sender() -> str:
    return f"visitor-{uuid4().hex}"


def kind_of(answer: list[dict[str, Any]]) -> str:
    return str(answer[0]["custom"]["kind"])


def text_of(answer: list[dict[str, Any]]) -> str:
    return "\n".join(bubble["text"] for bubble in answer)
