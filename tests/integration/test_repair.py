"""What is cached of tickets is what their logs say, after whatever has happened to them."""

import os
import random
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, insert, update

from desk.accounts.models import User
from desk.conversations.opening import conversation_of_sender
from desk.sla.models import EpisodeRow
from desk.store import Store
from desk.tickets import work
from desk.tickets.ledger import Actor, Write, cached, cached_episodes, record
from desk.tickets.log import Line, following, opened
from desk.tickets.models import Ticket, TicketEvent
from desk.tickets.repair import repair
from desk.tickets.service import open_ticket
from desk.tickets.states import OPEN
from tests.openings import opening
from tests.walks import START, random_act, random_log, random_opening, random_wait

LONG = bool(os.environ.get("ACEDESK_PROVE"))
EVENTS = 10_000 if LONG else 1_000
"""Written one by one, as in service."""
BULK = {"sqlite": 1_000_000, "postgresql": 200_000} if LONG else {}
"""Cached by the same functions when they happen, and written many at once; by database."""
A_TICKET = 10
TOGETHER = 200
"""Tickets that live at the same time, and are written in one transaction."""


def users() -> list[User]:
    return [
        User(email=f"u{n}@x", role="analyst", language="en", password_hash="-", created_at=START)
        for n in range(3)
    ]


async def live(store: Store, rng: random.Random, count: int) -> int:
    """Let `count` tickets live random lives, with merges; how many events that were."""
    async with store.write() as session:
        people = users()
        session.add_all(people)
        conversation = await conversation_of_sender(session, "v", channel="chat", is_test=False)
    written = 0
    for first in range(0, count, TOGETHER):
        async with store.write() as session:
            ids, at = [], START + first * timedelta(minutes=7)
            for _ in range(min(TOGETHER, count - first)):
                at += random_wait(rng)
                made = opening(
                    conversation.id,
                    uuid4().hex,
                    is_test=rng.random() < 0.1,
                    **random_opening(rng),
                )
                ids.append((await open_ticket(session, made, now=at)).id)
                written += 1
            for _ in range((A_TICKET - 1) * len(ids)):
                at += random_wait(rng) / 100
                written += await _act(session, rng, ids, [user.id for user in people], at)
            session.expunge_all()
    return written


async def _act(session, rng, ids, users, at) -> int:
    ticket = await session.get_one(Ticket, rng.choice(ids))
    actor = Actor(kind="analyst", user_id=rng.choice(users))
    write = Write(key=uuid4().hex, actor=actor, now=at)
    if ticket.state in OPEN and rng.random() < 0.03:
        into = await session.get_one(Ticket, rng.choice(ids))
        if into.state in OPEN and into.id != ticket.id:
            await work.merge(session, ticket.id, write, into=into.id)
            return 2
    await record(session, ticket.id, write, [random_act(rng, ticket.state, users)])
    return 1


async def differences(
    store: Store, *, write: bool = False, now: datetime = START + timedelta(days=4000)
) -> list[str]:
    found = []
    async for batch in repair(store, now=now, write=write):
        found += [f"{difference.ticket} {difference.what}" for difference in batch]
    return found


async def test_nothing_differs_after_random_lives(migrated: Store) -> None:
    events = await live(migrated, random.Random(4), EVENTS // A_TICKET)
    assert events >= 0.95 * EVENTS
    assert await differences(migrated) == []


async def test_nothing_differs_for_a_clock_that_was_set_back(migrated: Store) -> None:
    await live(migrated, random.Random(5), 5)
    assert await differences(migrated, now=START - timedelta(minutes=1)) == []


async def test_nothing_differs_after_a_great_many_random_events(migrated: Store) -> None:
    async with migrated.write() as session:
        session.add_all(users())
        conversation = await conversation_of_sender(session, "v", channel="chat", is_test=False)
    rng, events = random.Random(6), 0
    wanted = BULK.get(migrated.engine.dialect.name, 5_000)
    for first in range(1, wanted // A_TICKET + 1, 1_000):
        tickets, lines, episodes = [], [], []
        for ticket_id in range(first, min(first + 1_000, wanted // A_TICKET + 1)):
            log = random_log(rng, A_TICKET)
            snapshot = opened(log[0])
            for line in log[1:]:
                snapshot = following(snapshot, line)
            rows = cached_episodes(snapshot, log, now=log[-1].at)
            told = dict.fromkeys(("article", "summary"), "") | {
                "id": ticket_id, "idempotency_key": f"k{ticket_id}",
                "conversation_id": conversation.id, "requester": {}, "details": {}, "trail": [],
            }  # fmt: skip
            tickets.append(told | cached(snapshot, rows))
            lines += [as_row(line, ticket_id) for line in log]
            episodes += [row | {"ticket_id": ticket_id} for row in rows]
        async with migrated.write() as session:
            for table, values in ((Ticket, tickets), (TicketEvent, lines), (EpisodeRow, episodes)):
                await session.execute(insert(table), values)
        events += len(lines)
    assert events == wanted
    assert await differences(migrated) == []


def as_row(line: Line, ticket_id: int) -> dict[str, Any]:
    names = ("seq", "at", "kind", "actor", "user_id", "reason", "payload")
    kept = {name: getattr(line, name) for name in names}
    return kept | {"id": f"{ticket_id}-{line.id}", "ticket_id": ticket_id, "recorded_at": line.at}


async def test_what_was_tampered_with_is_found_and_rebuilt(migrated: Store) -> None:
    await live(migrated, random.Random(5), 12)
    async with migrated.write() as session:
        await session.execute(update(Ticket).where(Ticket.id == 3).values(state="closed"))
        await session.execute(
            update(EpisodeRow)
            .where(EpisodeRow.ticket_id == 4, EpisodeRow.metric == "processed")
            .values(outcome="met", counted_s=1.0)
        )
        await session.execute(delete(EpisodeRow).where(EpisodeRow.ticket_id == 5))
    found = await differences(migrated)
    assert "ASD-000003 state" in found
    assert "ASD-000004 processed/1.counted_s" in found
    assert {"ASD-000005 processed/1", "ASD-000005 resolution/1"} <= set(found)
    assert {line.split()[0] for line in found} == {"ASD-000003", "ASD-000004", "ASD-000005"}
    assert await differences(migrated, write=True) == found
    assert await differences(migrated) == []
