"""Tickets and people to write about."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from desk.accounts.models import User
from desk.conversations.opening import conversation_of_sender
from desk.store import Store
from desk.tickets.ledger import Actor, Write
from desk.tickets.models import Ticket
from desk.tickets.service import open_ticket
from tests.openings import opening

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

Opened = Callable[..., Awaitable[Ticket]]


@pytest.fixture
async def analysts(store: Store) -> list[User]:
    """Ana and Ben."""
    async with store.write() as session:
        users = [
            User(
                email=f"{name}@desk.example",
                role="analyst",
                language="en",
                password_hash="x",
                created_at=NOON,
            )
            for name in ("ana", "ben")
        ]
        session.add_all(users)
    return users


@pytest.fixture
def opened(store: Store) -> Opened:
    """Opens a ticket, each in a conversation of its own."""

    async def make(*, now: datetime = NOON, **changes: Any) -> Ticket:
        async with store.write() as session:
            conversation = await conversation_of_sender(
                session, uuid4().hex, channel="chat", is_test=False
            )
            given: dict[str, Any] = {
                "category": "reports",
                "requester": {"name": "Rosa"},
                "summary": "reports are empty",
            }
            key = changes.pop("idempotency_key", uuid4().hex)
            made = opening(conversation.id, key, **(given | changes))
            return await open_ticket(session, made, now=now)

    return make


def write(user: User | None = None, *, now: datetime = NOON, **rest: Any) -> Write:
    actor = Actor(kind="analyst", user_id=user.id) if user else Actor(kind="system")
    return Write(**({"key": uuid4().hex, "actor": actor, "now": now} | rest))
