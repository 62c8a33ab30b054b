"""What is told of a wait, whatever the past was."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.conversations.expectation import (
    ENDED,
    SILENCE,
    TAKEN,
    Expectation,
    Place,
    Wait,
    Waits,
    expect,
    with_places,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PRIORITIES = ("urgent", "high", "normal", "low")


def wait(
    came: float, lasted: float | None, *, language: str = "en", priority: str = "normal"
) -> Wait:
    """Of somebody who came so many minutes before `NOW`."""
    opened = NOW - timedelta(minutes=came)
    taken = None if lasted is None else opened + timedelta(minutes=lasted)
    return Wait(opened=opened, taken=taken, language=language, priority=priority)


def steady(*, every: float, lasts: float, hours: float = 10, **kind: str) -> list[Wait]:
    """One comes every so many minutes, and waits so long."""
    return [
        wait(lasts + number * every, lasts, **kind) for number in range(int(hours * 60 / every))
    ]


def told(past: list[Wait], number: int = 1, *, now: datetime = NOW, **kind: str) -> Expectation:
    place = Place(number=number, **({"language": "en", "priority": "normal"} | kind))
    found = expect(place, Waits(past=past, now=now))
    assert found is not None
    return found


languages = st.sampled_from(("en", "es"))
some_waits = st.builds(
    lambda came, share, language, priority: wait(
        came, None if share is None else came * share, language=language, priority=priority
    ),
    st.floats(0, 24 * 60),
    st.none() | st.floats(0, 1),
    languages,
    st.sampled_from(PRIORITIES),
)
some_places = st.builds(
    Place, number=st.integers(1, 40), language=languages, priority=st.sampled_from(PRIORITIES)
)
busy_pasts = st.builds(
    lambda base, rest: [*base, *rest],
    st.builds(
        lambda every, lasts: steady(every=every, lasts=lasts),
        st.floats(1, 20),
        st.floats(0.5, 120),
    ),
    st.lists(some_waits, max_size=40),
)


@given(st.lists(some_waits, max_size=60), some_places)
def test_whatever_the_past_the_interval_holds_what_is_told(past, place):
    found = expect(place, Waits(past=past, now=NOW))
    assert found is None or 0 <= found.wait_low_s <= found.wait_s <= found.wait_high_s


@given(busy_pasts, some_places, st.integers(1, 20))
def test_with_more_people_ahead_nobody_waits_less(past, place, more):
    waits = Waits(past=past, now=NOW)
    here, behind = expect(place, waits), expect(replace(place, number=place.number + more), waits)
    assert here is not None
    assert behind is not None
    assert here.wait_low_s <= behind.wait_low_s
    assert here.wait_s <= behind.wait_s
    assert here.wait_high_s <= behind.wait_high_s


@given(st.lists(some_waits, max_size=30), some_places, st.randoms())
def test_the_order_in_which_waits_are_read_does_not_matter(past, place, chance):
    mixed = chance.sample(past, len(past))
    assert expect(place, Waits(past=mixed, now=NOW)) == expect(place, Waits(past=past, now=NOW))


@given(st.lists(some_waits, min_size=1, max_size=30, unique_by=lambda one: one.opened))
def test_everybody_begins_behind_those_who_are_served_before_them(past):
    for one, number in with_places(past):
        ahead = [
            other
            for other in past
            if other.opened < one.opened
            and (other.taken is None or other.taken > one.opened)
            and PRIORITIES.index(other.priority) <= PRIORITIES.index(one.priority)
        ]
        assert number == 1 + len(ahead)


def test_a_steady_desk_keeps_what_it_tells():
    # One every six minutes, each of whom waits for half an hour with four others ahead.
    found = told(steady(every=6, lasts=30), 5)
    assert found.wait_s == pytest.approx(30 * 60, rel=0.1)
    assert found.wait_low_s == pytest.approx(found.wait_high_s, rel=0.01)


def test_a_desk_that_has_become_slower_tells_more():
    before = [one for one in steady(every=4, lasts=20) if one.taken < NOW - timedelta(hours=1)]
    slow = [wait(20 + number * 10, 20) for number in range(6)]
    assert told([*before, *slow], 3).wait_s > 1.5 * told(steady(every=4, lasts=20), 3).wait_s


def test_whose_language_fewer_speak_is_told_more():
    english = steady(every=6, lasts=10)
    spanish = steady(every=20, lasts=40, language="es")
    past = [*english, *spanish]
    assert told(past, 2, language="es").wait_s > 2 * told(past, 2).wait_s


def test_those_who_still_wait_are_not_forgotten():
    past = steady(every=6, lasts=30)
    stuck = [wait(120 + number, None) for number in range(30)]
    assert told([*past, *stuck], 5).wait_high_s > told(past, 5).wait_high_s


def test_nothing_is_told_before_enough_waits_are_over():
    past = steady(every=5, lasts=20)
    place = Place(number=1, language="en", priority="normal")
    assert expect(place, Waits(past=[], now=NOW)) is None
    assert expect(place, Waits(past=past[: TAKEN - 1], now=NOW)) is None
    assert expect(place, Waits(past=past[:ENDED], now=NOW)) is None
    assert expect(place, Waits(past=past, now=NOW)) is not None


def test_nothing_is_told_when_nobody_has_been_taken_over_for_some_time():
    past = steady(every=5, lasts=20)
    place = Place(number=1, language="en", priority="normal")
    silent = NOW + SILENCE + timedelta(seconds=1)
    assert expect(place, Waits(past=past, now=NOW + SILENCE)) is not None
    assert expect(place, Waits(past=past, now=silent)) is None


def test_nothing_is_told_of_take_overs_that_lie_too_far_apart():
    past = steady(every=29, lasts=28, hours=60)
    place = Place(number=1, language="en", priority="normal")
    assert expect(place, Waits(past=past, now=NOW)) is not None
    assert expect(place, Waits(past=steady(every=31, lasts=30, hours=60), now=NOW)) is None
