"""Opening hours as data: what a calendar is written down as."""

from datetime import date, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from desk.sla.clock import WeekCalendar

_TIME = Annotated[str, Field(pattern=r"^(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?$|^24:00(?::00)?$")]


class Hours(BaseModel):
    """A calendar as data: opening hours in local time, by weekday from 0, Monday.

    A day may close at 24:00, and no span crosses midnight.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    zone: str
    week: dict[
        Annotated[int, Field(ge=0, le=6)],
        list[tuple[_TIME, _TIME]],
    ]
    holidays: list[date] = []

    def calendar(self) -> WeekCalendar:
        """The calendar itself.

        Raises:
            ValueError: it is never open, or hours end before they begin.
            zoneinfo.ZoneInfoNotFoundError: no such zone.
        """
        return WeekCalendar(
            zone=self.zone,
            week={
                weekday: tuple(
                    (_since_midnight(opens), _since_midnight(closes)) for opens, closes in day
                )
                for weekday, day in self.week.items()
            },
            holidays=frozenset(self.holidays),
        )


def _since_midnight(local: str) -> timedelta:
    hours, minutes, *rest = (int(part) for part in local.split(":"))
    return timedelta(hours=hours, minutes=minutes, seconds=rest[0] if rest else 0)
