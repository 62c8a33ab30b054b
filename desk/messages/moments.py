"""Moments as people read them, in the desk's own time zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from desk.messages import say

ZONE = ZoneInfo("America/New_York")
"""That of CBP's headquarters, in which the trade community reckons."""
_LOCALES = {"en": "en_US", "es": "es_US"}


def moment(at: datetime, language: str) -> str:
    """Such as `3:40 PM Eastern Time on Thursday, November 26`."""
    local, locale = at.astimezone(ZONE), _LOCALES[language]
    day = format_date(local, _DAYS[language], locale=locale)
    return say("moments.moment", language, time=format_time(local, "short", locale=locale), day=day)


_DAYS = {"en": "EEEE, MMMM d", "es": "EEEE d 'de' MMMM"}
