"""`acedesk audit export`, and what the audit lets nobody do."""

import asyncio
import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from desk.audit.service import SYSTEM, account
from desk.cli import main
from desk.settings import Settings
from desk.store import Store
from tests.databases import lay_down
from tests.desks import PASSWORD

ANA = "ana@desk.example"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACEDESK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ACEDESK_USER", ANA)
    monkeypatch.delenv("ACEDESK_DATABASE_URL", raising=False)
    (tmp_path / "home").mkdir()
    lay_down(Settings().store_url)
    assert call("user", "add", ANA, "--password-stdin", answer=f"{PASSWORD}\n").exit_code == 0


def call(*arguments: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=answer)


def in_store(work):
    async def done() -> None:
        store = Store(Settings().store_url)
        try:
            async with store.write() as session:
                await work(session)
        finally:
            await store.close()

    asyncio.run(done())


def test_every_entry_is_exported_and_that_it_was(tmp_path):
    rows = [json.loads(line) for line in call("audit", "export", "--json").stdout.splitlines()]
    assert [row["action"] for row in rows] == ["audit_exported", "user_added"]
    assert (rows[0]["user"], rows[0]["object"], rows[0]["detail"]) == (ANA, "audit", {})
    assert rows[1]["detail"] == {"role": "analyst"}
    table = list(csv.DictReader(io.StringIO(call("audit", "export", "--csv").stdout)))
    assert [row["action"] for row in table] == ["audit_exported", "audit_exported", "user_added"]
    assert table[1:] == [
        {name: json.dumps(value) if value and name == "detail" else str(value or "")
         for name, value in row.items()}
        for row in rows
    ]  # fmt: skip


def test_both_days_belong_to_the_period():
    async def older(session) -> None:
        for days in (1, 2, 3):
            now = datetime.now(UTC) - timedelta(days=days)
            account(session, "erased", f"ticket/{days}", by=SYSTEM, now=now)

    in_store(older)
    start, end = (f"{datetime.now(UTC) - timedelta(days=days):%Y-%m-%d}" for days in (3, 2))
    said = call("audit", "export", "--from", start, "--to", end, "--json").stdout
    assert [json.loads(line)["object"] for line in said.splitlines()] == ["ticket/3", "ticket/2"]


def test_a_period_that_ends_before_it_begins_is_refused():
    refused = call("audit", "export", "--from", "2026-11-02", "--to", "2026-11-01")
    assert refused.exit_code == 2
    assert "--to lies before --from" in refused.stderr


def test_a_cell_that_a_spreadsheet_would_compute_is_text():
    async def hostile(session) -> None:
        account(session, "erased", "=1+1", by=SYSTEM, now=datetime.now(UTC))

    in_store(hostile)
    assert "'=1+1" in call("audit", "export").stdout


def test_somebody_must_do_it():
    assert "not a user" in call("audit", "export", "--by", "nobody@x.example").output


@pytest.mark.parametrize(
    "change", ["UPDATE audit_entry SET action = 'erased'", "DELETE FROM audit_entry"]
)
def test_nobody_changes_an_entry(change):
    async def changed(session) -> None:
        await session.execute(text(change))

    with pytest.raises(DatabaseError):
        in_store(changed)
    assert "user_added" in call("audit", "export").stdout
