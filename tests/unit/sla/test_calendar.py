"""Which time counts: invariants I1 to I6, I19 and I22 of the service levels, and known cases."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from desk.sla.clock import ALWAYS, NeverOpen, WeekCalendar
from tests.unit.sla.calendars import (
    ZONES,
    calendars,
    hours,
    instants,
    office,
    open_hours,
    spans,
    weeks,
)

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
NEW_YORK = ZoneInfo("America/New_York")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@given(calendars, instants, spans)
def test_i1_what_is_added_has_elapsed(calendar, start, amount):
    assert calendar.elapsed(start, calendar.add(start, amount)) == amount


@given(calendars, instants, spans, spans)
def test_i2_elapsed_time_adds_up(calendar, start, first, second):
    middle, end = start + first, start + first + second
    whole = calendar.elapsed(start, end)
    assert whole == calendar.elapsed(start, middle) + calendar.elapsed(middle, end)


@given(calendars, instants, spans)
def test_i3_no_more_counts_than_passes(calendar, start, length):
    counted = calendar.elapsed(start, start + length)
    assert timedelta() <= counted <= length
    assert ALWAYS.elapsed(start, start + length) == length


@given(calendars, instants, spans, spans)
def test_i4_more_is_later(calendar, start, amount, more):
    assume(more)
    assert calendar.add(start, amount) < calendar.add(start, amount + more)


@given(calendars, instants, spans)
def test_i4_and_i5_nothing_earlier_would_do(calendar, start, amount):
    assume(amount)
    due = calendar.add(start, amount)
    assert calendar.elapsed(start, due - SECOND) == amount - SECOND


@pytest.mark.parametrize("week", [{}, {0: ()}, {0: (), 6: ()}])
def test_i6_a_calendar_that_is_never_open_is_refused(week):
    with pytest.raises(NeverOpen):
        WeekCalendar(zone="UTC", week=week)


@pytest.mark.parametrize(
    "week",
    [
        {0: hours(17, 9)},
        {0: hours(9, 9)},
        {0: hours(9, 25)},
        {7: hours(9, 17)},
        {-1: hours(9, 17)},
    ],
)
def test_hours_that_cannot_be_are_refused(week):
    with pytest.raises(ValueError, match="weekday"):
        WeekCalendar(zone="UTC", week=week)


def test_a_zone_that_there_is_not_is_refused():
    with pytest.raises(LookupError):
        WeekCalendar(zone="America/Springfield", week={0: hours(9, 17)})


@given(calendars, instants, spans, st.sampled_from(ZONES))
@example(ALWAYS, utc("2026-03-29T00:59:59"), SECOND, "Europe/Madrid")
def test_i19_the_zone_that_an_instant_is_shown_in_changes_nothing(calendar, start, amount, zone):
    shown = start.astimezone(ZoneInfo(zone))
    assert calendar.add(shown, amount) == calendar.add(start, amount)
    later = start + amount
    assert calendar.elapsed(shown, later.astimezone(ZoneInfo(zone))) == calendar.elapsed(
        start, later
    )


@given(weeks, st.integers(0, 28 * 86400), spans)
def test_i22_four_weeks_later_is_due_four_weeks_later(week, offset, amount):
    # Puerto Rico knows no daylight saving time.
    calendar = WeekCalendar(zone="America/Puerto_Rico", week=week)
    start = utc("2026-05-04") + timedelta(seconds=offset)
    later = calendar.add(start + 28 * DAY, amount)
    assert later == calendar.add(start, amount) + 28 * DAY


@given(open_hours, instants, spans)
def test_overlapping_hours_count_once(calendar, start, length):
    doubled = WeekCalendar(
        zone=calendar.zone,
        week={day: (*of_day, *of_day) for day, of_day in calendar.week.items()},
        holidays=calendar.holidays,
    )
    assert doubled.elapsed(start, start + length) == calendar.elapsed(start, start + length)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("month", [3, 4, 10, 11])
def test_a_whole_day_lasts_what_it_lasts_in_its_zone(zone, month):
    always_open = WeekCalendar(zone=zone, week={day: hours(0, 24) for day in range(7)})
    for day in range(1, 29):
        midnight = datetime(2026, month, day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        next_midnight = datetime(2026, month, day + 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        assert always_open.elapsed(midnight, next_midnight) == next_midnight - midnight


@pytest.mark.parametrize(
    ("zone", "day", "length"),
    [
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("America/Los_Angeles", date(2026, 3, 8), 23),
        ("America/Puerto_Rico", date(2026, 3, 8), 24),
        ("America/Mexico_City", date(2026, 4, 5), 24),
        ("Europe/Madrid", date(2026, 10, 25), 25),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
    ],
)
def test_a_day_of_change_is_longer_or_shorter(zone, day, length):
    always_open = WeekCalendar(zone=zone, week={weekday: hours(0, 24) for weekday in range(7)})
    noon_before = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    counted = always_open.elapsed(noon_before - DAY, noon_before + 2 * DAY) - 2 * DAY
    assert counted == 24 * HOUR
    next_midnight = datetime(*(day + DAY).timetuple()[:3], tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert always_open.elapsed(noon_before, next_midnight) == length * HOUR


def test_hours_inside_a_gap_are_shifted_and_vanish_when_nothing_is_left():
    # At 02:00 on 8 March 2026 New York's clocks go to 03:00.
    shifted = WeekCalendar(zone="America/New_York", week={6: hours(2, 4)})
    midnight = datetime(2026, 3, 8, tzinfo=NEW_YORK).astimezone(UTC)
    assert shifted.elapsed(midnight, midnight + DAY) == HOUR
    inverted = WeekCalendar(zone="America/New_York", week={6: hours(2.5, 3)})
    assert inverted.elapsed(midnight, midnight + DAY) == timedelta()


def test_a_leap_day_counts_and_a_holiday_does_not():
    week = {day: hours(9, 17) for day in range(7)}
    start = utc("2028-02-28T17:00")
    assert WeekCalendar(zone="UTC", week=week).add(start, 8 * HOUR) == utc("2028-02-29T17:00")
    closed = WeekCalendar(zone="UTC", week=week, holidays=frozenset([date(2028, 2, 29)]))
    assert closed.add(start, 8 * HOUR) == utc("2028-03-01T17:00")


def test_a_lunch_break_does_not_count():
    calendar = WeekCalendar(
        zone="UTC", week={day: (*hours(8, 12), *hours(13, 17)) for day in range(5)}
    )
    assert calendar.add(utc("2026-11-23T11:00"), 2 * HOUR) == utc("2026-11-23T14:00")


@pytest.mark.parametrize(
    ("calendar", "start", "amount", "due"),
    [
        pytest.param(
            office(9, 17), "2026-11-23T09:00", 24 * HOUR, "2026-11-25T17:00",
            id="24 h on 9-17 are three working days (ServiceNow)",
        ),
        pytest.param(
            office(9, 17), "2026-11-20T16:30", HOUR, "2026-11-23T09:30",
            id="Friday 16:30 + 1 h is Monday 09:30 (Chatwoot 13392)",
        ),
        pytest.param(
            office(9, 17), "2026-11-25T07:00", 2 * HOUR, "2026-11-25T11:00",
            id="Wednesday 07:00 + 2 h is 11:00 (Chatwoot 13392)",
        ),
        pytest.param(
            office(9, 17), "2026-11-24T16:00", 4 * HOUR, "2026-11-25T12:00",
            id="16:00 + 4 h is the next day at 12:00 (FreeScout 3756)",
        ),
        pytest.param(
            office(9, 17), "2026-11-20T16:55", 24 * HOUR, "2026-11-25T16:55",
            id="Friday 16:55 + 24 office hours is Wednesday 16:55",
        ),
    ],
)  # fmt: skip
def test_golden_due_times(calendar, start, amount, due):
    assert calendar.add(utc(start), amount) == utc(due)


@pytest.mark.parametrize(
    ("calendar", "start", "end", "counted", "wall"),
    [
        pytest.param(
            office(9, 17), "2026-11-24T14:00", "2026-11-25T09:00", 3, 19,
            id="14:00 to 09:00 on 9-17: 3 h of business, 19 h of time (ServiceNow)",
        ),
        pytest.param(
            office(8, 17), "2026-11-20T21:00", "2026-11-23T09:30", 1.5, 60.5,
            id="Friday 21:00 to Monday 09:30 on 8-17: 1.5 h and 60.5 h (ServiceNow)",
        ),
    ],
)  # fmt: skip
def test_golden_books(calendar, start, end, counted, wall):
    assert calendar.elapsed(utc(start), utc(end)) == counted * HOUR
    assert ALWAYS.elapsed(utc(start), utc(end)) == wall * HOUR


def test_four_hours_across_the_end_of_daylight_saving_time_are_four_real_hours():
    half_past_midnight = datetime(2026, 11, 1, 0, 30, tzinfo=NEW_YORK)
    due = ALWAYS.add(half_past_midnight, 4 * HOUR).astimezone(NEW_YORK)
    assert due.strftime("%H:%M %Z") == "03:30 EST"
