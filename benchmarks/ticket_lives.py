"""Made-up tickets, each with its whole life: what a year of a busy desk would leave behind.

The same number of tickets is always the same tickets. A life has ten lines; the tickets that are
still open, and those whose end lies less than a week back, have fewer. Rows are made with the
desk's own functions, so that `acedesk sla repair --dry-run` finds nothing to mend in them.
"""

import random
from bisect import bisect
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate
from typing import Any, NamedTuple

from desk.sla.policies import in_use
from desk.tickets import triage
from desk.tickets.ledger import cached, cached_episodes
from desk.tickets.log import fold
from desk.tickets.states import OPEN

NOW = datetime(2026, 11, 1, 18, tzinfo=UTC)
"""The moment at which the made-up year ends and reports are asked for."""
YEAR = timedelta(days=365)
ANALYSTS = 20
CHUNK = 2_000
"""Tickets that are made in one go."""
LEFT_OPEN = 0.005
"""Share of tickets that somebody left undone, besides those in work at `NOW`."""

# Monday to Sunday, and the hours of a day in UTC: how many visitors there are.
_DAYS = (1.25, 1.2, 1.1, 1.05, 1.0, 0.35, 0.25)
_HOURS = (
    *(0.5, 0.4, 0.3, 0.25, 0.2, 0.2, 0.2, 0.25, 0.3, 0.4, 0.6, 1.0),
    *(1.6, 2.2, 2.5, 2.4, 2.2, 2.1, 2.1, 2.0, 1.7, 1.3, 0.9, 0.7),
)
_CHANNELS = ("chat", "chat", "chat", "email", "email", "phone")
_SORTS = (
    *(("company", "normal"),) * 6,
    *(("company", "low"), ("person", "low"), ("person", "normal")) * 2,
    *(("company", "high"), ("company", "high"), ("company", "critical")),
    *(("many", "normal"), ("many", "high")),
)
_WEIGHTS = {"account": 5, "sign_in": 5, "reports": 3, "payments": 3, "cargo": 2, "enrollment": 2}
_RESOLUTIONS = ("answered", "answered", "done", "done", "explained", "no_fault", "no_reply")
_NAMES = ("Ana", "Luis", "Carmen", "John", "Mary", "Wei", "Fatima", "Peter", "Rosa", "Tom")
_FAMILIES = ("Garza", "Smith", "López", "Nguyen", "Miller", "Treviño", "Chen", "Brown", "Ruiz")
_TOLD = {
    "en": (
        "I cannot sign in since this morning, the page keeps sending me back to the start.",
        "We need another user added to our account, she starts on Monday and runs the reports.",
        "The monthly report comes out empty although there were entries in that month.",
        "Our refund was approved three weeks ago and the bank has not seen anything yet.",
        "The portal says that our company exists already, but nobody here has ever applied.",
    ),
    "es": (
        "No puedo entrar desde esta mañana, la página me regresa siempre al principio.",
        "Necesitamos agregar otra usuaria a nuestra cuenta, empieza el lunes y ve los reportes.",
        "El reporte mensual sale vacío aunque ese mes sí hubo entradas.",
        "Nuestro reembolso fue aprobado hace tres semanas y el banco todavía no ha visto nada.",
        "El portal dice que nuestra empresa ya existe, pero aquí nadie ha hecho la solicitud.",
    ),
}


class Line(NamedTuple):
    """A line of a log, lighter than the desk's own."""

    id: str
    seq: int
    at: datetime
    kind: str
    actor: str
    user_id: int | None
    reason: str | None
    payload: dict[str, Any]


class Life(NamedTuple):
    """The rows of one ticket, by the names of their columns."""

    conversation: dict[str, Any]
    ticket: dict[str, Any]
    events: list[dict[str, Any]]
    episodes: list[dict[str, Any]]


def lives(first: int, total: int) -> Iterator[Life]:
    """The tickets `first` … `first + CHUNK - 1`, at most `total`; ids are in order of opening."""
    chance = random.Random(first)
    for ticket_id in range(first, min(first + CHUNK, total + 1)):
        yield _life(ticket_id, _opening((ticket_id - chance.random()) / total), chance)


