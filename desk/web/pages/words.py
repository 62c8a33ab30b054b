"""What the pages' templates say figures and texts with: filters that read nothing but their input.

Only codes and numbers are put into words here; the words themselves are in the pages' strings.
"""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, Protocol
from urllib.parse import quote

from jinja2 import pass_context
from jinja2.runtime import Context

from desk.knowledge.plain import plain
from desk.sla.statistics import percent as percent_of

_HOUR_S = 3600


class _Clocked(Protocol):
    """A ticket's row, as far as its urgency goes."""

    left_s: float
    stopped: bool


def duration(seconds: float) -> str:
    """A span in days, hours and minutes, whose symbols are the same in English and Spanish.

    Minutes are not rounded up, so that nobody is promised more time than there is; from a day on
    they are left out.
    """
    minutes = int(abs(seconds)) // 60
    if minutes == 0:
        return "<\u00a01\u00a0min"
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((days, "d"), (hours, "h"), (0 if days else minutes, "min"))
    return " ".join(f"{number}\u00a0{unit}" for number, unit in parts if number)


def upward(seconds: float) -> float:
    """The next whole minute, for what is said to be true within a span."""
    return math.ceil(seconds / 60) * 60


def stamp(at: datetime | str, timespec: str = "minutes") -> str:
    """An instant in UTC as people read it: `2026-11-22 19:05`, or with `seconds`."""
    return _utc(at).replace(tzinfo=None).isoformat(" ", timespec)


def iso(at: datetime | str) -> str:
    """An instant for programs: ISO 8601 in UTC, to the second."""
    return _utc(at).strftime("%Y-%m-%dT%H:%M:%SZ")


def local(at: datetime) -> str:
    """An instant in UTC as a field for date and time holds it."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M}"


def urgency(row: _Clocked) -> Literal["done", "late", "soon", "calm"]:
    """How pressing a ticket is; `soon` is due within the hour."""
    if row.stopped:
        return "done"
    if row.left_s < 0:
        return "late"
    return "soon" if row.left_s <= _HOUR_S else "calm"


def word(code: str, table: Mapping[str, str]) -> str:
    """The word for a code; a code without one shows as it is, since a page must not fail on it."""
    return table.get(code, code)


def mailto(address: str) -> str:
    """A link that writes to this address and to no other, whatever a visitor put into it."""
    return f"mailto:{quote(address, safe='@')}"


@pass_context
def percent(context: Context, share: float, *, target: float = 1.0) -> str:
    """A share in the page's language: `33.3%`, in Spanish `33.3\u202f%`."""
    return spaced(percent_of(share, target=target), str(context["language"]))


def spaced(figure: str, language: str) -> str:
    """Spanish sets the sign apart from its figure by a narrow space that breaks no line.

    Ortografía de la lengua española (RAE, 2010), on the symbol %.
    """
    return figure.replace("%", "\u202f%") if language == "es" else figure


def web_address(address: str) -> str:
    """An address that a link may lead to: a page of the web, or nowhere."""
    return address if address.startswith("https://") else ""


def _utc(at: datetime | str) -> datetime:
    # The times of a ticket's trail are kept as text, since the trail is JSON.
    return (datetime.fromisoformat(at) if isinstance(at, str) else at).astimezone(UTC)


FILTERS: dict[str, Callable[..., Any]] = {
    filter_.__name__: filter_
    for filter_ in (
        duration,
        stamp,
        iso,
        local,
        urgency,
        word,
        plain,
        mailto,
        percent,
        upward,
        web_address,
    )
}
