"""Why an episode is late or in time: its clock told line by line, in either language."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from desk.messages import catalogue, say
from desk.sla.clock import Calendar, Episode, Event

_AT_ONCE = timedelta(minutes=1)
"""What is written down within this time is not worth a remark."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One line: when, and a sentence of the catalogue (`explain.<code>`) with its values."""

    at: datetime
    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def told(self, language: str) -> str:
        """The sentence; spans are put into figures, codes of events and actors into words."""
        words = catalogue(language)["explain"]["words"]
        values = {name: _shown(value, words) for name, value in self.values.items()}
        return say(f"explain.{self.code}", language, **values)


def explain(
    episode: Episode,
    events: Sequence[Event],
    calendar: Calendar,
    *,
    target: timedelta,
    calendar_name: str,
    policy: str,
    recorded: Mapping[str, datetime],
    now: datetime,
) -> list[Step]:
    """The lines that lead from an episode's start to its outcome.

    Args:
        episode: as evaluated at `now` from these events.
        events: all that the clock was told, in order.
        calendar: by which it counts.
        target: what was promised at first.
        calendar_name: `24x7`, or the name of opening hours.
        policy: the name of the version of the policies.
        recorded: by the id of an event, when it was written down.
        now: when it was evaluated.
    """
    promised = {"target": target, "calendar": calendar_name, "policy": policy}
    begun = Step(at=episode.start, code="started", values={"event": episode.causes[0].kind})
    counted = {event.id for event in episode.causes}
    steps = [begun, Step(at=episode.start, code="promised", values=promised)]
    for event in events:
        if event.id in counted:
            steps += _of_cause(episode, event, calendar)
            later = recorded.get(event.id, event.at) - event.at
            if later > _AT_ONCE:
                steps.append(Step(at=event.at, code="recorded_late", values={"later": later}))
        elif episode.start <= event.at <= (episode.stop or now):
            steps += _of_bystander(event)
    return [*steps, *_verdict(episode, now)]


def span(length: timedelta) -> str:
    """A length of time to the second; its symbols are the same in English and Spanish."""
    seconds = round(abs(length).total_seconds())
    days, seconds = divmod(seconds, 86400)
    hours, seconds = divmod(seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")]
    return " ".join(f"{figure} {unit}" for figure, unit in parts if figure) or "0 s"


def _of_cause(episode: Episode, event: Event, calendar: Calendar) -> Iterator[Step]:
    match event.kind:
        case "paused":
            yield Step(at=event.at, code="paused")
        case "resumed":
            pause = next(pause for pause in episode.pauses if pause.end == event.at)
            moved = calendar.elapsed(pause.start, event.at)
            values: dict[str, Any] = {"wall": event.at - pause.start, "counted": moved}
            yield Step(at=event.at, code="resumed", values=values)
        case "policy_changed":
            target = timedelta(seconds=event.payload["target_s"])
            yield Step(at=event.at, code="target_changed", values={"target": target})
        case _ if event.id == episode.causes[-1].id and episode.stop is not None:
            values = {"event": episode.reasons[-1], "actor": event.actor}
            code = "cancelled" if episode.outcome == "cancelled" else "stopped"
            yield Step(at=event.at, code=code, values=values)


def _of_bystander(event: Event) -> Iterator[Step]:
    if event.kind == "responded" and event.actor != "analyst":
        yield Step(at=event.at, code="not_by_a_person", values={"actor": event.actor})
    elif event.kind == "held_without_pause":
        yield Step(at=event.at, code="hold_counts")


def _verdict(episode: Episode, now: datetime) -> Iterator[Step]:
    at = episode.stop or now
    if episode.outcome == "cancelled":
        return
    if episode.due is not None:
        yield Step(at=at, code="due", values={"due": episode.due})
    yield Step(
        at=at,
        code=f"verdict.{episode.outcome}",
        values={
            "counted": episode.counted,
            "wall": episode.wall,
            "target": episode.target,
            "difference": episode.target - episode.counted,
        },
    )


def _shown(value: Any, words: Mapping[str, str]) -> str:
    if isinstance(value, timedelta):
        return span(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} UTC"
    return words.get(value, str(value))
