"""`acedesk backup`, `restore` and `migrate`."""

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from desk.cli import main
from desk.store.migrate import revisions


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ACEDESK_DATABASE_URL", raising=False)
    at_home(monkeypatch, tmp_path / "first")
    assert call("migrate").exit_code == 0
    assert call("tickets", "open", "My report is empty").exit_code == 0


def at_home(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("ACEDESK_HOME", str(home))


def call(*arguments: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=answer)


def summaries() -> list[str]:
    return [row["summary"] for row in json.loads(call("tickets", "list", "--json").stdout)]


def test_a_backup_is_restored_into_a_fresh_home(tmp_path, monkeypatch):
    file = str(tmp_path / "desk.backup")
    assert "7 rows" in call("backup", file).output
    at_home(monkeypatch, tmp_path / "second")
    result = call("restore", file)
    assert result.exit_code == 0, result.output
    assert summaries() == ["My report is empty"]
    assert call("sla", "repair", "--dry-run").exit_code == 0


def test_a_database_with_tables_is_filled_only_when_asked_and_empty(tmp_path, monkeypatch):
    file = str(tmp_path / "desk.backup")
    call("backup", file)
    full = call("restore", file, "--into-empty")
    assert full.exit_code == 1
    assert "not empty" in full.stderr
    at_home(monkeypatch, tmp_path / "second")
    call("migrate")
    unasked = call("restore", file)
    assert unasked.exit_code == 1
    assert "--into-empty" in unasked.stderr
    assert call("restore", file, "--into-empty").exit_code == 0
    assert summaries() == ["My report is empty"]


def test_a_backup_into_a_folder_that_is_not_there_is_a_clear_error(tmp_path):
    result = call("backup", str(tmp_path / "nowhere" / "desk.backup"))
    assert result.exit_code == 1
    assert result.stderr == f"Error: there is no folder {tmp_path / 'nowhere'}\n"


def test_what_is_no_backup_is_a_clear_error(tmp_path, monkeypatch):
    file = tmp_path / "desk.backup"
    call("backup", str(file))
    whole = file.read_bytes()
    at_home(monkeypatch, tmp_path / "second")
    for content in (b"hello", whole[:-20], gzip.compress(b'{"format": "other"}\n')):
        file.write_bytes(content)
        result = call("restore", str(file))
        assert result.exit_code == 1
        assert "Error: " in result.stderr
        assert "Traceback" not in result.output
    assert "no such table" in call("tickets", "list").stderr


def test_a_backup_of_an_older_schema_is_restored_and_brought_up(tmp_path, monkeypatch):
    file = tmp_path / "desk.backup"
    old = Path(__file__).with_name("0003.backup.jsonl").read_bytes()
    file.write_bytes(gzip.compress(old))
    at_home(monkeypatch, tmp_path / "second")
    result = call("restore", str(file))
    assert result.exit_code == 0, result.output
    assert summaries() == ["La página no abre"]
    assert call("sla", "repair", "--dry-run").exit_code == 0


def test_the_way_down_warns_and_asks_and_the_way_up_starts_the_clocks():
    refused = call("migrate", "--down", "0003", answer="n\n")
    assert refused.exit_code == 1
    assert "will be lost" in refused.stderr
    assert summaries() == ["My report is empty"]
    assert "at 0003" in call("migrate", "--down", "0003", "--yes").output
    assert call("tickets", "list").exit_code == 1
    assert call("migrate").exit_code == 0
    assert summaries() == ["My report is empty"]
    assert call("sla", "repair", "--dry-run").exit_code == 0


def test_a_way_down_that_leads_nowhere_is_a_clear_error():
    assert "is not one of" in call("migrate", "--down", "9999", "--yes").stderr
    ahead = revisions()[-1]
    assert call("migrate", "--down", "0001", "--yes").exit_code == 0
    result = call("migrate", "--down", ahead, "--yes")
    assert result.exit_code == 1
    assert "Error: " in result.stderr
