"""The wheel: what it carries, and that the desk in it works where there is no checkout."""

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import Any

import pytest

from desk.settings import PROJECT

REPLAY = {
    "policy": {"metric": "first_response", "target_s": 3600},
    "calendar": "24x7",
    "events": [
        {"id": "a", "at": "2026-11-02T15:00:00Z", "kind": "opened"},
        {"id": "b", "at": "2026-11-02T15:30:00Z", "kind": "responded"},
    ],
    "now": "2026-11-02T18:00:00Z",
}


def files_of(*folders: str) -> set[str]:
    """What belongs to the repository, or will when it is committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *folders],
        cwd=PROJECT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {name for name in listed.stdout.split("\0") if name}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=PROJECT, capture_output=True, check=True,
    )  # fmt: skip
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as packed:
        return {name for name in packed.namelist() if ".dist-info/" not in name}


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own with the wheel in it; what the wheel needs is lent to it."""
    folder = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    packages = next(folder.glob("lib/python3*/site-packages"))
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(packages)
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "bin" / "python"


@pytest.fixture
def acedesk(python: Path, tmp_path: Path) -> Any:
    """`acedesk` of the wheel, run in an empty folder."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONPATH" and not name.startswith("ACEDESK_")
    } | {"ACEDESK_EMBEDDER": "none"}

    def call(*arguments: str, stdin: str | None = None) -> str:
        done = subprocess.run(
            [str(python), "-m", "desk", *arguments],
            cwd=tmp_path, env=environment, input=stdin, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    return call


def test_it_carries_the_project_and_nothing_besides(names: set[str]) -> None:
    packages = files_of("actions", "desk", "textkit")
    project = files_of("bot", "data", "textkit") - files_of("data/development")
    carried = {f"desk/project/{name}" for name in project | {"requirements/bot.txt"}}
    assert names == packages | carried


def test_it_asks_for_what_the_project_asks_for(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        (name,) = (name for name in packed.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = packed.read(name).decode()
    assert "Requires-Dist: rasa-sdk" in metadata
    assert "Requires-Dist: uv" in metadata


def test_its_code_is_its_own(python: Path, tmp_path: Path) -> None:
    where = subprocess.run(
        [str(python), "-P", "-c", "import desk, textkit; print(desk.__file__, textkit.__file__)"],
        cwd=tmp_path, env={}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert where.stdout.count(str(python.parents[1])) == 2


def test_commands_that_need_no_service_work(acedesk: Any, tmp_path: Path) -> None:
    hits = json.loads(
        acedesk("kb", "search", "cómo agrego un usuario", "--language", "es", "--json")
    )
    assert hits[0]["slug"] == "add_manage_users"
    assert acedesk("language", stdin="¿Dónde está mi reporte?\n") == "es\t1.00\n"
    assert "152 articles, 0 problems" in acedesk("kb", "check")
    assert "ACEDESK_HOME=.acedesk\n" in acedesk("settings")
    (tmp_path / "events.json").write_text(json.dumps(REPLAY))
    episodes = json.loads(acedesk("sla", "replay", "events.json"))["episodes"]
    assert episodes[0]["outcome"] == "met"


def test_what_it_makes_goes_to_the_home_which_is_closed(acedesk: Any, tmp_path: Path) -> None:
    acedesk("kb", "search", "report", "--language", "en")
    home = tmp_path / ".acedesk"
    assert list((home / "models" / "rankings").glob("*.npz"))
    assert home.stat().st_mode & 0o077 == 0


def test_its_database_is_made_and_taken_back(acedesk: Any, tmp_path: Path) -> None:
    assert acedesk("migrate") == "the database is up to date\n"
    acedesk("backup", "desk.backup")
    assert acedesk("migrate", "--down", "0012", "--yes") == "the database is at 0012\n"
    assert acedesk("migrate") == "the database is up to date\n"
    assert (tmp_path / "desk.backup").stat().st_size
