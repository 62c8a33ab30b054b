"""Tickets for tests of figures: opened, worked on and ended at random, through the ledger."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from desk.accounts.models import User
from desk.conversations.models import Conversation
from desk.store import Store
from desk.tickets.ledger import Act, Actor, Write, record
from desk.tickets.models import Ticket, TicketEvent
from desk.tickets.service import Opening, open_ticket
from desk.tickets.states import MOVES

NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
EMAILS = ("ana@desk.example", "luis@desk.example")
_DONE = {
    "resolved": ("answered", "done"),
    "transferred": ("port", "broker"),
    "cancelled": ("spam", "duplicate"),
    "paused": ("user", "office"),
    "reopened": ("not_solved",),
}


async def fill(store: Store, *, seed: int, count: int, days: int = 20) -> None:
    """Open `count` tickets in the `days` before `NOW`, and let things happen to them."""
    chance = random.Random(seed)
    async with store.write() as session:
        for email in EMAILS:
            session.add(
                User(email=email, role="analyst", language="en", password_hash="x", created_at=NOW)
            )
    for number in range(count):
        await _ticket(store, chance, number, days)


async def _ticket(store: Store, chance: random.Random, number: int, days: int) -> None:
    at = NOW - timedelta(seconds=chance.randrange(days * 86400))
    name = f"{chance.getrandbits(64):016x}-{number}"
    language = chance.choice(["en", "en", "es"])
    channel = chance.choice(["chat", "email"])
    async with store.write() as session:
        session.add(
            Conversation(
                id=name,
                namespace="rest",
                sender=name,
                channel=channel,
                language=language,
                is_test=False,
                created_at=at,
            )
        )
        await session.flush()
        opening = Opening(
            idempotency_key=name,
            conversation_id=name,
            language=language,
            channel=channel,
            category=chance.choice(["support", "reports", "cargo"]),
            urgency=chance.choice(["critical", "normal", "low"]),
            article=None,
            requester={},
            summary="",
            trail=[],
            is_test=chance.random() < 0.1,
            actor="customer",
        )
        ticket = await open_ticket(session, opening, now=at)
    for step in range(chance.randrange(8)):
        at += timedelta(seconds=round(chance.lognormvariate(8, 1.5), 3))
        if at > NOW:
            break
        kinds = [kind for kind in _KINDS if ticket.state in MOVES[kind]]
        if not kinds:
            break
        act = _act(chance, chance.choice(kinds))
        actor = Actor(kind="customer") if act.kind == "received" else _analyst(chance)
        async with store.write() as session:
            ticket = await record(
                session, ticket.id, Write(key=f"{name}-{step}", actor=actor, now=at), [act]
            )


_KINDS = (
    "assigned", "started", "responded", "responded", "received", "paused", "resumed", "resumed",
    "resolved", "transferred", "cancelled", "reopened", "prioritised",
)  # fmt: skip


def _analyst(chance: random.Random) -> Actor:
    return Actor(kind="analyst", user_id=chance.choice([1, 2]))


def _act(chance: random.Random, kind: str) -> Act:
    payloads = {
        "assigned": {"assignee_id": chance.choice([1, 2])},
        "received": {"waits": True},
        "prioritised": {"impact": "company", "urgency": "critical", "priority": "urgent"},
    }
    reasons = _DONE.get(kind)
    return Act(
        kind=kind,
        reason=chance.choice(reasons) if reasons else None,
        payload=payloads.get(kind, {}),
    )


async def logs(store: Store) -> Iterable[tuple[Ticket, list[TicketEvent]]]:
    """Every ticket with its log, those of evaluations left out."""
    async with store.read() as session:
        tickets = list(await session.scalars(select(Ticket).where(Ticket.is_test.is_(False))))
        lines = list(await session.scalars(select(TicketEvent).order_by(TicketEvent.seq)))
    return [(ticket, [line for line in lines if line.ticket_id == ticket.id]) for ticket in tickets]
