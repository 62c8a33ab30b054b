"""The tickets of the day: simulated analysts, the desk's own log, clocks and reports."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from benchmarks.day.assumptions import BUSY
from benchmarks.simulation import COMFORTABLE, START, Shift, Ticket, simulate
from benchmarks.ticket_lives import Line, topics
from desk.conversations.models import Conversation
from desk.reporting.reports import Asked, attainment_report, hours_report
from desk.sla.models import EpisodeRow
from desk.sla.policies import in_use
from desk.store import Store
from desk.store.migrate import migrate
from desk.tickets import triage
from desk.tickets.ledger import cached, cached_episodes
from desk.tickets.log import fold
from desk.tickets.models import Ticket as TicketRow
from desk.tickets.models import TicketEvent

DAYS = 9
"""A week, and two days in which the last tickets can be ended."""
WEEK = timedelta(days=7)
SEEDS = (1, 2, 3)
STAFFING = (0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2)
"""Analysts, as a share of `COMFORTABLE` grown with the tickets."""


@dataclass(frozen=True, kw_only=True)
class Week:
    """What came of some simulated weeks with one staffing."""

    weeks: int
    on_weekdays: int
    """Analysts' shifts of a weekday."""
    tickets: int
    reports: dict[str, dict[str, Any]]
    """By metric, the figures of the desk's own report over whole weeks."""
    by_day: dict[str, dict[str, Any]]
    by_language: dict[str, dict[str, Any]]
    hours: list[dict[str, Any]]


def week(staffing: float, folder: Path, *, seeds: Sequence[int] = SEEDS) -> Week:
    """Simulate, write the tickets as the desk would, and ask for its reports."""
    staff = tuple(
        replace(
            shift,
            weekday=round(shift.weekday * BUSY * staffing),
            weekend=round(shift.weekend * BUSY * staffing),
        )
        for shift in COMFORTABLE
    )
    file = folder / f"week-{staffing}.db"
    url = f"sqlite+aiosqlite:///{file}"
    migrate(url)
    return asyncio.run(_week(staff, url, seeds))


async def _week(staff: tuple[Shift, ...], url: str, seeds: Sequence[int]) -> Week:
    store = Store(url)
    # Each seed is a week of its own, three weeks after the one before.
    starts = [START + timedelta(weeks=3) * place for place in range(len(seeds))]
    count = 0
    for seed, start in zip(seeds, starts, strict=True):
        now = start + timedelta(days=DAYS)
        made = simulate(random.Random(seed), days=DAYS, staff=staff, start=start, busy=BUSY)
        opened = [one for one in made if one.opened_at < start + WEEK]
        await _write(store, opened, first=count + 1, now=now, chance=random.Random(seed))
        count += len(opened)
    now = starts[-1] + timedelta(days=DAYS)
    asked = Asked(now=now, since=START, until=now)
    async with store.read() as session:
        reports = {
            metric: (await attainment_report(session, replace(asked, metric=metric))).document
            for metric in ("first_response", "processed")
        }
        by_day = (await attainment_report(session, replace(asked, by=("day",)))).document
        language = (await attainment_report(session, replace(asked, by=("language",)))).document
        hours = (await hours_report(session, asked)).document["hours"]
    await store.close()
    return Week(
        weeks=len(seeds),
        on_weekdays=sum(shift.weekday for shift in staff),
        tickets=count,
        reports={metric: document["total"] for metric, document in reports.items()},
        by_day=by_day["strata"],
        by_language=language["strata"],
        hours=hours,
    )


async def _write(
    store: Store, tickets: Sequence[Ticket], *, first: int, now: datetime, chance: random.Random
) -> None:
    rows: dict[Any, list[dict[str, Any]]] = {
        table: [] for table in (Conversation, TicketRow, TicketEvent, EpisodeRow)
    }
    for ticket_id, ticket in enumerate(tickets, start=first):
        lines = list(_lines(ticket, chance, now))
        snapshot = fold(lines)
        episodes = cached_episodes(snapshot, lines, now=now)
        conversation = f"{chance.getrandbits(128):032x}"
        rows[Conversation].append(_conversation(conversation, ticket, lines[-1].at))
        told = {
            "id": ticket_id,
            "idempotency_key": lines[0].id,
            "conversation_id": conversation,
            "requester": {},
            "details": {},
            "summary": "",
            "trail": [],
        }
        rows[TicketRow].append(told | cached(snapshot, episodes))
        rows[TicketEvent] += [
            line._asdict() | {"ticket_id": ticket_id, "recorded_at": line.at} for line in lines
        ]
        rows[EpisodeRow] += [{"ticket_id": ticket_id, **episode} for episode in episodes]
    async with store.write() as session:
        for table, values in rows.items():
            await session.execute(insert(table), values)


def _conversation(name: str, ticket: Ticket, last: datetime) -> dict[str, Any]:
    return {
        "id": name,
        "namespace": "rest",
        "sender": name,
        "channel": "chat",
        "language": ticket.language,
        "state": "closed",
        "epoch": 1,
        "is_test": False,
        "created_at": ticket.opened_at,
        "last_seq": 0,
        "last_at": last,
        "changed_at": last,
    }


def _lines(ticket: Ticket, chance: random.Random, now: datetime) -> Iterator[Line]:
    """The log: whoever takes a ticket greets at once, and resolves it when done."""
    category, topic, group = chance.choice(topics())
    impact, urgency = _sorts()[ticket.priority]
    given = {
        "policy": in_use().in_force(ticket.opened_at).name,
        "language": ticket.language,
        "channel": "chat",
        "is_test": False,
        "category": category,
        "topic": topic,
        "impact": impact,
        "urgency": urgency,
        "priority": ticket.priority,
        "group": group,
        "parent_id": None,
    }
    steps: list[tuple[datetime | None, str, str, str | None, dict[str, Any]]] = [
        (ticket.opened_at, "opened", "bot", None, given),
        (ticket.taken_at, "assigned", "analyst", None, {"assignee_id": None}),
        (ticket.taken_at, "started", "analyst", None, {}),
        (ticket.taken_at, "responded", "analyst", None, {}),
        (ticket.processed_at, "resolved", "analyst", "done", {}),
    ]
    for seq, (at, kind, actor, reason, payload) in enumerate(steps, start=1):
        if at is None or at > now:
            return
        key = f"{chance.getrandbits(128):032x}"
        said = {"message": key} if kind == "responded" else {}
        yield Line(key, seq, at.astimezone(UTC), kind, actor, None, reason, payload | said)


@cache
def _sorts() -> dict[str, tuple[str, str]]:
    """For each priority an impact and an urgency that make it."""
    return {
        triage.priority(impact, urgency): (impact, urgency)
        for impact in ("person", "company", "many")
        for urgency in ("low", "normal", "high", "critical")
    }
