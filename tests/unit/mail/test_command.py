"""`acedesk mail check`: safe on any file, and readable by people and programs."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from desk.cli import main
from tests.unit.mail.mails import raw


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACEDESK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ACEDESK_MAIL_ADDRESS", "Desk@desk.example, other@desk.example")
    monkeypatch.chdir(tmp_path)


def check(*files: str) -> list[dict[str, object]]:
    result = CliRunner().invoke(main, ["mail", "check", "--json", *files])
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.output.splitlines()]


def test_one_line_a_file_in_their_order(tmp_path):
    Path("a.eml").write_bytes(raw("No puedo iniciar sesión en el portal.\n\n> I see", "Sesión"))
    Path("b.eml").write_bytes(raw("x", From="OTHER@desk.example"))
    Path("c.eml").write_bytes(b"\x89PNG")
    first, second, third = check("a.eml", "b.eml", "c.eml")
    assert first == {
        "file": "a.eml",
        "class": "human",
        "signs": [],
        "language": "es",
        "subject": "Sesión",
        "text": "No puedo iniciar sesión en el portal.",
        "thread": None,
        "authentication": {"verdict": "none", "forged": False},
        "files": [],
        "problems": [],
        "decision": "assistant",
        "reason": "question",
        "silent": False,
    }
    assert (second["class"], second["decision"]) == ("own", "ignore")
    assert (third["decision"], third["reason"]) == ("quarantine", "no_headers")


def test_nothing_is_stored(tmp_path):
    Path("a.eml").write_bytes(raw())
    check("a.eml")
    assert [one.name for one in tmp_path.iterdir()] == ["a.eml"]


def test_no_secret_is_shown():
    secret = "123-45-6789"
    Path("a.eml").write_bytes(
        raw(
            f"--b\nContent-Type: text/plain\n\nMy SSN is {secret}\n--b\n"
            f'Content-Disposition: attachment; filename="ssn {secret}.pdf"\n\nx\n--b--\n',
            f"My SSN {secret}",
            Content_Type="multipart/mixed; boundary=b",
        )
    )
    for arguments in ([], ["--json"]):
        result = CliRunner().invoke(main, ["mail", "check", *arguments, "a.eml"])
        assert result.exit_code == 0
        assert secret not in result.output
        assert "[ssn]" in result.output


def test_people_read_the_decision_and_why():
    Path("a.eml").write_bytes(raw("I can not sign in", "RE: ASD-000123"))
    result = CliRunner().invoke(main, ["mail", "check", "a.eml"])
    assert "a.eml: append, thread_by_subject" in result.output
    assert "ASD-000123 by subject" in result.output
    assert "| I can not sign in" in result.output


def test_a_file_that_is_not_there_is_a_clear_error():
    result = CliRunner().invoke(main, ["mail", "check", "none.eml"])
    assert result.exit_code == 2
    assert "none.eml" in result.output
