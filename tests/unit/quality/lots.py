"""Tickets, users and reviews for the tests of this room."""

from datetime import UTC, datetime, timedelta

from desk.accounts.models import User
from desk.conversations.opening import conversation_of_sender
from desk.quality.rubric import rubric
from desk.quality.service import draw_lot, find_lot, record_review
from desk.tickets.models import Ticket
from desk.tickets.service import open_ticket
from tests.openings import opening

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
SINCE, UNTIL = NOW - timedelta(days=7), NOW
BEST = dict.fromkeys(rubric().criteria, 2)
BAD = BEST | {"accuracy": 0}


async def add_users(store, *names):
    """Users by name; nobody signs in, so no password is hashed."""
    async with store.write() as session:
        users = [
            User(
                email=f"{name}@example.com",
                role="analyst",
                language="en",
                password_hash="-",
                created_at=NOW,
            )
            for name in names
        ]
        session.add_all(users)
        await session.flush()
        return {user.email.partition("@")[0]: user.id for user in users}


async def add_tickets(store, number, *, at=NOW - timedelta(days=1), prefix="t", **changes):
    """Resolved tickets; returns their ids."""
    async with store.write() as session:
        conversation = await conversation_of_sender(
            session, f"{prefix}-visitor", channel="chat", is_test=False
        )
        ids = []
        for place in range(number):
            ticket = await open_ticket(
                session, opening(conversation.id, f"{prefix}-{place}"), now=at - timedelta(hours=1)
            )
            values = {"state": "resolved", "disposed_at": at} | changes
            for name, value in values.items():
                setattr(ticket, name, value)
            ids.append(ticket.id)
        return ids


async def drawn(store, **changes):
    """The id of a new lot."""
    values = {"since": SINCE, "until": UNTIL, "level": "II", "aql": 10, "now": NOW, "seed": "s"}
    async with store.write() as session:
        return (await draw_lot(session, **(values | changes))).id


async def loaded(store, lot_id):
    async with store.read() as session:
        return await find_lot(session, lot_id)


async def review(store, lot_id, ticket_id, *, by="ana", scores=BEST, **changes):
    async with store.write() as session:
        return await record_review(
            session,
            lot_id=lot_id,
            ticket_id=ticket_id,
            reviewer=f"{by}@example.com",
            scores=scores,
            now=NOW,
            **changes,
        )


async def review_all(store, lot_id, *, bad=0, by="ana"):
    """A review of every drawn ticket, the first ones bad."""
    lot = await loaded(store, lot_id)
    for place, sample in enumerate(lot.sample):
        scores = BAD if place < bad else BEST
        await review(store, lot_id, sample.ticket_id, by=by, scores=scores)


async def change(store, ticket_id, **values):
    async with store.write() as session:
        ticket = await session.get_one(Ticket, ticket_id)
        for name, value in values.items():
            setattr(ticket, name, value)
