"""`acedesk user`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from desk.cli import main
from desk.settings import Settings
from tests.databases import lay_down
from tests.unit.accounts.people import PASSWORD


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACEDESK_HOME", str(tmp_path))
    monkeypatch.delenv("ACEDESK_DATABASE_URL", raising=False)
    lay_down(Settings().store_url)


def call(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(main, ("user", *arguments), input=typed)


def add(email: str, role: str) -> Result:
    arguments = (email, "--role", role, "--name", " Ana ", "--password-stdin")
    return call("add", *arguments, typed=f"{PASSWORD}\n")


def test_users_are_added_listed_disabled_and_enabled() -> None:
    assert add("ana@example.com", "lead").exit_code == 0
    (row,) = json.loads(call("list", "--json").stdout)
    assert (row["email"], row["name"], row["role"]) == ("ana@example.com", "Ana", "lead")
    assert row["disabled_at"] is None
    assert "may no longer sign in" in call("disable", "ANA@example.com").stdout
    assert "disabled, password only" in call("list").stdout
    assert call("enable", "ana@example.com").exit_code == 0
    assert "active, password only" in call("list").stdout


def test_a_password_and_a_second_factor_are_reset() -> None:
    add("ana@example.com", "lead")
    password = call("reset-password", "ana@example.com").stdout.strip()
    assert len(password) >= 12
    assert "password alone" in call("reset-second-factor", "ana@example.com").stdout


def test_the_last_administrator_stays_and_strangers_are_said() -> None:
    add("admin@example.com", "admin")
    refused = call("disable", "admin@example.com")
    assert refused.exit_code == 1
    assert "last administrator" in refused.output
    for command in ("disable", "enable", "reset-password", "reset-second-factor"):
        unknown = call(command, "nobody@example.com")
        assert unknown.exit_code == 1
        assert "is not a user" in unknown.output
