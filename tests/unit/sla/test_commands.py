"""The reports of `acedesk sla`, and the tokens of `acedesk user`."""

import asyncio
import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from desk.cli import main
from desk.settings import Settings
from desk.store import Store
from tests.databases import lay_down
from tests.tickets import EMAILS, fill


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACEDESK_HOME", str(tmp_path))
    monkeypatch.delenv("ACEDESK_DATABASE_URL", raising=False)
    lay_down(Settings().store_url)


def filled() -> None:
    async def work() -> None:
        store = Store(Settings().store_url)
        await fill(store, seed=51, count=40)
        await store.close()

    asyncio.run(work())


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def parsed(*arguments: str) -> Any:
    result = call(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_report_keeps_its_fields() -> None:
    filled()
    found = parsed(
        "sla", "report", "--from", "2026-11-01", "--to", "2026-12-01", "--by", "language"
    )
    fields = {"at", "metric", "rule", "target", "total", "by", "strata"}
    assert fields | {"from", "to"} == found.keys()
    assert found["by"] == "language"
    assert found["strata"].keys() == {"en", "es"}
    counts = {"total", "hits", "breaches", "pending", "excluded", "share", "interval"}
    assert counts <= found["total"].keys()


@pytest.mark.parametrize(
    "arguments",
    [
        ("report", "--by", "analyst", "--by", "week", "--metric", "next_response"),
        ("backlog", "--by", "priority"),
        ("forecast",),
        ("parity", "--from", "2026-11-01"),
        ("bot", "--by", "day"),
    ],
)
@pytest.mark.parametrize("empty", [True, False])
def test_every_report_reads_as_text_json_and_csv(arguments: tuple[str, ...], empty: bool) -> None:
    if not empty:
        filled()
    document = parsed("sla", *arguments)
    text = call("sla", *arguments)
    assert text.exit_code == 0, text.output
    assert text.output.startswith(f"Rule: {document['rule']}\n")
    assert len(text.output.splitlines()) > 1
    table = call("sla", *arguments, "--csv")
    assert table.exit_code == 0, table.output
    assert csv.DictReader(io.StringIO(table.output)).fieldnames


def test_text_tells_the_figures() -> None:
    filled()
    found = parsed("sla", "report")["total"]
    text = call("sla", "report").output
    assert f"{found['hits']} in time, {found['breaches']} breached" in text
    assert f"p50 {found['p50_s'] / 60:.1f} min" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("report", "--by", "day", "--by", "day"), "at most two, each once"),
        (("report", "--by", "day", "--by", "week", "--by", "month"), "at most two, each once"),
        (("bot", "--by", "analyst"), "is not one of"),
        (("report", "--from", "yesterday"), "does not match"),
    ],
)
def test_what_can_not_be_asked_is_said(arguments: tuple[str, ...], words: str) -> None:
    result = call("sla", *arguments)
    assert result.exit_code == 2
    assert words in result.output


def test_a_token_is_made_listed_and_revoked() -> None:
    filled()
    token = parsed("user", "token", EMAILS[0], "--name", "sheet", "--days", "90")["token"]
    assert len(token) >= 40
    (row,) = parsed("user", "tokens")
    assert (row["user"], row["name"], row["state"]) == (EMAILS[0], "sheet", "valid")
    assert token not in json.dumps(row)
    assert call("user", "revoke-token", "1").output == "token 1 (sheet) is revoked\n"
    assert "revoked  ana@desk.example  sheet" in call("user", "tokens").output
    unknown = call("user", "token", "nobody@desk.example", "--name", "x")
    assert unknown.exit_code == 1
    assert "nobody@desk.example is not a user of the console" in unknown.output
    assert "there is no token 9" in call("user", "revoke-token", "9").output
