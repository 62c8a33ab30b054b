"""`acedesk privacy`, and files on tickets from the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from desk.cli import main
from desk.settings import Settings
from tests.databases import lay_down
from tests.desks import PASSWORD
from tests.unit.attachments.files import PDF, XLSM

BY = ("--by", "ana@desk.example")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACEDESK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ACEDESK_USER", BY[1])
    monkeypatch.delenv("ACEDESK_DATABASE_URL", raising=False)
    (tmp_path / "home").mkdir()
    lay_down(Settings().store_url)
    assert call("user", "add", BY[1], "--password-stdin", answer=f"{PASSWORD}\n").exit_code == 0
    assert call("tickets", "open", "Luz here, write to Luz@x.example please").exit_code == 0


def call(*arguments: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=answer)


def parsed(*arguments: str) -> Any:
    result = call(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_file_is_attached_listed_and_opened(tmp_path):
    file, copy = tmp_path / "report.pdf", tmp_path / "copy.pdf"
    file.write_bytes(PDF)
    made = parsed("tickets", "attach", "1", str(file), *BY)
    assert (made["name"], made["media_type"], made["size"]) == (
        "report.pdf",
        "application/pdf",
        len(PDF),
    )
    assert parsed("tickets", "attachments", "ASD-000001") == [made]
    assert "report.pdf" in call("tickets", "attachments", "1").output
    opened = call("tickets", "open-attachment", str(made["id"]), "--to", str(copy), *BY)
    assert opened.exit_code == 0, opened.output
    assert copy.read_bytes() == PDF
    assert copy.stat().st_mode & 0o777 == 0o600
    events = parsed("tickets", "show", "1")["events"]
    assert [event["payload"] for event in events if event["kind"] == "attached"] == [
        {"attachment": made["id"]}
    ]


def test_what_can_not_be_attached_or_opened_is_a_clear_error(tmp_path):
    file = tmp_path / "report.xlsm"
    file.write_bytes(XLSM)
    target = ("--to", str(tmp_path / "copy"))
    for arguments, reason in (
        (("attach", "1", str(file), *BY), "application/zip; what is taken: .pdf"),
        (("attach", "7", str(file), *BY), "there is no ticket ASD-000007"),
        (("attach", "x", str(file), *BY), "there is no ticket x"),
        (("attach", "1", str(file), "--by", "x@x.example"), "not a user"),
        (("attach", "1", str(tmp_path / "none"), *BY), "does not exist"),
        (("open-attachment", "5", *target, *BY), "there is no attachment 5"),
        (("open-attachment", "5", "--to", str(file), *BY), "is there already"),
    ):
        result = call("tickets", *arguments)
        assert result.exit_code in (1, 2)
        assert reason in " ".join(result.stderr.split())
    assert parsed("tickets", "attachments", "1") == []


def test_a_person_is_erased(tmp_path):
    file = tmp_path / "luz.pdf"
    file.write_bytes(PDF)
    parsed("tickets", "attach", "1", str(file), *BY)
    planned = parsed("privacy", "erase", "--email", "luz@X.example", "--dry-run")
    assert (planned["tickets"], planned["attachments"]) == (["ASD-000001"], 1)
    assert "Luz" in parsed("tickets", "show", "1")["summary"]
    assert "would erase: 1 tickets" in call("privacy", "erase", "--ticket", "1", "--dry-run").output
    done = parsed("privacy", "erase", "--email", "luz@X.example", *BY)
    assert done == planned | {"dry_run": False, "mentions": 0}
    ticket = parsed("tickets", "show", "1")
    assert (ticket["summary"], ticket["requester"]) == ("", {})
    assert [line["text"] for line in ticket["transcript"]] == [""]
    assert (ticket["events"][-1]["kind"], ticket["events"][-1]["by"]) == ("erased", BY[1])
    assert list((tmp_path / "home" / "spool").iterdir()) == []
    assert call("sla", "repair", "--dry-run").exit_code == 0
    assert parsed("privacy", "erase", "--email", "luz@x.example")["tickets"] == []


def test_whom_to_erase_must_be_said_and_known():
    assert call("privacy", "erase").exit_code == 2
    assert call("privacy", "erase", "--email", " ").exit_code == 2
    for arguments in (
        ("--ticket", "9"),
        ("--ticket", "x"),
        ("--email", "b@x.example", "--ticket", "1"),
    ):
        result = call("privacy", "erase", *arguments)
        assert result.exit_code == 1
        assert "Error: " in result.stderr
    assert "Luz" in parsed("tickets", "show", "1")["summary"]


def test_nothing_is_past_its_time_on_the_first_day():
    nothing = {"tickets": 0, "conversations": 0, "attachments": 0, "mails": 0}
    assert parsed("privacy", "retain", "--dry-run") == nothing | {"dry_run": True}
    assert parsed("privacy", "retain") == nothing | {"dry_run": False}
    assert "erased: 0 tickets" in call("privacy", "retain").output
