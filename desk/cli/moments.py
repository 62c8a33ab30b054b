"""Instants on the command line."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

_SPAN = re.compile(r"([+-])(?=\d)(?:(\d{1,3})d)?(?:(\d{1,4})h)?(?:(\d{1,5})m)?")


class Moment(click.ParamType[datetime]):
    """An instant with its zone, or a span from now: `2026-11-22T18:00Z`, `+2h`, `-1h30m`."""

    name = "when"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read it, or say what is wrong with it."""
        if isinstance(value, datetime):
            return value
        span = _SPAN.fullmatch(value)
        if span is not None:
            sign, *figures = span.groups()
            days, hours, minutes = (int(figure or 0) for figure in figures)
            length = timedelta(days=days, hours=hours, minutes=minutes)
            return datetime.now(UTC) + (length if sign == "+" else -length)
        try:
            at = datetime.fromisoformat(value)
            if at.tzinfo is None:
                self.fail(f"{value!r} names no zone; for UTC, put a Z behind the time of day")
            return at.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is neither a time like 2026-11-22T18:00Z nor a span like +2h")
