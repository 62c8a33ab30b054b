"""Instants as text for programs."""

from datetime import datetime


def instant(value: datetime | None) -> str | None:
    """ISO 8601 in UTC, to the second, with a Z."""
    return None if value is None else value.strftime("%Y-%m-%dT%H:%M:%SZ")
