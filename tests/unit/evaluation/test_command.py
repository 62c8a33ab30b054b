"""`acedesk eval`."""

import json
import socket
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from desk.cli.evaluate import evaluate
from desk.evaluation import runner
from desk.home import Home


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setattr(runner, "_PAUSE_S", 0.0)
    monkeypatch.setenv("ACEDESK_HOME", str(tmp_path / "home"))
    return Home(tmp_path / "home")


@pytest.fixture
def file(tmp_path: Path, label: Callable[..., Any]) -> Path:
    labels = [label(id="right"), label(id="wrong", text="a <b> & c", topic="isf")]
    file = tmp_path / "labels.jsonl"
    file.write_text("".join(item.model_dump_json() + "\n" for item in labels))
    return file


def call(*arguments: object) -> Result:
    return CliRunner().invoke(evaluate, [str(argument) for argument in arguments])


def test_it_prints_a_table_and_leaves_a_report_in_the_home(
    desk: Any, file: Path, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACEDESK_PORT", str(desk.port))
    result = call(file)
    assert result.exit_code == 0, result.output
    assert {token for token, _ in desk.requests} == {f"Bearer {home.secrets().service_token}"}
    assert "Article@1               50.0  9.5–90.5   1/2" in result.stdout
    (page,) = (home.path / "evaluations").iterdir()
    assert f"Report: {page}" in result.stdout
    assert "a &lt;b&gt; &amp; c" in page.read_text()


def test_json_holds_the_figures_and_nothing_else_is_on_standard_output(
    desk: Any, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACEDESK_PORT", str(desk.port))
    page = tmp_path / "new" / "report.html"
    result = call(file, "--json", "--report", page, "--clients", "1")
    figures = json.loads(result.stdout)
    assert figures["report"] == str(page)
    assert figures["scores"]["all"]["article_at_1"]["hits"] == 1
    assert figures["versions"]["labels"] == sha256(file.read_bytes()).hexdigest()[:12]
    assert figures["versions"]["articles"] == "unknown"
    assert page.exists()


def test_a_bad_line_is_an_error_before_anything_is_sent(
    desk: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACEDESK_PORT", str(desk.port))
    file.write_text(file.read_text() + "{}\n")
    result = call(file)
    assert result.exit_code == 1
    assert "line 3: " in result.stderr
    assert desk.requests == []


def test_an_unreachable_desk_is_a_clear_error(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("ACEDESK_PORT", str(taken.getsockname()[1]))
        result = call(file)
    assert result.exit_code == 1
    assert "no desk answers at http://127.0.0.1:" in result.stderr
    assert result.stdout == ""


def test_a_desk_that_never_answers_properly_is_an_error(
    desk: Any, file: Path, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACEDESK_PORT", str(desk.port))
    desk.answer = lambda body: (401, {"error": "unknown token"})
    result = call(file)
    assert result.exit_code == 1
    assert "HTTP 401" in result.stderr
