"""`acedesk outage`, and what `acedesk tickets show` tells of it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from desk.cli import main
from desk.settings import Settings
from tests.databases import lay_down

TEXTS = ("--en", "The portal is slow.", "--es", "El portal está lento.")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACEDESK_HOME", str(tmp_path))
    monkeypatch.delenv("ACEDESK_DATABASE_URL", raising=False)
    lay_down(Settings().store_url)


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def parsed(*arguments: str) -> Any:
    result = call(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def in_hours(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%MZ")


def test_a_posted_status_is_listed_with_its_parent_ticket() -> None:
    result = call("outage", "post", *TEXTS, "--until", in_hours(3), "--scope", "ace_portal")
    assert result.exit_code == 0, result.output
    assert "reports go under ASD-000001" in result.output
    (row,) = parsed("outage", "list")
    assert (row["state"], row["parent"], row["reports"]) == ("posted", "ASD-000001", [])
    (status,) = row["statuses"]
    assert (status["en"], status["es"]) == ("The portal is slow.", "El portal está lento.")
    assert (status["scope"], status["by"], status["in_force"]) == ("ace_portal", None, True)
    text = call("outage", "list").output
    assert "in force" in text
    assert "El portal está lento." in text
    ticket = parsed("tickets", "show", "ASD-000001")
    assert (ticket["parent"], ticket["children"]) == (None, [])


def test_posting_again_replaces_and_ending_takes_back() -> None:
    parsed("outage", "post", *TEXTS, "--until", "+2h")
    again = parsed("outage", "post", *TEXTS, "--until", "+1h30m")
    assert [status["in_force"] for status in again["statuses"]] == [False, True]
    ended = call("outage", "end", str(again["id"]))
    assert ended.output == "outage 1 is over\n"
    (row,) = parsed("outage", "list")
    assert row["state"] == "ended"
    assert row["ended_at"].endswith("Z")
    assert [status["in_force"] for status in row["statuses"]] == [False, False]
    twice = call("outage", "end", "1")
    assert twice.exit_code == 1
    assert "outage 1 ended at" in twice.stderr


@pytest.mark.parametrize(
    ("span", "seconds"),
    [("+2h", 7200), ("+90m", 5400), ("+1d", 86400), ("+1d2h3m", 93780)],
)
def test_until_may_be_a_span_from_now(span: str, seconds: int) -> None:
    (status,) = parsed("outage", "post", *TEXTS, "--until", span)["statuses"]
    posted, until = (datetime.fromisoformat(status[name]) for name in ("posted_at", "until"))
    assert abs((until - posted).total_seconds() - seconds) <= 1


def test_until_is_understood_in_any_zone() -> None:
    at = (datetime.now(UTC) + timedelta(hours=2)).replace(microsecond=0)
    eastern = at.astimezone(tz=datetime.strptime("-0500", "%z").tzinfo).isoformat()
    (status,) = parsed("outage", "post", *TEXTS, "--until", eastern)["statuses"]
    assert datetime.fromisoformat(status["until"]) == at


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((*TEXTS, "--until", "2020-01-01T18:00Z"), "in the past"),
        ((*TEXTS, "--until", "+0h"), "in the past"),
        ((*TEXTS, "--until", "+30d"), "at most 7 days"),
        ((*TEXTS, "--until", "2026-11-22T18:00"), "names no zone"),
        ((*TEXTS, "--until", "tomorrow"), "nor a span like +2h"),
        ((*TEXTS, "--until", "+"), "nor a span like +2h"),
        ((*TEXTS, "--until", "9999-12-31T23:59-12:00"), "nor a span like +2h"),
        (TEXTS, "Missing option '--until'"),
        ((*TEXTS[:2], "--until", "+2h"), "Missing option '--es'"),
        ((*TEXTS[2:], "--until", "+2h"), "Missing option '--en'"),
        ((*TEXTS, "--es", " ", "--until", "+2h"), "the Spanish text is empty"),
        ((*TEXTS, "--en", "x" * 601, "--until", "+2h"), "601 characters; at most 600"),
        ((*TEXTS, "--until", "+2h", "--by", "x@example.com"), "not a user"),
        ((*TEXTS, "--until", "+2h", "--scope", "A b"), "short code"),
    ],
)
def test_what_cannot_be_posted_is_a_clear_error(arguments: tuple[str, ...], reason: str) -> None:
    result = call("outage", "post", *arguments)
    assert result.exit_code in (1, 2)
    assert reason in " ".join(result.stderr.split())
    assert parsed("outage", "list") == []


@pytest.mark.parametrize(
    ("number", "reason"), [("7", "there is no outage 7"), ("0", "0"), ("9" * 30, "9")]
)
def test_ending_what_is_not_there_is_a_clear_error(number: str, reason: str) -> None:
    result = call("outage", "end", number)
    assert result.exit_code in (1, 2)
    assert reason in result.stderr
    assert "Traceback" not in result.output
