"""`acedesk tickets …` and `acedesk sla …` as an analyst types them."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, text

from desk.cli import main
from desk.settings import Settings
from tests.databases import lay_down

ANA, BEN = "ana@desk.example", "ben@desk.example"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two analysts and one ticket."""
    home = tmp_path_factory.mktemp("begun")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ACEDESK_HOME", str(home))
        patch.delenv("ACEDESK_DATABASE_URL", raising=False)
        lay_down(Settings().store_url)
        for email in (ANA, BEN):
            call("user", "add", email, "--password-stdin", stdin="correct horse battery\n")
        opened = call("tickets", "open", "my reports are empty", "--category", "reports")
        assert opened.exit_code == 0
    return home


@pytest.fixture(autouse=True)
def home(tmp_path: Path, begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(begun, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("ACEDESK_HOME", str(tmp_path))
    monkeypatch.delenv("ACEDESK_DATABASE_URL", raising=False)


def call(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=stdin)


def done(*arguments: str, by: str = ANA) -> str:
    result = call("tickets", *arguments, "--by", by)
    assert result.exit_code == 0, result.output
    return result.output.strip()


def show(number: str = "1") -> Any:
    return json.loads(call("tickets", "show", number, "--json").stdout)


def test_a_shift_with_one_ticket() -> None:
    assert done("assign", "ASD-000001", "--to", ANA) == "ASD-000001 is assigned (version 2)"
    done("take", "asd 1")
    done("note", "1", "the universe was retired")
    done("spoke", "1")
    done("hold", "1", "--reason", "user", "--until", "+2h")
    done("resume", "1")
    done("tag", "1", "--add", "universe", "--add", "report")
    done("link", "1", "csms:68228015")
    done("watch", "1", "--user", BEN)
    done("plan", "1", "call back", "--due", "+1d")
    done("prioritise", "1", "--impact", "many", "--urgency", "high")
    done("categorise", "1", "--category", "reports", "--topic", "data")
    assert done("resolve", "1", "--code", "done", "--notes", "rebuilt").endswith(
        "is resolved (version 15)"
    )
    ticket = show()
    assert (ticket["state"], ticket["assignee"], ticket["resolution"]) == ("resolved", ANA, "done")
    assert (ticket["priority"], ticket["topic"]) == ("urgent", "data")
    assert (ticket["tags"], ticket["links"]) == (["universe", "report"], ["csms:68228015"])
    assert ticket["watchers"] == [BEN]
    assert [note["text"] for note in ticket["notes"]] == ["the universe was retired"]
    assert [event["by"] for event in ticket["events"]] == [None, *[ANA] * 14]
    assert ticket["outcome"] == "met"
    assert ticket["spoken"]["es"].startswith("a, ese, de; cero")
    assert done("reopen", "1", "--reason", "not_solved").endswith("is assigned (version 16)")


def test_two_tickets_become_one() -> None:
    call("tickets", "open", "my reports are empty again", "--category", "reports")
    call("tickets", "open", "reports!", "--category", "reports")
    assert done("merge", "2", "--into", "1").startswith("ASD-000001 is new")
    assert done("cancel", "3", "--reason", "duplicate", "--duplicate-of", "1").startswith(
        "ASD-000003 is cancelled"
    )
    assert (show("2")["state"], show("2")["merged_into"]) == ("cancelled", "ASD-000001")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("resume", "1"), "a ticket that is new can't be resumed"),
        (("take", "99"), "there is no ticket"),
        (("take", "nonsense"), "there is no ticket nonsense"),
        (("close", "1"), "can't be closed"),
        (("take", "1", "--version", "7"), "has changed meanwhile"),
        (("take", "1", "--at", "+1h"), "lies behind us"),
        (("reply", "1", "hello"), "nobody reads a reply"),
        (("merge", "1", "--into", "1"), "same ticket"),
        (("assign", "1", "--to", "nobody@desk.example"), "not a user of the console"),
        (("resolve", "1", "--code", "done", "--notes", " "), "writes down"),
    ],
)
def test_what_cannot_be_is_a_sentence_and_changes_nothing(
    arguments: tuple[str, ...], says: str
) -> None:
    result = call("tickets", *arguments, "--by", ANA)
    assert result.exit_code == 1
    assert says in result.output
    assert "Traceback" not in result.output
    assert show()["version"] == 1


