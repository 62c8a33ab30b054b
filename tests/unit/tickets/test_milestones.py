"""What there is to tell at a moment, from the milestones of an episode and what was told before."""

from datetime import datetime, timedelta

import pytest

from desk.sla.policies import in_use
from desk.tickets.clocks import clocks
from desk.tickets.milestones import milestones, next_at, to_tell
from tests.unit.tickets.conftest import NOON
from tests.walks import line, opening_line

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
PROCESSED = ("processed", 1)
"""Four hours: warnings after 3 and 3.6 hours, an escalation after five."""


def runs(*lines, now):
    return milestones(7, clocks([opening_line(NOON), *lines], in_use(), now=now))


def told_at(hours: float, told: dict[str, str] | None = None) -> list[str]:
    """Topic and share of what is to be told of a ticket opened at noon, so many hours later."""
    now = NOON + hours * HOUR
    found = to_tell(runs(now=now)[PROCESSED], told or {}, now=now)
    return [f"{milestone.topic} {milestone.share:g}" for milestone in found]


def as_told(run) -> dict[str, str]:
    return {milestone.subject: milestone.edition for milestone in run}


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        (2.99, []),
        (3, ["sla.warning 0.75"]),
        (3.5, ["sla.warning 0.75"]),
        (3.6, ["sla.warning 0.9"]),
        (4, ["sla.warning 0.9"]),
        (4 + 1 / 3600, ["sla.breached 1"]),
        (5 + 1 / 3600, ["sla.breached 1", "sla.escalated 1.25"]),
        (500, ["sla.breached 1", "sla.escalated 1.25"]),
    ],
)
def test_of_warnings_the_highest_is_told_and_none_after_the_deadline(hours, told):
    assert told_at(hours) == told


def test_a_stop_on_the_deadline_is_met_so_that_a_breach_is_told_a_second_later():
    run = runs(now=NOON)[PROCESSED]
    assert [milestone.at - NOON for milestone in run] == [
        3 * HOUR,
        3.6 * HOUR,
        4 * HOUR + SECOND,
        5 * HOUR + SECOND,
    ]


def test_what_was_told_is_not_told_again():
    told = as_told(runs(now=NOON)[PROCESSED][1:3])
    assert told_at(3.7, told) == []
    assert told_at(6, told) == ["sla.escalated 1.25"]


def test_a_deadline_that_has_moved_earlier_is_not_told_again_and_a_later_one_is():
    run = runs(now=NOON)[PROCESSED]
    later = {subject: edition.replace("T16", "T17") for subject, edition in as_told(run).items()}
    assert told_at(3.7, later) == told_at(6, later) == []
    earlier = {subject: edition.replace("T16", "T15") for subject, edition in as_told(run).items()}
    assert told_at(3.7, earlier) == ["sla.warning 0.9"]


def test_the_next_instant_is_that_of_the_next_untold_milestone():
    run = runs(now=NOON)[PROCESSED]
    told = as_told(run[1:2])
    assert next_at(run, {}, now=NOON) == NOON + 3 * HOUR
    assert next_at(run, told, now=NOON + 3 * HOUR) == NOON + 4 * HOUR + SECOND
    assert next_at(run, {}, now=NOON + 6 * HOUR) is None


def test_a_later_deadline_has_the_greater_edition():
    instants = [
        datetime.fromisoformat(text)
        for text in ("2026-09-30T23:59:59Z", "2026-10-01T00:00Z", "2026-10-01T00:00:00.000001Z")
    ]
    editions = [runs_due(at) for at in instants]
    assert editions == sorted(editions)
    assert len({len(edition) for edition in editions}) == 1


def runs_due(due: datetime) -> str:
    log = [opening_line(due - 4 * HOUR)]
    run = milestones(7, clocks(log, in_use(), now=due))[PROCESSED]
    assert run[0].due == due
    return run[0].edition


def test_nothing_runs_on_a_clock_that_has_stopped_or_stands_still():
    hold = line(2, NOON + HOUR, "paused", reason="user")
    assert PROCESSED not in runs(hold, now=NOON + 9 * HOUR)
    assert ("first_response", 1) in runs(hold, now=NOON + 9 * HOUR)
    done = line(2, NOON + HOUR, "resolved", reason="done")
    assert runs(done, now=NOON + 9 * HOUR) == {}
