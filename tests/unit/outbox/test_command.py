"""`acedesk outbox`."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from desk.cli import main
from desk.cli.common import open_store
from desk.outbox.models import OutboxItem
from desk.outbox.service import put
from desk.settings import Settings
from tests.databases import lay_down

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk with an item that waits, one that was delivered and one that was given up."""
    monkeypatch.setenv("ACEDESK_HOME", str(tmp_path))
    monkeypatch.delenv("ACEDESK_DATABASE_URL", raising=False)
    lay_down(Settings().store_url)
    asyncio.run(fill())


async def fill() -> None:
    async with open_store(Settings()) as store, store.write() as session:
        for topic in ("sla.warning", "sla.breached", "sla.escalated"):
            await put(session, topic, f"{topic}/1", {"share": 1}, now=NOON)
        for item, delivered in ((2, True), (3, False)):
            await session.execute(
                update(OutboxItem)
                .where(OutboxItem.id == item)
                .values(settled_at=NOON, delivered=delivered, error=None if delivered else "x")
            )


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["outbox", *arguments])


def parsed(*arguments: str) -> Any:
    result = call("list", *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_list_shows_everything_newest_first() -> None:
    assert [(row["id"], row["state"]) for row in parsed()] == [
        (3, "failed"), (2, "delivered"), (1, "waiting"),
    ]  # fmt: skip
    assert parsed("--limit", "1")[0] == {
        "id": 3,
        "topic": "sla.escalated",
        "subject": "sla.escalated/1",
        "edition": "",
        "ticket": None,
        "state": "failed",
        "payload": {"share": 1},
        "created_at": "2026-11-20T12:00:00Z",
        "not_before": "2026-11-20T12:00:00Z",
        "attempts": 0,
        "settled_at": "2026-11-20T12:00:00Z",
        "error": "x",
    }
    assert call("list").output.splitlines()[-1] == "3 items"


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (["--waiting"], [1]),
        (["--failed"], [3]),
        (["--topic", "sla.breached"], [2]),
        (["--topic", "sla.breached", "--failed"], []),
    ],
)
def test_the_list_can_be_narrowed(options: list[str], ids: list[int]) -> None:
    assert [row["id"] for row in parsed(*options)] == ids


def test_what_waits_has_not_failed() -> None:
    assert call("list", "--waiting", "--failed").exit_code == 2


def test_what_was_given_up_can_be_tried_again() -> None:
    assert call("retry", "3").exit_code == 0
    assert [row["id"] for row in parsed("--waiting")] == [3, 1]


@pytest.mark.parametrize(
    ("item", "sentence"), [("2", "item 2 has been delivered"), ("9", "there is no item 9")]
)
def test_what_cannot_be_tried_again_is_said(item: str, sentence: str) -> None:
    result = call("retry", item)
    assert (result.exit_code, result.output) == (1, f"Error: {sentence}\n")


def test_settings_do_not_show_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACEDESK_ANNOUNCE_SECRET", "a secret of some length")
    monkeypatch.setenv("ACEDESK_ANNOUNCE_URL", "https://desk:password@hooks.example/x")
    for options in ([], ["--json"]):
        output = CliRunner().invoke(main, ["settings", *options]).output
        assert "ACEDESK_ANNOUNCE_SECRET" in output
        assert "some length" not in output
        assert "password@" not in output


def test_a_worker_does_not_start_with_an_address_that_is_no_good(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ACEDESK_ANNOUNCE_URL", "http://hooks.example")
    for command in ("worker", "up"):
        result = CliRunner().invoke(main, [command])
        assert result.exit_code == 1
        assert "must be https" in result.output
