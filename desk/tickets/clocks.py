"""The clocks of one ticket: its log, read as the events that service levels are measured by."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from desk.sla.clock import METRICS, Calendar, Episode, Event, Policy, evaluate
from desk.sla.explain import Step, explain
from desk.sla.policies import Policies, Rule, Terms, Version
from desk.tickets.log import Line

_RESPONSE_METRICS = frozenset({"first_response", "next_response"})


@dataclass(frozen=True, kw_only=True)
class Clock:
    """A metric's episodes on one ticket, and what they are measured by."""

    metric: str
    version: Version
    rule: Rule
    """The rule under which the ticket was opened."""
    calendar: Calendar
    events: tuple[Event, ...]
    """All that the clock was told."""
    episodes: tuple[Episode, ...]

    @property
    def promised(self) -> timedelta:
        """The target under which the ticket was opened."""
        return timedelta(seconds=self.rule.target_s)


def clocks(lines: Iterable[Line], policies: Policies, *, now: datetime) -> list[Clock]:
    """Every metric of a ticket at `now`, from the lines that happened by then.

    The version of the policies is the one that the ticket was opened under. The calendar and what
    pauses are those of the rule that fitted at the opening. A change of priority or category
    changes the target of what is still open; start and pauses stay.

    Raises:
        UnusablePolicies: the version is gone.
    """
    log = [line for line in sorted(lines, key=lambda line: line.seq) if line.at <= now]
    if not log:
        return []
    first = log[0]
    version = policies.named(first.payload["policy"])
    # Most lines are the same event to every metric, so that it is made once.
    plain = [_event(line) for line in log]
    # In a ticket of the desk's own, which collects reports, nobody waits for an answer.
    answered = first.payload["channel"] != "desk"
    return [
        _clock(metric, version, log, plain, now=now)
        for metric in METRICS
        if answered or metric not in _RESPONSE_METRICS
    ]


def episodes(lines: Iterable[Line], policies: Policies, *, now: datetime) -> list[Episode]:
    """Every episode of a ticket at `now`, by metric."""
    return [episode for clock in clocks(lines, policies, now=now) for episode in clock.episodes]


def _clock(
    metric: str, version: Version, log: Sequence[Line], plain: Sequence[Event], *, now: datetime
) -> Clock:
    terms = _terms(log[0].payload)
    rule = version.rule(metric, terms)
    calendar = version.calendar(rule.calendar)
    events = tuple(_events(metric, version, rule, log, plain))
    policy = Policy(metric=metric, target_s=rule.target_s)
    return Clock(
        metric=metric,
        version=version,
        rule=rule,
        calendar=calendar,
        events=events,
        episodes=tuple(evaluate(events, policy, calendar=calendar, now=now)),
    )


def _event(line: Line) -> Event:
    """A line as it stands."""
    return Event(
        id=line.id,
        at=line.at,
        kind=line.kind,
        actor=line.actor,
        seq=line.seq,
        payload=dict(line.payload),
    )


def _events(
    metric: str, version: Version, rule: Rule, log: Sequence[Line], plain: Sequence[Event]
) -> Iterator[Event]:
    """What a metric's clock is told of a log."""
    given = dict(log[0].payload)
    target_s = rule.target_s
    for line, event in zip(log, plain, strict=True):
        told = _as_told(metric, rule, line, event)
        if event.kind in ("prioritised", "categorised"):
            given |= event.payload
            changed = version.rule(metric, _terms(given)).target_s
            if changed == target_s:
                continue
            target_s = changed
            told = replace(event, kind="policy_changed", payload={"target_s": target_s})
        if event.kind == "absorbed":
            yield from _inherited(line)
            continue
        yield told


def _as_told(metric: str, rule: Rule, line: Line, event: Event) -> Event:
    """The event of a line as a clock of this metric hears of it."""
    match event.kind:
        case "paused" if line.reason not in rule.pauses:
            return replace(event, kind="held_without_pause", payload={})
        case "received" if event.payload.get("waits"):
            return replace(event, kind="asked", payload={})
        case "cancelled":
            return replace(event, kind="merged", payload={"reason": line.reason})
        case "resolved" | "transferred" if metric in _RESPONSE_METRICS:
            # Whoever disposes of a ticket tells the requester; a disposition by no person leaves
            # nobody to answer.
            if event.actor == "analyst":
                return replace(event, kind="responded", payload={})
            return replace(event, kind="merged", payload={"reason": event.kind})
        case "transferred" if metric == "resolution":
            return replace(event, kind="merged", payload={"reason": "transferred"})
    return event


def _inherited(line: Line) -> Iterator[Event]:
    """What a merged ticket leaves behind: its earlier start, and an answer given there."""
    given = line.payload
    yield Event(
        id=f"{line.id}/opened", at=datetime.fromisoformat(given["opened_at"]), kind="opened"
    )
    if given.get("responded_at"):
        at = datetime.fromisoformat(given["responded_at"])
        yield Event(id=f"{line.id}/responded", at=at, kind="responded", seq=line.seq)


def _terms(given: Mapping[str, Any]) -> Terms:
    return Terms(**{name: given[name] for name in ("priority", "category", "language", "channel")})


def explained(
    clock: Clock, episode: Episode, recorded: Mapping[str, datetime], *, now: datetime
) -> list[Step]:
    """Why one of a clock's episodes is late or in time, line by line.

    Args:
        recorded: when each line of the log was written down, by its id.
    """
    return explain(
        episode,
        clock.events,
        clock.calendar,
        target=clock.promised,
        calendar_name=clock.rule.calendar,
        policy=clock.version.name,
        recorded=recorded,
        now=now,
    )
