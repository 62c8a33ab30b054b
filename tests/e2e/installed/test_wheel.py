"""The wheel as its users meet it: installed with pip, started outside the checkout."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from desk import demo
from desk.settings import PROJECT
from tests.e2e.stack import Stack, kind_of, text_of

pytestmark = pytest.mark.skipif(
    not os.environ.get("ACEDESK_PROVE"),
    reason="it installs two environments from the network, which takes minutes: make prove",
)
SECOND_START_S = 15.0
ASKED = {
    "How do I add a user to my ACE account?": "Adding users and setting their access",
    "¿Cómo programo un informe en ACE?": "Programar informes por correo",
}


class Installed(Stack):
    """A demonstration by the `acedesk` of an environment."""

    arguments = ("up", "--demo")
    start_s = 1200

    def __init__(self, home: Path, environment: Path, **settings: str) -> None:
        super().__init__(home, PYTHONPATH="", **settings)
        self.command = [str(environment / "bin" / "acedesk")]
        self.folder = home.parent

    def kill(self) -> None:
        """Every process at once, without a chance to say goodbye."""
        assert self._process is not None
        below = ["pgrep", "-P", str(self._process.pid)]
        programs = subprocess.run(below, capture_output=True, text=True, check=False).stdout.split()
        for pid in (self._process.pid, *map(int, programs)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        self.http.close()


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installed")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=PROJECT, capture_output=True, check=True)
    (wheel,) = folder.glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    pip = [str(folder / "venv" / "bin" / "python"), "-m", "pip"]
    subprocess.run([*pip, "install", "--quiet", str(wheel)], check=True, env=without_path())
    return folder / "venv"


def without_path() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def test_a_demonstration_answers_in_both_languages_and_outlives_a_kill(
    environment: Path, tmp_path: Path
) -> None:
    first = Installed(tmp_path / "home", environment)
    try:
        first.start()
        for text, title in ASKED.items():
            answer = first.say("visitor", text)
            assert kind_of(answer) == "answer"
            assert title in text_of(answer)
        tickets = first.cli("tickets", "list", "--json")
        assert len(tickets) == demo.PAST_TICKETS + len(demo.stories())
    finally:
        first.kill()
    assert first.output.read_text().count("one-time password") == len(demo.PEOPLE)

    again = Installed(tmp_path / "home", environment)
    began = time.monotonic()
    try:
        again.start()
        took = time.monotonic() - began
        assert kind_of(again.say("visitor", "How do I schedule a report?")) == "answer"
    finally:
        assert again.stop() == 0
    told = again.output.read_text()
    assert told.count("model is up to date") == 1
    assert told.count("one-time password") == len(demo.PEOPLE)
    assert took <= SECOND_START_S
