"""The assistants that are set beside each other: how each is trained, started and spoken to."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from benchmarks.processes import family, resident_mb
from desk.settings import PROJECT
from tests.e2e.stack import Stack, free_port

UV = PROJECT / ".uv" / "bin" / "uv"
BOT_PYTHON = PROJECT / "bot" / ".venv" / "bin" / "python"
HELPDESK_BOT = PROJECT / "benchmarks" / "helpdesk_bot"
QUIET = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}
START_S = 600
"""Two cores that others use as well can take minutes to load TensorFlow."""
GREETING = "hello"


@dataclass
class Program:
    """A process of a side."""

    name: str
    arguments: list[str | Path]
    folder: Path = PROJECT
    environment: Mapping[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None

    def start(self, log: Path) -> None:
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                self.arguments,
                cwd=self.folder,
                env={**os.environ, **QUIET, **self.environment},
                stdout=out,
                stderr=out,
            )

    @property
    def pid(self) -> int:
        if self._process is None or self._process.poll() is not None:
            raise SystemExit(f"{self.name} does not run")
        return self._process.pid

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Side:
    """An assistant that answers Rasa's REST webhook."""

    def __init__(
        self, name: str, programs: list[Program], port: int, *, token: str | None = None
    ) -> None:
        self.name = name
        self.url = f"http://127.0.0.1:{port}"
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._programs = programs

    def start(self, folder: Path) -> float:
        """Seconds until the first reply."""
        began = time.monotonic()
        for program in self._programs:
            program.start(folder / f"{program.name}.log")
        self._await_reply(lambda: [program.pid for program in self._programs])
        return time.monotonic() - began

    def stop(self) -> None:
        for program in reversed(self._programs):
            program.stop()

    def memory(self) -> dict[str, float]:
        """MB of each program with all its processes."""
        return {
            program.name: sum(resident_mb(pid) for pid in family(program.pid))
            for program in self._programs
        }

    def _await_reply(self, alive: Callable[[], Any]) -> None:
        until = time.monotonic() + START_S
        body = {"sender": uuid4().hex, "message": GREETING}
        with httpx.Client(base_url=self.url, headers=self.headers, timeout=30) as http:
            while True:
                alive()
                try:
                    answer = http.post("/webhooks/rest/webhook", json=body)
                    if answer.status_code == 200 and answer.json():
                        return
                except httpx.HTTPError:
                    pass
                if time.monotonic() > until:
                    raise SystemExit(f"{self.name} gave no reply")
                time.sleep(0.1)


class Desk(Side):
    """The desk as `acedesk up` starts it, with SQLite."""

    def __init__(self, home: Path) -> None:
        self._stack = Stack(home, NO_COLOR="1")
        super().__init__("acedesk", [], int(self._stack.environment["ACEDESK_PORT"]))

    def start(self, folder: Path) -> float:
        """Seconds until the first reply; the very first start imports articles besides."""
        began = time.monotonic()
        self._stack.start()
        self._await_reply(lambda: None)
        return time.monotonic() - began

    def stop(self) -> None:
        self._stack.stop()
        self._stack = Stack(
            self._stack.home, ACEDESK_PORT=self._stack.environment["ACEDESK_PORT"], NO_COLOR="1"
        )

    def pid_of(self, program: str) -> int:
        return self._stack.pid_of(program)

    def memory(self) -> dict[str, float]:
        return {name: resident_mb(self.pid_of(name)) for name in ("bot", "serve", "worker")}


def rasa_python() -> Path:
    """The interpreter of the environment that rasa_cli.py asks for, made if need be."""
    script = Path(__file__).with_name("rasa_cli.py")
    given = ("--quiet", "--python", BOT_PYTHON, "--script", script)
    subprocess.run([UV, "sync", *given], check=True)
    # Asked with another Python, `find` would answer with that one.
    told = subprocess.run(
        [UV, "python", "find", "--script", script], check=True, capture_output=True, text=True
    )
    return Path(told.stdout.strip())


def train_rasa_init(python: Path, folder: Path) -> float:
    """Seconds for `rasa init`, which trains what it lays down."""
    folder.mkdir(parents=True)
    return _seconds([python, "-m", "rasa", "init", "--no-prompt", "--init-dir", folder], folder)


def train_helpdesk(python: Path, folder: Path) -> float:
    shutil.copytree(HELPDESK_BOT, folder)
    return _seconds([python, "-m", "rasa", "train"], folder)


def train_desk(folder: Path) -> float:
    """Seconds for the desk's own model, from a copy, so that the one in use stays."""
    for name in ("bot", "textkit", "data", "requirements"):
        ignored = shutil.ignore_patterns(".venv", "__pycache__")
        shutil.copytree(PROJECT / name, folder / name, ignore=ignored)
    return _seconds([BOT_PYTHON, "-m", "bot.train"], folder)


def rasa_init(python: Path, folder: Path) -> Side:
    port = free_port()
    return Side("rasa init", [_rasa(python, folder, port)], port)


def helpdesk(python: Path, folder: Path) -> Side:
    """The help desk bot with its action server; ServiceNow's stand-in is none of its own."""
    port, actions, servicenow = free_port(), free_port(), free_port()
    (folder / "endpoints.yml").write_text(
        f"action_endpoint:\n  url: http://127.0.0.1:{actions}/webhook\n", encoding="utf-8"
    )
    programs = [
        Program(
            "servicenow", [sys.executable, "-m", "benchmarks.peers.servicenow", str(servicenow)]
        ),
        Program(
            "actions",
            [python, "-m", "rasa_sdk", "--actions", "actions.actions", "--port", str(actions)],
            folder,
            {"SERVICENOW_URL": f"http://127.0.0.1:{servicenow}"},
        ),
        _rasa(python, folder, port, "--endpoints", "endpoints.yml"),
    ]
    return Side("help desk bot", programs, port)


def floor() -> Side:
    """The desk's bot without the desk."""
    port, actions, token = free_port(), free_port(), "floor"
    programs = [
        Program(
            "bare action", [sys.executable, "-m", "benchmarks.peers.bare_action", str(actions)]
        ),
        Program(
            "bot",
            [BOT_PYTHON, "-m", "bot.server"],
            environment={
                "ACEDESK_BOT_PORT": str(port),
                "ACEDESK_ACTION_URL": f"http://127.0.0.1:{actions}/webhook",
                "ACEDESK_BOT_TOKEN": token,
            },
        ),
    ]
    return Side("the bot alone", programs, port, token=token)


def _rasa(python: Path, folder: Path, port: int, *more: str) -> Program:
    arguments: list[str | Path] = [
        python,
        "-m",
        "rasa",
        "run",
        "--enable-api",
        "--interface",
        "127.0.0.1",
    ]
    return Program("rasa", [*arguments, "--port", str(port), *more], folder)


def _module(name: str, port: int) -> Program:
    """A stand-in of this folder, in the desk's environment."""
    return Program(name, [sys.executable, "-m", f"benchmarks.peers.{name}", str(port)])


def _seconds(command: list[str | Path], folder: Path) -> float:
    began = time.monotonic()
    with (folder / "training.log").open("wb") as log:
        subprocess.run(
            command, cwd=folder, env={**os.environ, **QUIET}, stdout=log, stderr=log, check=True
        )
    return time.monotonic() - began
