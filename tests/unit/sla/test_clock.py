from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from desk.sla.clock import Event, Policy, evaluate

FOUR_HOURS = Policy(metric="processed", target_s=4 * 3600)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

instants = st.datetimes(
    min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1), timezones=st.just(UTC)
)


def log(*kinds_and_hours: tuple[str, float]) -> list[Event]:
    return [
        Event(id=str(number), at=NOON + timedelta(hours=hours), kind=kind, seq=number)
        for number, (kind, hours) in enumerate(kinds_and_hours)
    ]


def outcome(events: list[Event], *, at_hour: float) -> str:
    return evaluate(events, FOUR_HOURS, now=NOON + timedelta(hours=at_hour))[0].outcome


def test_an_open_ticket_runs_until_four_hours_have_passed():
    assert outcome(log(("opened", 0)), at_hour=3.99) == "running"
    assert outcome(log(("opened", 0)), at_hour=4.01) == "breached_open"


def test_a_stop_exactly_on_the_deadline_is_met():
    assert outcome(log(("opened", 0), ("resolved", 4)), at_hour=9) == "met"


def test_a_late_stop_is_a_breach_for_ever():
    assert outcome(log(("opened", 0), ("transferred", 4.001)), at_hour=9) == "breached_closed"


def test_a_merged_ticket_is_cancelled():
    assert outcome(log(("opened", 0), ("merged", 1)), at_hour=9) == "cancelled"


def test_events_after_now_are_not_known_yet():
    assert outcome(log(("opened", 0), ("resolved", 2)), at_hour=1) == "running"


def test_the_due_time_is_four_real_hours_later_across_the_end_of_daylight_saving_time():
    half_past_midnight = datetime(2026, 11, 1, 0, 30, tzinfo=ZoneInfo("America/New_York"))
    opened = Event(id="1", at=half_past_midnight, kind="opened")
    due = evaluate([opened], FOUR_HOURS, now=half_past_midnight)[0].due
    assert due.astimezone(ZoneInfo("America/New_York")).strftime("%H:%M %Z") == "03:30 EST"


def test_before_the_opening_there_is_no_episode():
    events = log(("opened", 1), ("resolved", 2))
    assert evaluate(events, FOUR_HOURS, now=NOON + timedelta(hours=0.5)) == []


@given(
    start=instants,
    stops=st.lists(
        st.tuples(
            st.sampled_from(["resolved", "transferred", "merged", "assigned"]),
            st.integers(0, 40_000),
        ),
        max_size=5,
    ),
    wait=st.integers(0, 80_000),
    order=st.randoms(),
)
def test_neither_order_nor_repetition_of_events_changes_the_result(start, stops, wait, order):
    events = [Event(id="o", at=start, kind="opened")] + [
        Event(id=str(n), at=start + timedelta(seconds=s), kind=kind, seq=n + 1)
        for n, (kind, s) in enumerate(stops)
    ]
    shuffled = events + events[:2]
    order.shuffle(shuffled)
    now = start + timedelta(seconds=wait)
    assert evaluate(events, FOUR_HOURS, now=now) == evaluate(shuffled, FOUR_HOURS, now=now)


@given(start=instants, stop=st.integers(0, 40_000), later=st.integers(0, 10**7))
def test_what_is_decided_stays_decided(start, stop, later):
    events = [
        Event(id="o", at=start, kind="opened"),
        Event(id="r", at=start + timedelta(seconds=stop), kind="resolved", seq=1),
    ]
    first = evaluate(events, FOUR_HOURS, now=start + timedelta(seconds=stop))
    again = evaluate(events, FOUR_HOURS, now=start + timedelta(seconds=stop + later))
    assert first == again
    assert first[0].outcome == ("met" if stop <= 4 * 3600 else "breached_closed")
