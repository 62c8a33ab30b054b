"""What a ticket's log comes to: a pure function of its lines."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from desk.tickets.states import State, after


class Line(Protocol):
    """One line of a log, as the store keeps it."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def seq(self) -> int: ...  # noqa: D102
    @property
    def at(self) -> datetime: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def actor(self) -> str: ...  # noqa: D102
    @property
    def user_id(self) -> int | None: ...  # noqa: D102
    @property
    def reason(self) -> str | None: ...  # noqa: D102
    @property
    def payload(self) -> Mapping[str, Any]: ...  # noqa: D102


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A ticket as its log tells it. The ticket's row caches these fields under the same names."""

    version: int
    """The number of the log's last line; whoever writes says which one they have seen."""
    state: State
    opened_at: datetime
    policy: str
    language: str
    channel: str
    is_test: bool
    category: str
    topic: str | None
    impact: str
    urgency: str
    priority: str
    group: str
    assignee_id: int | None = None
    hold_reason: str | None = None
    resolution: str | None = None
    """How it ended: code of the resolution, office that it went to, or why it was cancelled."""
    disposed_at: datetime | None = None
    """When it was last resolved or transferred."""
    parent_id: int | None = None
    merged_into_id: int | None = None
    next_action_at: datetime | None = None
    tags: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    watchers: tuple[int, ...] = ()


def fold(lines: Iterable[Line]) -> Snapshot:
    """The ticket that a whole log tells, from its first line on, in the order of `seq`.

    Raises:
        ValueError: the log does not begin with `opened`.
        IllegalMove: a line that could not follow the ones before it.
    """
    first, *rest = sorted(lines, key=lambda line: line.seq)
    snapshot = opened(first)
    for line in rest:
        snapshot = following(snapshot, line)
    return snapshot


def opened(line: Line) -> Snapshot:
    """The ticket that a log's first line tells.

    Raises:
        ValueError: the line does not open a ticket.
    """
    if line.kind != "opened":
        raise ValueError("a ticket's log begins with 'opened'")
    given = line.payload
    return Snapshot(
        version=line.seq,
        state="new",
        opened_at=line.at,
        policy=given["policy"],
        language=given["language"],
        channel=given["channel"],
        is_test=given["is_test"],
        category=given["category"],
        topic=given.get("topic"),
        impact=given["impact"],
        urgency=given["urgency"],
        priority=given["priority"],
        group=given["group"],
        parent_id=given.get("parent_id"),
    )


def following(before: Snapshot, line: Line) -> Snapshot:
    """The ticket after one more line.

    Raises:
        IllegalMove: the line can't follow.
    """
    state = after(line.kind, before.state, assigned=before.assignee_id is not None)
    change = _CHANGES.get(line.kind)
    changed = change(before, line) if change else {}
    return replace(before, version=line.seq, state=state, **changed)


def _taken_up(before: Snapshot, line: Line) -> dict[str, Any]:
    """Whoever works on a ticket that nobody has is responsible for it from then on."""
    if before.assignee_id is None and line.actor == "analyst":
        return {"assignee_id": line.user_id}
    return {}


def _disposed(before: Snapshot, line: Line) -> dict[str, Any]:
    return _taken_up(before, line) | {
        "resolution": line.reason,
        "disposed_at": line.at,
        "hold_reason": None,
        "next_action_at": None,
    }


def _planned(before: Snapshot, line: Line) -> dict[str, Any]:
    at = line.payload.get("at")
    return {"next_action_at": datetime.fromisoformat(at) if at else None}


def _tagged(before: Snapshot, line: Line) -> dict[str, Any]:
    kept = (tag for tag in before.tags if tag not in line.payload.get("remove", ()))
    return {"tags": _once(*kept, *line.payload.get("add", ()))}


def _named(*names: str) -> "_Change":
    return lambda before, line: {name: line.payload.get(name) for name in names}


_Change = Callable[[Snapshot, Line], dict[str, Any]]

_CHANGES: Mapping[str, _Change] = {
    "assigned": lambda before, line: {
        "assignee_id": line.payload["assignee_id"],
        "group": line.payload.get("group", before.group),
    },
    "returned": lambda before, line: {
        "assignee_id": None,
        "group": line.payload.get("group", before.group),
    },
    "escalated": lambda before, line: {"group": line.payload.get("group", before.group)},
    "started": _taken_up,
    "responded": _taken_up,
    "paused": lambda before, line: {"hold_reason": line.reason},
    "resumed": lambda before, line: {"hold_reason": None},
    "resolved": _disposed,
    "transferred": _disposed,
    "reopened": lambda before, line: {"resolution": None, "disposed_at": None},
    "merged": lambda before, line: {
        "resolution": "merged",
        "merged_into_id": line.payload["into_id"],
        "hold_reason": None,
    },
    "cancelled": lambda before, line: {"resolution": line.reason, "hold_reason": None},
    "prioritised": _named("impact", "urgency", "priority"),
    "categorised": _named("category", "topic"),
    "put_under": _named("parent_id"),
    "planned": _planned,
    "tagged": _tagged,
    "linked": lambda before, line: {"links": _once(*before.links, line.payload["to"])},
    "unlinked": lambda before, line: {
        "links": tuple(link for link in before.links if link != line.payload["to"])
    },
    "watched": lambda before, line: {"watchers": _once(*before.watchers, line.payload["user_id"])},
    "unwatched": lambda before, line: {
        "watchers": tuple(user for user in before.watchers if user != line.payload["user_id"])
    },
}
"""By kind of line, the fields that it changes besides state and version."""


def _once[Item](*items: Item) -> tuple[Item, ...]:
    return tuple(dict.fromkeys(items))