def _life(ticket_id: int, at: datetime, chance: random.Random) -> Life:
    given = _given(at, chance)
    analyst = chance.randint(1, ANALYSTS)
    lines = _lines(at, given, analyst, chance)
    snapshot = fold(lines)
    episodes = cached_episodes(snapshot, lines, now=NOW)
    open_still = snapshot.state in OPEN
    name = f"{chance.choice(_NAMES)} {chance.choice(_FAMILIES)}"
    conversation = {
        "id": f"{chance.getrandbits(128):032x}",
        "namespace": "rest",
        "sender": f"{chance.getrandbits(256):064x}",
        "channel": given["channel"],
        "language": given["language"],
        "language_locked": False,
        "owner_id": analyst if open_still else None,
        "state": "analyst" if open_still else "closed",
        "epoch": 1,
        "is_test": False,
        "created_at": at - timedelta(minutes=4),
        "last_seq": 6,
        "last_at": lines[-1].at,
        "changed_at": lines[-1].at,
    }
    told = {
        "id": ticket_id,
        "idempotency_key": lines[0].id,
        "conversation_id": conversation["id"],
        "article": None,
        "requester": {
            "name": name,
            "email": f"user{ticket_id}@example.com",
            "company": f"Example Imports {ticket_id % 997}",
            "spoken": given["language"],
        },
        "details": {"since": "this morning", "browser": "Chrome"},
        "summary": chance.choice(_TOLD[given["language"]]),
        "trail": [
            {"at": at.isoformat(), "message": 1, "intent": given["topic"], "confidence": 0.81},
            {"at": at.isoformat(), "message": 3, "intent": "ask_person", "confidence": 0.97},
        ],
        "resolution_notes": None if open_still else "Checked the account and told the requester.",
    }
    events = [line._asdict() | {"ticket_id": ticket_id, "recorded_at": line.at} for line in lines]
    return Life(
        conversation,
        told | cached(snapshot, episodes),
        events,
        [{"ticket_id": ticket_id, **episode} for episode in episodes],
    )


def _lines(at: datetime, given: dict[str, Any], analyst: int, chance: random.Random) -> list[Line]:
    """What happened to one ticket by `NOW`."""
    hurry = {"urgent": 0.25, "high": 0.6}.get(given["priority"], 1.0)

    def after(minutes: float, spread: float = 0.8) -> timedelta:
        return timedelta(seconds=round(60 * minutes * hurry * chance.lognormvariate(0, spread)))

    reason = chance.choice(("user", "user", "office", "directed"))
    steps = (
        ("opened", timedelta(), "bot", None, given),
        ("assigned", after(4), "analyst", None, {"assignee_id": analyst}),
        ("started", after(3), "analyst", None, {}),
        ("responded", after(5), "analyst", None, {}),
        ("received", after(25), "customer", None, {"waits": True}),
        ("responded", after(30), "analyst", None, {}),
        ("paused", after(5), "analyst", reason, {}),
        ("resumed", after(180, 1.1), "analyst", None, {}),
        ("resolved", after(60, 1.0), "analyst", chance.choice(_RESOLUTIONS), {}),
        ("closed", timedelta(days=7), "system", None, {}),
    )
    lines = []
    # Whoever leaves a ticket undone does so at any of its steps, and not a year ago.
    recent = NOW - at < timedelta(days=73)
    left = recent and chance.random() < LEFT_OPEN * YEAR.days / 73
    cut = chance.randint(1, len(steps) - 2) if left else len(steps)
    for seq, (kind, later, actor, why, payload) in enumerate(steps[:cut], start=1):
        at += later
        if at > NOW:
            break
        key = f"{chance.getrandbits(128):032x}"
        said = {"message": key} if kind in ("received", "responded") else {}
        user_id = analyst if actor == "analyst" else None
        lines.append(Line(key, seq, at, kind, actor, user_id, why, payload | said))
    return lines


def _given(at: datetime, chance: random.Random) -> dict[str, Any]:
    """What a ticket starts with, as its first line says it."""
    category, topic, group = chance.choice(topics())
    impact, urgency = chance.choice(_SORTS)
    return {
        "policy": in_use().in_force(at).name,
        "language": "es" if chance.random() < 0.35 else "en",
        "channel": chance.choice(_CHANNELS),
        "is_test": False,
        "category": category,
        "topic": topic,
        "impact": impact,
        "urgency": urgency,
        "priority": triage.priority(impact, urgency),
        "group": group,
        "parent_id": None,
    }


@cache
def topics() -> list[tuple[str, str, str]]:
    """Category, topic and group, each as often as it is likely."""
    return [
        (category, topic, triage.group_of(category))
        for category, topics in triage.categories().items()
        for topic in topics
        for _ in range(_WEIGHTS.get(category, 1))
    ]


def _opening(share: float) -> datetime:
    """When the ticket was opened before which this share of a year's tickets was."""
    reached = _intensity()
    sought = share * reached[-1]
    hour = bisect(reached, sought)
    before = reached[hour - 1] if hour else 0.0
    within = (sought - before) / (reached[hour] - before)
    at = NOW - YEAR + timedelta(hours=hour + within)
    return at.replace(microsecond=0)


@cache
def _intensity() -> list[float]:
    """Tickets by the end of each hour of the year, on any scale."""
    hours = (NOW - YEAR + timedelta(hours=hour) for hour in range(YEAR.days * 24))
    return list(accumulate(_DAYS[hour.weekday()] * _HOURS[hour.hour] for hour in hours))
