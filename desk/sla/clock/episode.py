"""Episodes: the runs of a clock over a ticket's events."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from desk.sla.clock.calendar import ALWAYS, Calendar

Outcome = Literal["running", "paused", "met", "breached_open", "breached_closed", "cancelled"]

_ZERO = timedelta()


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """What starts and stops the clock of one metric."""

    start: str
    stops: frozenset[str]
    by_analyst: bool = False
    """A stop counts only when an analyst made it: no bot satisfies a promise of human help."""
    again: str | None = None
    """What starts a further episode once the one before it has ended."""


_RESPONDED = frozenset({"responded"})
_RULES: Mapping[str, _Rule] = {
    "first_response": _Rule(start="opened", stops=_RESPONDED, by_analyst=True),
    "next_response": _Rule(start="asked", stops=_RESPONDED, by_analyst=True, again="asked"),
    "processed": _Rule(start="opened", stops=frozenset({"resolved", "transferred"})),
    "resolution": _Rule(start="opened", stops=frozenset({"resolved"}), again="reopened"),
}
METRICS = tuple(_RULES)


@dataclass(frozen=True, kw_only=True)
class Event:
    """One line of a ticket's log, as far as a clock cares.

    Kinds that a clock does not know change nothing. `merged` cancels; its payload may name another
    `reason`. `policy_changed` carries the new `target_s`. `asked` is a customer's turn that waits
    for a reply.
    """

    id: str
    at: datetime
    kind: str
    actor: str = "analyst"
    seq: int = 0
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What is measured, and within how many seconds of counted time it is to happen.

    Raises:
        ValueError: a metric that is not one of `METRICS`, or a target below zero.
    """

    metric: str
    target_s: float

    def __post_init__(self) -> None:
        if self.metric not in _RULES:
            raise ValueError(f"the metric {self.metric!r} is not one of {', '.join(METRICS)}")
        if self.target_s < 0:
            raise ValueError("a target is not below zero")


@dataclass(frozen=True, kw_only=True)
class Pause:
    """A stretch in which a clock stood still; `end` is None while it does."""

    start: datetime
    end: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Episode:
    """One run of a clock, from its start to its stop or to the moment of evaluation.

    A stop exactly on the deadline is met. Once the counted time exceeds the target the episode is
    breached, whether it is paused or not.
    """

    metric: str
    start: datetime
    stop: datetime | None
    due: datetime | None
    """When the counted time reaches the target; None while paused and open, as nobody can know."""
    pauses: tuple[Pause, ...]
    outcome: Outcome
    wall: timedelta
    """All the time from start to end, pauses included."""
    counted: timedelta
    """The calendar's open time outside the pauses."""
    target: timedelta
    causes: tuple[Event, ...]
    """The events that made it so, in order; the others changed nothing."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """Codes of what made it so: the kinds of its causes; of a cancelled one the last is why."""
        return tuple(str(cause.payload.get("reason", cause.kind)) for cause in self.causes)

    @property
    def open(self) -> bool:
        """It has neither stopped nor been cancelled."""
        return self.stop is None

    @property
    def late(self) -> bool:
        """More time has been counted than the target allows."""
        return self.counted > self.target

    def due_at(self, share: float, calendar: Calendar) -> datetime | None:
        """When `share` of the target has been counted, 0 to 1 or above; None while paused."""
        if self.due is None:
            return None
        return _due(self.start, self.pauses, self.target * share, calendar)


@dataclass(kw_only=True)
class _Run:
    """An episode while the events are being read."""

    start: datetime
    target: timedelta
    causes: list[Event]
    pauses: list[Pause] = field(default_factory=list)
    stop: datetime | None = None
    cancelled: bool = False

    @property
    def paused(self) -> bool:
        return bool(self.pauses) and self.pauses[-1].end is None

    def pause(self, event: Event, at: datetime) -> None:
        if not self.paused:
            self.pauses.append(Pause(start=at))
            self.causes.append(event)

    def resume(self, event: Event, at: datetime) -> None:
        if self.paused:
            self.pauses[-1] = Pause(start=self.pauses[-1].start, end=at)
            self.causes.append(event)

    def end(self, event: Event, at: datetime, *, cancelled: bool = False) -> None:
        if self.paused:
            self.pauses[-1] = Pause(start=self.pauses[-1].start, end=at)
        self.stop, self.cancelled = at, cancelled
        self.causes.append(event)


def evaluate(
    events: Iterable[Event], policy: Policy, *, now: datetime, calendar: Calendar = ALWAYS
) -> list[Episode]:
    """The episodes of one ticket at `now`, from the events that happened by then.

    The order is (at, seq, id), whatever order they arrive in; an id seen twice is one event. What
    stands before the event that starts the metric changes nothing but the target.
    """
    rule = _RULES[policy.metric]
    target = timedelta(seconds=policy.target_s)
    runs: list[_Run] = []
    for event in in_order(events, now=now):
        at = event.at.astimezone(UTC)
        run = runs[-1] if runs and runs[-1].stop is None else None
        if event.kind == "policy_changed":
            target = timedelta(seconds=event.payload["target_s"])
            if run is not None:
                run.target = target
                run.causes.append(event)
        elif run is None:
            if event.kind == (rule.again if runs else rule.start):
                runs.append(_Run(start=at, target=target, causes=[event]))
        elif event.kind in rule.stops and (event.actor == "analyst" or not rule.by_analyst):
            run.end(event, at)
        elif event.kind == "merged":
            run.end(event, at, cancelled=True)
        elif event.kind == "paused":
            run.pause(event, at)
        elif event.kind == "resumed":
            run.resume(event, at)
    return [_episode(run, policy.metric, calendar, now.astimezone(UTC)) for run in runs]


def in_order(events: Iterable[Event], *, now: datetime) -> list[Event]:
    """The events that happened by `now`, each once, in the order (at, seq, id)."""
    known: dict[str, Event] = {}
    for event in sorted(events, key=lambda event: (event.at, event.seq, event.id)):
        if event.at <= now:
            known.setdefault(event.id, event)
    return list(known.values())


def _episode(run: _Run, metric: str, calendar: Calendar, now: datetime) -> Episode:
    end = run.stop or now
    counted = calendar.elapsed(run.start, end) - sum(
        (calendar.elapsed(pause.start, pause.end or end) for pause in run.pauses), _ZERO
    )
    waiting = run.stop is None and run.paused
    return Episode(
        metric=metric,
        start=run.start,
        stop=run.stop,
        due=None if waiting else _due(run.start, run.pauses, run.target, calendar),
        pauses=tuple(run.pauses),
        outcome=_outcome(run, late=counted > run.target),
        wall=end - run.start,
        counted=counted,
        target=run.target,
        causes=tuple(run.causes),
    )


def _outcome(run: _Run, *, late: bool) -> Outcome:
    if run.cancelled:
        return "cancelled"
    if run.stop is not None:
        return "breached_closed" if late else "met"
    if late:
        return "breached_open"
    return "paused" if run.paused else "running"


def _due(
    start: datetime, pauses: Sequence[Pause], target: timedelta, calendar: Calendar
) -> datetime:
    """The least instant by which `target` has been counted outside the pauses, all of them ended.

    A pause that begins on that instant or behind it moves nothing.
    """
    for pause in pauses:
        counted = calendar.elapsed(start, pause.start)
        if counted >= target or pause.end is None:
            break
        target -= counted
        start = pause.end
    return calendar.add(start, target)
