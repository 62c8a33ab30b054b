"""Replay: a clock over events from anywhere, JSON in and JSON out.

The format is the contract's; docs/service-levels.md describes it.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    NonNegativeFloat,
    ValidationError,
    model_validator,
)

from desk.sla.clock import (
    ALWAYS,
    METRICS,
    Episode,
    Event,
    Policy,
    evaluate,
)
from desk.sla.hours import Hours


class UnusableReplay(ValueError):
    """A document that can't be replayed; its text says where and why."""


def _known_metric(metric: str) -> str:
    if metric not in METRICS:
        raise ValueError(f"is not one of {', '.join(METRICS)}")
    return metric


def _sortable(identity: object) -> object:
    # Whole numbers sort as numbers, which as text they would not.
    return f"{identity:020d}" if type(identity) is int and identity >= 0 else identity


class _Policy(BaseModel):
    metric: Annotated[str, AfterValidator(_known_metric)]
    target_s: NonNegativeFloat


class _Event(BaseModel):
    id: Annotated[str, BeforeValidator(_sortable)]
    at: AwareDatetime
    kind: str
    actor: str = "analyst"
    seq: int = 0
    payload: dict[str, Any] = {}

    @model_validator(mode="after")
    def _names_its_target(self) -> "_Event":
        if self.kind == "policy_changed":
            _Target.model_validate(self.payload)
        return self


class _Target(BaseModel):
    target_s: NonNegativeFloat


class _Replay(BaseModel):
    policy: _Policy
    calendar: Literal["24x7"] | Hours
    events: list[_Event]
    now: AwareDatetime


def replay(text: str | bytes) -> dict[str, Any]:
    """The episodes that a document's events make, as plain values.

    Raises:
        UnusableReplay: no JSON, something is missing or wrong, the calendar is never open, or a
            deadline lies beyond what a calendar can name.
    """
    try:
        given = _Replay.model_validate_json(text)
        episodes = evaluate(
            [Event(**event.model_dump()) for event in given.events],
            Policy(**given.policy.model_dump()),
            calendar=ALWAYS if given.calendar == "24x7" else given.calendar.calendar(),
            now=given.now,
        )
    except ValidationError as error:
        # Of the alternatives for a calendar, the one that came furthest was meant.
        first = max(error.errors(include_url=False), key=lambda problem: len(problem["loc"]))
        where = ".".join(str(part) for part in first["loc"]) or "document"
        raise UnusableReplay(f"{where}: {first['msg']}") from error
    except OverflowError as error:
        raise UnusableReplay("a deadline lies beyond the year 9999") from error
    except (ValueError, LookupError, OSError) as error:
        raise UnusableReplay(f"calendar: {error}") from error
    return {"episodes": [as_json(episode) for episode in episodes]}


def as_json(episode: Episode) -> dict[str, Any]:
    """An episode as plain values: instants in ISO 8601 with a Z, spans in seconds."""
    return {
        "metric": episode.metric,
        "start": stamp(episode.start),
        "stop": stamp(episode.stop),
        "due": stamp(episode.due),
        "pauses": [[stamp(pause.start), stamp(pause.end)] for pause in episode.pauses],
        "outcome": episode.outcome,
        "elapsed_wall_s": seconds(episode.wall),
        "elapsed_counted_s": seconds(episode.counted),
        "reasons": list(episode.reasons),
    }


def stamp(at: datetime | None) -> str | None:
    """ISO 8601 in UTC with a Z; fractions of a second only where there are any."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def seconds(span: timedelta) -> int | float:
    """Seconds, a whole number where it is one."""
    figure = span.total_seconds()
    return int(figure) if figure.is_integer() else figure