def test_the_same_key_writes_once() -> None:
    for _ in range(2):
        done("note", "1", "seen", "--key", "k1")
    assert len(show()["notes"]) == 1


def test_a_ticket_explains_itself_in_both_languages() -> None:
    done("resolve", "1", "--code", "explained", "--notes", "told them")
    english = call("sla", "explain", "1").output
    assert "Processed\n" in english
    assert "In time:" in english
    spanish = call("sla", "explain", "1", "--language", "es").output
    assert "Atención del caso" in spanish
    episodes = json.loads(call("sla", "explain", "1", "--json").stdout)
    assert {e["metric"] for e in episodes} == {"first_response", "processed", "resolution"}
    assert all(e["outcome"] == "met" for e in episodes)
    assert call("sla", "explain", "77").exit_code == 1


def test_repair_finds_nothing_and_then_what_was_tampered_with() -> None:
    assert call("sla", "repair").output.strip() == "1 tickets, 0 differences"
    engine = create_engine(Settings().store_url.replace("+aiosqlite", ""))
    with engine.begin() as connection:
        connection.execute(text("UPDATE ticket SET priority = 'urgent'"))
    engine.dispose()
    told = call("sla", "repair", "--dry-run")
    assert told.exit_code == 1
    assert "ASD-000001  priority: cached urgent, the log says normal" in told.output
    assert call("sla", "repair").exit_code == 1
    assert call("sla", "repair").exit_code == 0


def test_replay_needs_no_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACEDESK_HOME", str(tmp_path / "elsewhere"))
    document = {
        "policy": {"metric": "processed", "target_s": 14400},
        "calendar": "24x7",
        "events": [
            {"id": "a", "at": "2026-11-26T10:00:00Z", "kind": "opened"},
            {"id": "b", "at": "2026-11-26T11:00:00Z", "kind": "resolved"},
        ],
        "now": "2026-11-26T12:00:00Z",
    }
    file = tmp_path / "replay.json"
    file.write_text(json.dumps(document))
    (episode,) = json.loads(call("sla", "replay", str(file)).stdout)["episodes"]
    assert episode | {"reasons": []} == {
        "metric": "processed",
        "start": "2026-11-26T10:00:00Z",
        "stop": "2026-11-26T11:00:00Z",
        "due": "2026-11-26T14:00:00Z",
        "pauses": [],
        "outcome": "met",
        "elapsed_wall_s": 3600,
        "elapsed_counted_s": 3600,
        "reasons": [],
    }


@pytest.mark.parametrize("broken", ["", "{}", "[]", "{", '{"policy": 3}'])
def test_a_replay_that_cannot_be_is_a_sentence(tmp_path: Path, broken: str) -> None:
    file = tmp_path / "replay.json"
    file.write_text(broken)
    result = call("sla", "replay", str(file))
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")


def test_a_list_is_of_ones_own_tickets_or_of_those_that_are_late() -> None:
    def listed(*options: str) -> list[str]:
        return [
            row["number"] for row in json.loads(call("tickets", "list", "--json", *options).stdout)
        ]

    urgent = call("tickets", "open", "stuck", "--priority", "urgent").output.strip()
    done("take", "1")
    assert listed("--mine", ANA) == ["ASD-000001"]
    assert listed("--mine", BEN) == []
    assert listed("--mine", ANA, "--state", "new") == []
    # A first answer is promised within the hour.
    assert listed("--late", "--mine", ANA) == ["ASD-000001"]
    done("spoke", "1")
    assert listed("--late") == [urgent]
    assert listed("--late", "--mine", ANA) == []
    assert "not a user" in call("tickets", "list", "--mine", "nobody@desk.example").output
