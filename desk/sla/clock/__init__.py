"""The clock of a service level: a pure function of events, of a policy and of a calendar.

Nothing here imports more than the standard library. Instants are aware datetimes and all
arithmetic is done in UTC: adding hours to a local time would be an hour off across a change of
daylight saving time.
"""

from desk.sla.clock.calendar import ALWAYS, Always, Calendar, NeverOpen, WeekCalendar
from desk.sla.clock.episode import METRICS, Episode, Event, Pause, Policy, evaluate

__all__ = [
    "ALWAYS",
    "METRICS",
    "Always",
    "Calendar",
    "Episode",
    "Event",
    "NeverOpen",
    "Pause",
    "Policy",
    "WeekCalendar",
    "evaluate",
]
