"""Random walks through the life of tickets: acts that are legal where the ticket stands."""

import random
from datetime import datetime, timedelta
from typing import Any

from desk.tickets import triage, work
from desk.tickets.ledger import Act
from desk.tickets.log import Line, Snapshot, following, opened
from desk.tickets.models import TicketEvent
from desk.tickets.states import MOVES

START = datetime.fromisoformat("2026-02-27T00:00:00+00:00")
_TWO_TICKETS = {"merged", "absorbed", "put_under"}


def random_sort(rng: random.Random) -> dict[str, str]:
    impact, urgency = rng.choice(triage.impacts()), rng.choice(triage.urgencies())
    return {"impact": impact, "urgency": urgency, "priority": triage.priority(impact, urgency)}


def random_act(rng: random.Random, state: str, users: list[int]) -> Act:
    """An act on this ticket alone that may happen in this state."""
    kinds = [kind for kind in sorted(MOVES) if state in MOVES[kind] and kind not in _TWO_TICKETS]
    kind = rng.choice(kinds)
    reason, payload = None, {}
    match kind:
        case "assigned":
            payload = {"assignee_id": rng.choice(users)}
        case "paused":
            reason = rng.choice(work.HOLDS)
        case "resolved":
            reason = rng.choice(work.RESOLUTIONS)
        case "transferred":
            reason = rng.choice(work.OFFICES)
        case "reopened":
            reason = rng.choice(work.REOPENINGS)
        case "cancelled":
            reason = rng.choice(work.CANCELLATIONS)
        case "prioritised":
            payload = random_sort(rng)
        case "categorised":
            payload = {"category": rng.choice(list(triage.categories())), "topic": None}
        case "received":
            payload = {"message": "m", "waits": rng.random() < 0.5}
        case "tagged":
            payload = {"add": [f"t{rng.randrange(3)}"], "remove": [f"t{rng.randrange(3)}"]}
        case "linked" | "unlinked":
            payload = {"to": f"csms:{rng.randrange(3)}"}
        case "watched" | "unwatched":
            payload = {"user_id": rng.choice(users)}
        case "planned":
            payload = {"at": rng.choice([None, START.isoformat()])}
    return Act(kind=kind, reason=reason, payload=payload)


def random_opening(rng: random.Random) -> dict[str, str]:
    """The strata of a new ticket."""
    return {
        "language": rng.choice(["en", "es"]),
        "channel": rng.choice(["chat", "email", "phone"]),
        "category": rng.choice(list(triage.categories())),
        "impact": rng.choice(triage.impacts()),
        "urgency": rng.choice(triage.urgencies()),
    }


def random_wait(rng: random.Random) -> timedelta:
    """Mostly minutes, at times days; at times nothing at all."""
    return timedelta(seconds=rng.choice([0, 1, 60, 900, 3600, 14400, 86400, 10**6])) * rng.random()


def random_log(rng: random.Random, length: int) -> list[Line]:
    """The log of one ticket in memory."""
    log: list[Line] = [opening_line(START + random_wait(rng), **random_opening(rng))]
    at = log[0].at
    snapshot: Snapshot = opened(log[0])
    for seq in range(2, length + 1):
        at += random_wait(rng)
        act = random_act(rng, snapshot.state, [1, 2, 3])
        actor = rng.choice(["analyst", "analyst", "system", "bot"])
        log.append(line(seq, at, act.kind, actor, act.reason, act.payload))
        snapshot = following(snapshot, log[-1])
    return log


def opening_line(at: datetime, **changes: str) -> Line:
    """The first line of a ticket's log."""
    given = {
        "language": "en", "channel": "chat", "category": "reports", "impact": "company",
        "urgency": "normal",
    } | changes  # fmt: skip
    rest = {
        "priority": triage.priority(given["impact"], given["urgency"]),
        "group": triage.group_of(given["category"]),
        "topic": None,
        "is_test": False,
        "policy": "2026-1",
        "parent_id": None,
    }
    return line(1, at, "opened", "customer", None, given | rest)


def line(
    seq: int,
    at: datetime,
    kind: str,
    actor: str = "analyst",
    reason: str | None = None,
    payload: dict[str, Any] | None = None,
) -> Line:
    """One line of a log that no store keeps."""
    return TicketEvent(
        id=f"e{seq}",
        seq=seq,
        at=at,
        kind=kind,
        actor=actor,
        user_id=1 if actor == "analyst" else None,
        reason=reason,
        payload=payload or {},
    )
