"""The clock of a service level: a pure function of a ticket's events and of nothing else.

Instants are aware datetimes and all arithmetic is done in UTC: adding hours to a local time would
be an hour off across a change of daylight saving time. The calendar is 24x7, the desk's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

STOPS = {"processed": ("resolved", "transferred")}
"""Events that end an episode, by metric."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """One line of a ticket's log, as far as a clock cares."""

    id: str
    at: datetime
    kind: str
    actor: str = "analyst"
    seq: int = 0


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What is measured, and within how many seconds it is to happen."""

    metric: str
    target_s: int


@dataclass(frozen=True, kw_only=True)
class Episode:
    """One run of a clock.

    `outcome` is running, met, breached_open, breached_closed or cancelled. A stop exactly on the
    deadline is met.
    """

    metric: str
    start: datetime
    stop: datetime | None
    due: datetime
    outcome: str
    elapsed_s: float


def evaluate(events: Sequence[Event], policy: Policy, *, now: datetime) -> list[Episode]:
    """The episodes of one ticket at `now`, from the events known by then.

    The order is (at, seq, id), whatever order they arrive in; an id seen twice is one event.

    Raises:
        ValueError: no `opened` event by `now`.
    """
    known = {event.id: event for event in events if event.at <= now}
    ordered = sorted(known.values(), key=lambda event: (event.at, event.seq, event.id))
    opened = next((event for event in ordered if event.kind == "opened"), None)
    if opened is None:
        raise ValueError("a clock starts with an 'opened' event")
    start = opened.at.astimezone(UTC)
    due = start + timedelta(seconds=policy.target_s)
    later = ordered[ordered.index(opened) + 1 :]
    ending = next(
        (event for event in later if event.kind in (*STOPS[policy.metric], "merged")), None
    )
    stop = ending.at.astimezone(UTC) if ending else None
    end = stop or now.astimezone(UTC)
    late = end > due
    if ending is not None and ending.kind == "merged":
        outcome = "cancelled"
    elif stop is not None:
        outcome = "breached_closed" if late else "met"
    else:
        outcome = "breached_open" if late else "running"
    return [
        Episode(
            metric=policy.metric,
            start=start,
            stop=stop,
            due=due,
            outcome=outcome,
            elapsed_s=(end - start).total_seconds(),
        )
    ]
