"""The clock of one metric: invariants I7 to I15 and I17, and what goes wrong elsewhere."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.sla.clock import ALWAYS, METRICS, Event, Policy, evaluate
from tests.unit.sla.calendars import calendars, instants, office, open_hours

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
FOUR_HOURS = Policy(metric="processed", target_s=4 * 3600)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TARGET = timedelta(hours=4)


def log(*lines, start=NOON):
    """Events as (kind, hours from the start) or (kind, hours, more)."""
    return [
        Event(
            id=str(number),
            at=start + timedelta(hours=hours),
            kind=kind,
            seq=number,
            **(more[0] if more else {}),
        )
        for number, (kind, hours, *more) in enumerate(lines)
    ]


def run(events, policy=FOUR_HOURS, *, at_hour=0.0, **more):
    return evaluate(events, policy, now=NOON + timedelta(hours=at_hour), **more)


def outcome(events, policy=FOUR_HOURS, *, at_hour, **more):
    return run(events, policy, at_hour=at_hour, **more)[-1].outcome


FIRST_RESPONSE = Policy(metric="first_response", target_s=1800)
NEXT_RESPONSE = Policy(metric="next_response", target_s=7200)
RESOLUTION = Policy(metric="resolution", target_s=86400)
BY_BOT, BY_CUSTOMER = {"actor": "bot"}, {"actor": "customer"}

pauses = st.lists(st.tuples(st.integers(0, 40_000), st.integers(0, 40_000)), max_size=4)
"""Pauses as (seconds to the next one, its length in seconds)."""


def with_pauses(start, gaps):
    events, at = [Event(id="o", at=start, kind="opened")], start
    for number, (wait, length) in enumerate(gaps):
        begin = at + wait * SECOND
        at = begin + length * SECOND
        events.append(Event(id=f"p{number}", at=begin, kind="paused", seq=2 * number + 1))
        events.append(Event(id=f"r{number}", at=at, kind="resumed", seq=2 * number + 2))
    return events, at


@given(calendars, instants, pauses)
def test_i7_pauses_move_due_by_the_time_they_would_have_counted(calendar, start, gaps):
    events, end = with_pauses(start, gaps)
    episode = evaluate(events, FOUR_HOURS, now=end, calendar=calendar)[0]
    moved = sum(
        (
            calendar.elapsed(min(pause.start, episode.due), min(pause.end, episode.due))
            for pause in episode.pauses
        ),
        timedelta(),
    )
    assert calendar.elapsed(start, episode.due) == TARGET + moved


@given(instants, pauses)
def test_i7_overlapping_and_repeated_pauses_count_once(start, gaps):
    events, end = with_pauses(start, gaps)
    again = [
        Event(id=f"{event.id}b", at=event.at, kind=event.kind, seq=event.seq)
        for event in events
        if event.kind == "paused"
    ]
    once, twice = (evaluate(known, FOUR_HOURS, now=end)[0] for known in (events, events + again))
    assert (once.due, once.counted, once.pauses) == (twice.due, twice.counted, twice.pauses)


@given(open_hours, instants, st.integers(0, 10**6))
def test_i7_a_pause_outside_the_hours_moves_nothing(calendar, start, wait):
    closing = calendar.add(start, HOUR)
    opening = calendar.add(closing, SECOND) - SECOND
    plain = [Event(id="o", at=start, kind="opened")]
    held = [
        *plain,
        Event(id="p", at=closing, kind="paused"),
        Event(id="r", at=opening, kind="resumed", seq=1),
    ]
    now = opening + wait * SECOND
    one, other = (
        evaluate(known, FOUR_HOURS, now=now, calendar=calendar)[0] for known in (plain, held)
    )
    assert (one.due, one.counted) == (other.due, other.counted)


@given(calendars, instants, pauses, st.lists(st.integers(0, 200_000), min_size=2, max_size=5))
def test_i8_counted_time_never_goes_back(calendar, start, gaps, waits):
    events, _ = with_pauses(start, gaps)
    counted = [
        evaluate(events, FOUR_HOURS, now=start + wait * SECOND, calendar=calendar)[0].counted
        for wait in sorted(waits)
    ]
    assert counted == sorted(counted)


@given(instants, st.integers(0, 10_000), st.integers(0, 10**6), st.integers(0, 10**6))
def test_i8_nothing_is_counted_while_paused_or_after_the_stop(start, begin, wait, longer):
    paused = [
        Event(id="o", at=start, kind="opened"),
        Event(id="p", at=start + begin * SECOND, kind="paused"),
    ]
    stopped = [*paused, Event(id="r", at=start + (begin + wait) * SECOND, kind="resolved")]
    for events in (paused, stopped):
        first, later = (
            evaluate(events, FOUR_HOURS, now=start + (begin + wait + more) * SECOND)[0]
            for more in (0, longer)
        )
        assert first.counted == later.counted == begin * SECOND


@given(calendars, instants, pauses, st.integers(0, 200_000), st.booleans())
def test_i9_met_is_counted_within_the_target_and_each_moment_has_one_outcome(
    calendar, start, gaps, wait, stops
):
    events, end = with_pauses(start, gaps)
    now = end + wait * SECOND
    if stops:
        events.append(Event(id="s", at=now, kind="resolved", seq=99))
    episode = evaluate(events, FOUR_HOURS, now=now, calendar=calendar)[0]
    late = episode.counted > TARGET
    expected = (
        ("breached_closed" if late else "met")
        if stops
        else ("breached_open" if late else "running")
    )
    assert episode.outcome == expected
    assert late == (calendar.elapsed(episode.due, now) > timedelta()) or episode.pauses


def test_a_stop_exactly_on_the_deadline_is_met():
    assert outcome(log(("opened", 0), ("resolved", 4)), at_hour=9) == "met"


def test_one_second_behind_the_deadline_is_late():
    assert outcome(log(("opened", 0), ("transferred", 4 + 1 / 3600)), at_hour=9) == (
        "breached_closed"
    )


def test_an_open_ticket_runs_up_to_its_deadline_and_is_late_behind_it():
    assert outcome(log(("opened", 0)), at_hour=4) == "running"
    assert outcome(log(("opened", 0)), at_hour=4 + 1 / 3600) == "breached_open"


def test_a_breach_stays_one_while_the_ticket_is_on_hold():
    events = log(("opened", 0), ("paused", 5))
    assert outcome(events, at_hour=50) == "breached_open"
    assert run(events, at_hour=50)[0].due is None


def test_on_hold_there_is_no_deadline_and_no_breach():
    (episode,) = run(log(("opened", 0), ("paused", 1)), at_hour=50)
    assert (episode.outcome, episode.due, episode.counted) == ("paused", None, HOUR)


def test_a_hold_that_begins_behind_the_deadline_moves_nothing():
    (episode,) = run(log(("opened", 0), ("paused", 5), ("resumed", 9)), at_hour=10)
    assert episode.due == NOON + 4 * HOUR


def test_resolving_ends_a_hold():
    (episode,) = run(log(("opened", 0), ("paused", 1), ("resolved", 9)), at_hour=10)
    assert (episode.outcome, episode.pauses[0].end) == ("met", NOON + 9 * HOUR)
    assert (episode.counted, episode.wall) == (HOUR, 9 * HOUR)


@given(calendars, instants, pauses, st.lists(st.integers(0, 100_000), max_size=6))
def test_i10_looking_often_or_seldom_changes_nothing(calendar, start, gaps, looks):
    events, end = with_pauses(start, gaps)
    for look in looks:
        evaluate(events, FOUR_HOURS, now=start + look * SECOND, calendar=calendar)
    last = [evaluate(events, FOUR_HOURS, now=end + HOUR, calendar=calendar) for _ in range(2)]
    assert last[0] == last[1]


def test_a_resolution_that_was_heard_of_late_counts_from_when_it_happened():
    events = log(("opened", 0), ("resolved", 3))
    assert outcome(events[:1], at_hour=6) == "breached_open"
    assert outcome(events, at_hour=6) == "met"


@given(
    start=instants,
    lines=st.lists(
        st.tuples(
            st.sampled_from(["responded", "paused", "resumed", "resolved", "reopened", "merged"]),
            st.integers(0, 40_000),
        ),
        max_size=8,
    ),
    metric=st.sampled_from(METRICS),
    wait=st.integers(0, 80_000),
    order=st.randoms(use_true_random=False),
)
def test_i11_and_i12_neither_repetition_nor_order_of_delivery_changes_anything(
    start, lines, metric, wait, order
):
    events = [Event(id="o", at=start, kind="opened")] + [
        Event(id=str(n), at=start + s * SECOND, kind=kind, seq=n + 1)
        for n, (kind, s) in enumerate(lines)
    ]
    delivered = events + events[: len(events) // 2]
    order.shuffle(delivered)
    policy, now = Policy(metric=metric, target_s=7200), start + wait * SECOND
    assert evaluate(events, policy, now=now) == evaluate(delivered, policy, now=now)


@given(instants, pauses, st.integers(1, 50_000), st.integers(0, 50_000), st.integers(0, 50_000))
def test_i14_a_new_target_keeps_start_and_pauses(start, gaps, target_s, at, wait):
    events, end = with_pauses(start, gaps)
    changed = Event(
        id="c",
        at=start + at * SECOND,
        kind="policy_changed",
        payload={"target_s": target_s},
        seq=50,
    )
    now = max(end, changed.at) + wait * SECOND
    (late_change,) = evaluate([*events, changed], FOUR_HOURS, now=now)
    (from_start,) = evaluate(events, Policy(metric="processed", target_s=target_s), now=now)
    for name in ("start", "pauses", "due", "outcome", "counted", "wall"):
        assert getattr(late_change, name) == getattr(from_start, name)


def test_i15_a_reopened_ticket_has_a_second_episode_and_keeps_the_first():
    events = log(("opened", 0), ("resolved", 2), ("reopened", 30), ("resolved", 60))
    before = run(events[:2], RESOLUTION, at_hour=60)
    first, second = run(events, RESOLUTION, at_hour=60)
    assert [first] == before
    assert (second.start, second.stop) == (NOON + 30 * HOUR, NOON + 60 * HOUR)
    assert second.outcome == "breached_closed"


def test_reopening_does_not_restart_what_was_processed():
    events = log(("opened", 0), ("resolved", 2), ("reopened", 3))
    (episode,) = run(events, at_hour=20)
    assert episode.outcome == "met"


@given(start=instants, stop=st.integers(0, 40_000), later=st.integers(0, 10**7))
def test_what_is_decided_stays_decided(start, stop, later):
    events = [
        Event(id="o", at=start, kind="opened"),
        Event(id="r", at=start + stop * SECOND, kind="resolved", seq=1),
    ]
    first, again = (
        evaluate(events, FOUR_HOURS, now=start + (stop + more) * SECOND) for more in (0, later)
    )
    assert first == again


def test_i17_neither_the_assistant_nor_the_customer_responds():
    events = log(("opened", 0), ("responded", 0.1, BY_BOT), ("responded", 0.2, BY_CUSTOMER))
    assert outcome(events, FIRST_RESPONSE, at_hour=0.4) == "running"
    assert outcome(events, FIRST_RESPONSE, at_hour=1) == "breached_open"
    answered = [*events, *log(("opened", 0), ("noted", 0), ("n", 0), ("responded", 0.45))[3:]]
    assert outcome(answered, FIRST_RESPONSE, at_hour=1) == "met"


def test_i18_notes_start_and_satisfy_nothing():
    events = log(("opened", 0), ("noted", 0.1), ("assigned", 0.2), ("watched", 0.3))
    assert outcome(events, FIRST_RESPONSE, at_hour=1) == "breached_open"
    assert run(events, NEXT_RESPONSE, at_hour=1) == []


def test_further_mails_of_the_customer_do_not_move_the_first_response():
    events = log(("opened", 0), ("asked", 0.3, BY_CUSTOMER), ("asked", 0.5, BY_CUSTOMER))
    assert run(events, FIRST_RESPONSE, at_hour=0.6)[0].due == NOON + 30 * MINUTE


def test_each_turn_of_the_customer_that_waits_has_an_episode():
    events = log(
        ("opened", 0),
        ("asked", 1, BY_CUSTOMER),
        ("asked", 2, BY_CUSTOMER),
        ("responded", 2.5),
        ("asked", 5, BY_CUSTOMER),
    )
    first, second = run(events, NEXT_RESPONSE, at_hour=8)
    assert (first.start, first.outcome) == (NOON + HOUR, "met")
    assert (second.start, second.outcome) == (NOON + 5 * HOUR, "breached_open")


def test_a_reply_does_not_stop_what_only_a_disposition_stops():
    events = log(("opened", 0), ("responded", 1))
    assert outcome(events, at_hour=5) == "breached_open"


def test_a_merged_ticket_has_no_live_clock():
    for metric in ("processed", "first_response", "resolution"):
        (episode,) = run(
            log(("opened", 0), ("merged", 1), ("resolved", 2)),
            Policy(metric=metric, target_s=60),
            at_hour=99,
        )
        assert (episode.outcome, episode.reasons[-1]) == ("cancelled", "merged")
        assert episode.stop == NOON + HOUR


def test_events_after_now_are_not_known_yet():
    assert outcome(log(("opened", 0), ("resolved", 2)), at_hour=1) == "running"
    assert run(log(("opened", 1)), at_hour=0.5) == []


def test_a_warning_lies_at_its_share_of_the_counted_target():
    calendar = office(9, 17)
    opened = datetime(2026, 11, 20, 15, tzinfo=UTC)
    events = [
        Event(id="o", at=opened, kind="opened"),
        Event(id="p", at=opened + HOUR, kind="paused"),
        Event(id="r", at=opened + 1.5 * HOUR, kind="resumed", seq=1),
    ]
    (episode,) = evaluate(events, FOUR_HOURS, now=opened + 1.6 * HOUR, calendar=calendar)
    assert episode.due_at(0.25, calendar) == opened + HOUR
    assert episode.due_at(0.5, calendar) == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    assert episode.due_at(1.0, calendar) == episode.due


@pytest.mark.parametrize(("metric", "target_s"), [("speed", 1), ("processed", -1)])
def test_a_policy_that_cannot_be_is_refused(metric, target_s):
    with pytest.raises(ValueError, match=r"metric|target"):
        Policy(metric=metric, target_s=target_s)


def test_on_24x7_counted_time_is_wall_time():
    (episode,) = run(log(("opened", 0), ("resolved", 1.25)), at_hour=2, calendar=ALWAYS)
    assert episode.counted == episode.wall == 1.25 * HOUR
