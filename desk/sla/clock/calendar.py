"""Calendars: which stretches of time count.

A calendar is a set of half-open spans of UTC. `ALWAYS` is the desk's own promise, every hour of
every day; a `WeekCalendar` is made of local rules in a named zone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

_ZERO = timedelta()
_DAY = timedelta(days=1)
_EPOCH = datetime(2000, 1, 3, tzinfo=UTC)
_CHUNK = timedelta(days=28)
"""Spans are made and kept for this long a stretch at a time."""

Span = tuple[datetime, datetime]


class NeverOpen(ValueError):
    """A calendar without any open span, on which no deadline could ever be reached."""


class Calendar(Protocol):
    """What a clock asks of a calendar."""

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """The open time between two instants; nothing when `end` is not behind `start`."""

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """The least instant, not before `start`, by which `amount` of open time has passed."""


@dataclass(frozen=True)
class Always:
    """Every hour of every day; it knows no holidays."""

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """All the time between two instants."""
        # Two instants of the same zone would be subtracted by their wall clocks.
        return max(end.astimezone(UTC) - start.astimezone(UTC), _ZERO)

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """`amount` later, in UTC."""
        return start.astimezone(UTC) + amount


ALWAYS = Always()


@dataclass(frozen=True, kw_only=True)
class WeekCalendar:
    """Opening hours of a week in a named zone, closed on holidays.

    Local times in a gap or a fold of daylight saving time are taken with `fold=0` (PEP 495).

    Raises:
        NeverOpen: no day of the week has any hours.
        ValueError: hours that end before they begin, or a weekday that is not 0 (Monday) to 6.
        zoneinfo.ZoneInfoNotFoundError: no such zone.
    """

    zone: str
    week: Mapping[int, Sequence[tuple[timedelta, timedelta]]]
    """By weekday, Monday is 0: opening and closing as time since local midnight, at most 24 h."""
    holidays: frozenset[date] = frozenset()
    _chunks: dict[int, list[Span]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        ZoneInfo(self.zone)
        for weekday, hours in self.week.items():
            if weekday not in range(7):
                raise ValueError(f"weekday {weekday} is not one of 0 (Monday) to 6")
            for opens, closes in hours:
                if not _ZERO <= opens < closes <= _DAY:
                    raise ValueError(f"hours of weekday {weekday} do not lie within one day")
        if not any(self.week.values()):
            raise NeverOpen("the calendar has no open hours")

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """The open time between two instants; nothing when `end` is not behind `start`."""
        start, end, total = start.astimezone(UTC), end.astimezone(UTC), _ZERO
        for opens, closes in self._spans(start):
            if opens >= end:
                break
            total += max(min(closes, end) - max(opens, start), _ZERO)
        return total

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """The least instant, not before `start`, by which `amount` of open time has passed.

        Raises:
            OverflowError: it lies behind the year 9999.
        """
        start = start.astimezone(UTC)
        if amount <= _ZERO:
            return start
        for opens, closes in self._spans(start):
            begin = max(opens, start)
            if closes - begin >= amount:
                return begin + amount
            amount -= max(closes - begin, _ZERO)
        raise AssertionError("spans never end")

    def _spans(self, start: datetime) -> Iterator[Span]:
        """The open spans that end behind `start`, in order, without an end."""
        number = (start - _EPOCH) // _CHUNK
        while True:
            for span in self._chunk(number):
                if span[1] > start:
                    yield span
            number += 1

    def _chunk(self, number: int) -> list[Span]:
        """The spans of one stretch, disjoint and in order."""
        known = self._chunks.get(number)
        if known is None:
            begin = _EPOCH + number * _CHUNK
            known = self._chunks[number] = list(self._make(begin, begin + _CHUNK))
        return known

    def _make(self, begin: datetime, end: datetime) -> Iterator[Span]:
        zone = ZoneInfo(self.zone)
        # A local date begins up to a day before or after the same date in UTC, and a zone that
        # moves across the date line repeats or drops a whole one.
        first, last = (begin - 2 * _DAY).date(), (end + 2 * _DAY).date()
        days = (first + _DAY * offset for offset in range((last - first).days + 1))
        spans = sorted(span for day in days for span in self._of_day(day, zone))
        open_until = begin
        for opens, closes in spans:
            # Hours that touch a gap can overlap others; what overlaps counts once.
            opens, closes = max(opens, open_until), min(closes, end)  # noqa: PLW2901
            if opens < closes:
                yield opens, closes
                open_until = closes

    def _of_day(self, day: date, zone: ZoneInfo) -> Iterator[Span]:
        if day in self.holidays:
            return
        for opens, closes in self.week.get(day.weekday(), ()):
            yield _instant(day, opens, zone), _instant(day, closes, zone)


def _instant(day: date, since_midnight: timedelta, zone: ZoneInfo) -> datetime:
    local = datetime.combine(day, time()) + since_midnight
    return local.replace(tzinfo=zone).astimezone(UTC)
