"""Instants as text for programs."""

from datetime import UTC, datetime


def instant(value: datetime | None) -> str | None:
    """ISO 8601 in UTC, to the second, with a Z."""
    if value is None:
        return None
    # Not by `strftime`, which gives the years before 1000 fewer than four digits.
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
