"""Calendars and instants for properties: six zones, changes of time, leap days, holidays."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from desk.sla.clock import ALWAYS, WeekCalendar

ZONES = (
    "America/New_York",
    "America/Los_Angeles",
    "America/Puerto_Rico",
    "America/Mexico_City",
    "Europe/Madrid",
    "Australia/Lord_Howe",
)
_QUARTER = timedelta(minutes=15)
_TURNS = [
    datetime(2026, 3, 8, 7, tzinfo=UTC),  # New York springs forward
    datetime(2026, 11, 1, 6, tzinfo=UTC),  # New York falls back
    datetime(2026, 3, 29, 1, tzinfo=UTC),  # Madrid springs forward
    datetime(2026, 10, 3, 15, 30, tzinfo=UTC),  # Lord Howe, by half an hour
    datetime(2028, 2, 29, 12, tzinfo=UTC),  # a leap day
    datetime(2026, 12, 31, 23, 59, tzinfo=UTC),
]

spans = st.integers(0, 30 * 24 * 3600).map(lambda seconds: timedelta(seconds=seconds))
"""Up to a month, to the second."""
instants = st.builds(
    lambda turn, off: turn + off,
    st.sampled_from(_TURNS),
    st.integers(-5 * 86400, 5 * 86400).map(lambda seconds: timedelta(seconds=seconds)),
)


@st.composite
def days(draw: st.DrawFn) -> tuple[tuple[timedelta, timedelta], ...]:
    """The hours of a day: one span, or two with a lunch break."""
    marks = draw(st.lists(st.integers(0, 96), min_size=2, max_size=4, unique=True).map(sorted))
    pairs = list(zip(marks[::2], marks[1::2], strict=False))
    return tuple((opens * _QUARTER, closes * _QUARTER) for opens, closes in pairs)


weeks = st.dictionaries(st.integers(0, 6), days(), min_size=1, max_size=7)

open_hours = st.builds(
    WeekCalendar,
    zone=st.sampled_from(ZONES),
    week=weeks,
    holidays=st.frozensets(
        st.dates(min_value=date(2026, 1, 1), max_value=date(2028, 12, 31)), max_size=5
    ),
)
calendars = st.one_of(st.just(ALWAYS), open_hours)


def hours(opens: float, closes: float) -> tuple[tuple[timedelta, timedelta], ...]:
    return ((timedelta(hours=opens), timedelta(hours=closes)),)


def office(opens: float, closes: float, *, zone: str = "UTC", last: int = 4) -> WeekCalendar:
    """The same hours from Monday to a last weekday."""
    return WeekCalendar(zone=zone, week={day: hours(opens, closes) for day in range(last + 1)})
