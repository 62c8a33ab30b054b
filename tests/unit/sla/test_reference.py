"""The independent reading against the cases from the field, and against its own invariants."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.sla.documents import documents
from tests.unit.sla.reference import replay

HOUR = 3_600


def office(opens: str, closes: str, zone: str = "UTC") -> dict[str, Any]:
    return {"zone": zone, "week": {str(day): [[opens, closes]] for day in range(5)}}


def case(calendar: Any, hours: float, now: str, *events: tuple[Any, ...]) -> dict[str, Any]:
    """Replay `(at, kind, more?)` events, numbered as they come."""
    return replay(
        {
            "policy": {"metric": "resolution", "target_s": int(hours * HOUR)},
            "calendar": calendar,
            "events": [
                {"id": f"e{number:02}", "at": at, "kind": kind, **(more[0] if more else {})}
                for number, (at, kind, *more) in enumerate(events)
            ],
            "now": now,
        }
    )["episodes"][-1]


# 2026-06-15 is a Monday.
@pytest.mark.parametrize(
    ("calendar", "start", "hours", "due"),
    [
        (office("09:00", "17:00"), "2026-06-15T09:00:00Z", 24, "2026-06-17T17:00:00Z"),
        (office("09:00", "17:00"), "2026-06-19T16:30:00Z", 1, "2026-06-22T09:30:00Z"),
        (office("09:00", "17:00"), "2026-06-17T07:00:00Z", 2, "2026-06-17T11:00:00Z"),
        (office("09:00", "17:00"), "2026-06-15T16:00:00Z", 4, "2026-06-16T12:00:00Z"),
        (office("09:00", "17:00"), "2026-06-19T16:55:00Z", 24, "2026-06-24T16:55:00Z"),
        ("24x7", "2026-11-01T04:30:00Z", 4, "2026-11-01T08:30:00Z"),
        (
            {"zone": "America/New_York", "week": {"6": [["00:00", "24:00"]]}},
            "2026-11-01T04:30:00Z",
            4,
            "2026-11-01T08:30:00Z",
        ),
        # A gap: 02:30 is taken as 03:30, so the first span closes before it opens.
        (
            {"zone": "America/New_York", "week": {"6": [["02:30", "03:00"], ["05:00", "06:00"]]}},
            "2026-03-08T04:00:00Z",
            0.5,
            "2026-03-08T09:30:00Z",
        ),
        # A fold: 01:30 is the first of the two.
        (
            {"zone": "America/New_York", "week": {"6": [["01:30", "02:00"]]}},
            "2026-11-01T04:00:00Z",
            1.5,
            "2026-11-01T07:00:00Z",
        ),
    ],
)
def test_due(calendar: Any, start: str, hours: float, due: str) -> None:
    assert case(calendar, hours, start, (start, "opened"))["due"] == due


def test_two_books() -> None:
    short = case(
        office("09:00", "17:00"), 8, "2026-06-16T09:00:00Z", ("2026-06-15T14:00:00Z", "opened")
    )
    assert (short["elapsed_counted_s"], short["elapsed_wall_s"]) == (3 * HOUR, 19 * HOUR)
    long = case(
        office("08:00", "17:00"), 8, "2026-06-22T09:30:00Z", ("2026-06-19T21:00:00Z", "opened")
    )
    assert (long["elapsed_counted_s"], long["elapsed_wall_s"]) == (1.5 * HOUR, 60.5 * HOUR)
    assert round(100 * long["elapsed_counted_s"] / (8 * HOUR)) == 19


def test_only_an_analyst_responds_and_mail_moves_nothing() -> None:
    document = {
        "policy": {"metric": "first_response", "target_s": HOUR},
        "calendar": "24x7",
        "events": [
            {"id": "a", "at": "2026-06-15T09:00:00Z", "kind": "opened"},
            {"id": "b", "at": "2026-06-15T09:20:00Z", "kind": "responded", "actor": "customer"},
            {"id": "c", "at": "2026-06-15T09:30:00Z", "kind": "responded", "actor": "bot"},
            {"id": "d", "at": "2026-06-15T10:00:00Z", "kind": "responded"},
        ],
        "now": "2026-06-15T12:00:00Z",
    }
    (episode,) = replay(document)["episodes"]
    assert episode == {
        "metric": "first_response",
        "start": "2026-06-15T09:00:00Z",
        "stop": "2026-06-15T10:00:00Z",
        "due": "2026-06-15T10:00:00Z",
        "pauses": [],
        "outcome": "met",
        "elapsed_wall_s": HOUR,
        "elapsed_counted_s": HOUR,
        "reasons": [],
    }


def test_a_pause_moves_due_unless_it_begins_after_it() -> None:
    early = case(
        "24x7",
        4,
        "2026-06-15T20:00:00Z",
        ("2026-06-15T08:00:00Z", "opened"),
        ("2026-06-15T09:00:00Z", "paused"),
        ("2026-06-15T09:30:00Z", "paused"),
        ("2026-06-15T11:00:00Z", "resumed"),
        ("2026-06-15T11:30:00Z", "resumed"),
        ("2026-06-15T15:00:00Z", "paused"),
        ("2026-06-15T16:00:00Z", "resolved"),
    )
    assert early["due"] == "2026-06-15T14:00:00Z"
    assert early["pauses"] == [
        ["2026-06-15T09:00:00Z", "2026-06-15T11:00:00Z"],
        ["2026-06-15T15:00:00Z", "2026-06-15T16:00:00Z"],
    ]
    assert early["outcome"] == "breached_closed"
    assert early["elapsed_counted_s"] == 5 * HOUR


def test_a_breach_stays_one_while_paused() -> None:
    episode = case(
        "24x7",
        4,
        "2026-06-15T20:00:00Z",
        ("2026-06-15T08:00:00Z", "opened"),
        ("2026-06-15T13:00:00Z", "paused"),
    )
    assert (episode["outcome"], episode["due"]) == ("breached_open", None)


@pytest.mark.parametrize(
    "week", [{}, {"0": []}, {"0": [["09:00", "09:00"]]}, {"0": [["24:00", "24:00"]]}]
)
def test_a_calendar_without_an_open_span_raises(week: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no open span"):
        case({"zone": "UTC", "week": week}, 1, "2026-06-15T08:00:00Z", ("2026-06-15T08:00:00Z", ""))


@given(documents(), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_delivery_changes_nothing(document: dict[str, Any], random: Any) -> None:
    again = [*document["events"], *document["events"][:2]]
    random.shuffle(again)
    assert replay(document | {"events": again}) == replay(document)


@given(documents())
@settings(deadline=None)
def test_the_books_agree_with_each_other(document: dict[str, Any]) -> None:
    for episode in replay(document)["episodes"]:
        assert 0 <= episode["elapsed_counted_s"] <= episode["elapsed_wall_s"]
        assert (episode["due"] is None) == (
            episode["stop"] is None and bool(episode["pauses"]) and episode["pauses"][-1][1] is None
        )
        if episode["outcome"] in {"running", "breached_open"} and episode["due"]:
            due = datetime.fromisoformat(episode["due"])
            now = datetime.fromisoformat(document["now"])
            if episode["outcome"] == "breached_open":
                assert due < now
            if now < due:
                assert episode["outcome"] == "running"


@given(documents(plausible=True))
@settings(deadline=None)
def test_one_second_before_due_one_second_is_left(document: dict[str, Any]) -> None:
    (opening, *_) = (event for event in document["events"] if event["kind"] == "opened")
    start = datetime.fromisoformat(opening["at"]).replace(microsecond=0)
    target = document["policy"]["target_s"]

    def at(moment: datetime) -> dict[str, Any]:
        opened = {**opening, "at": start.isoformat()}
        return replay({**document, "events": [opened], "now": moment.isoformat()})["episodes"][0]

    due = datetime.fromisoformat(at(start)["due"])
    assert at(due)["elapsed_counted_s"] == target
    assert at(due - timedelta(seconds=1))["elapsed_counted_s"] == target - 1
