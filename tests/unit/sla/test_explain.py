"""Why a ticket is late or in time, told in both languages."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.sla.clock import ALWAYS, Event, Policy, evaluate
from desk.sla.explain import explain, span
from desk.sla.policies import in_use
from desk.tickets.clocks import clocks, explained
from tests.walks import random_log

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def told(events, *, at_hour, metric="processed", target_s=4 * 3600, language="en", recorded=None):
    now = NOON + at_hour * HOUR
    known = [
        Event(id=str(n), at=NOON + hours * HOUR, kind=kind, seq=n, **more)
        for n, (kind, hours, more) in enumerate(events)
    ]
    (episode,) = evaluate(known, Policy(metric=metric, target_s=target_s), now=now)
    steps = explain(
        episode, known, ALWAYS,
        target=timedelta(seconds=target_s), calendar_name="24x7", policy="2026-1",
        recorded=recorded or {}, now=now,
    )  # fmt: skip
    return [step.told(language) for step in steps]


def test_a_late_ticket_is_explained_line_by_line():
    events = [("opened", 0, {}), ("paused", 1, {}), ("resumed", 3, {}), ("resolved", 7, {})]
    assert told(events, at_hour=9) == [
        "The clock starts: the ticket was opened.",
        "Promised within 4 h, counted on 24x7 (policies 2026-1).",
        "The clock stands still: the ticket is on hold.",
        "The clock goes on after 2 h, which moves the deadline by 2 h of counted time.",
        "The clock stops: resolved by an analyst.",
        "Deadline: 2026-11-23 18:00:00 UTC.",
        "Late by 1 h: 5 h were used of 4 h (7 h by the wall clock).",
    ]


def test_the_same_in_spanish():
    lines = told([("opened", 0, {}), ("transferred", 1.5, {})], at_hour=9, language="es")
    assert lines == [
        "Empieza a contar el plazo: se abrió el caso.",
        "Plazo prometido: 4 h, según el calendario 24x7 (políticas 2026-1).",
        "El plazo termina: transferido a otra oficina por un analista.",
        "Fecha límite: 2026-11-23 16:00:00 UTC.",
        "A tiempo: se usaron 1 h 30 min de 4 h; sobraron 2 h 30 min (1 h 30 min de reloj).",
    ]


def test_what_does_not_count_is_said():
    events = [
        ("opened", 0, {}),
        ("responded", 0.1, {"actor": "bot"}),
        ("held_without_pause", 0.2, {}),
    ]
    lines = told(events, at_hour=1, metric="first_response", target_s=1800)
    assert lines[2:4] == [
        "A reply by the assistant does not count: only a person can keep this promise.",
        "The ticket is on hold, and this clock goes on all the same.",
    ]
    assert lines[-1].startswith("Late by 30 min and still open")


def test_what_was_written_down_late_is_said():
    lines = told(
        [("opened", 0, {}), ("resolved", 1, {})], at_hour=9, recorded={"1": NOON + 3 * HOUR}
    )
    assert lines[3] == "That was written down 2 h later."


def test_a_cancelled_clock_says_why_and_has_no_verdict():
    lines = told(
        [("opened", 0, {}), ("merged", 1, {"payload": {"reason": "duplicate"}})], at_hour=2
    )
    assert lines[-1] == (
        "The clock is cancelled and left out of the figures: a duplicate of another ticket."
    )


def test_on_hold_there_is_no_deadline():
    lines = told([("opened", 0, {}), ("paused", 1, {})], at_hour=20)
    assert lines[-1] == (
        "On hold: 1 h of 4 h have been used, 3 h are left. "
        "There is no deadline until the hold ends."
    )


@pytest.mark.parametrize(
    ("length", "shown"),
    [
        (timedelta(), "0 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(days=1, hours=2, minutes=3, seconds=4), "1 d 2 h 3 min 4 s"),
        (-timedelta(minutes=30), "30 min"),
    ],
)
def test_spans(length, shown):
    assert span(length) == shown


@given(st.integers(0, 10**6), st.integers(0, 10**6))
@settings(deadline=None)
def test_every_ticket_can_be_explained_in_both_languages(seed, wait):
    log = random_log(random.Random(seed), 15)
    now = log[-1].at + timedelta(seconds=wait)
    for clock in clocks(log, in_use(), now=now):
        for episode in clock.episodes:
            steps = explained(clock, episode, {}, now=now)
            for language in ("en", "es"):
                lines = [step.told(language) for step in steps]
                assert len(lines) >= 3
                assert not any("{" in line for line in lines)
