"""The desk of the demonstration, with more people and reviews, for the pictures."""

import random
from datetime import UTC, datetime, timedelta

from desk import demo
from desk.accounts.service import add_user
from desk.quality.rubric import rubric
from desk.quality.service import decide_lot, draw_lot, find_lot, record_review
from desk.store import Store

PASSWORD = "correct horse battery"
PEOPLE = (
    ("ana@desk.example", "analyst", "Ana"),
    ("luis@desk.example", "analyst", "Luis"),
    ("marta@desk.example", "lead", "Marta"),
    ("quinn@desk.example", "quality_reviewer", "Quinn"),
    ("admin@desk.example", "admin", "Alex"),
    ("code@desk.example", "analyst", "Inés"),
)
ANA, LUIS, MARTA, QUINN, ADMIN, CODE = (email for email, _, _ in PEOPLE)


async def fill(store: Store) -> None:
    """Make the people, the tickets of today and of the days before, ratings and two lots."""
    now = datetime.now(UTC).replace(microsecond=0)
    async with store.write() as session:
        ids = {
            name.lower(): (
                await add_user(
                    session, email=email, role=role, language="en", password=PASSWORD, name=name
                )
            ).id
            for email, role, name in PEOPLE
        }
        await demo.fill(session, ids, now=now)
    await _review(store, now, random.Random(7))


async def _review(store: Store, now: datetime, chance: random.Random) -> None:
    """A lot that is decided, and a younger one that is half reviewed."""
    today = now.replace(hour=0, minute=0, second=0)
    for first, last, share in ((13, 8, 1.0), (7, 2, 0.5)):
        async with store.write() as session:
            lot = await draw_lot(
                session, since=today - timedelta(days=first), until=today - timedelta(days=last),
                level="II", aql=10, now=now, seed=f"pictures-{first}", by=QUINN,
            )  # fmt: skip
        async with store.read() as session:
            drawn = [one.ticket_id for one in (await find_lot(session, lot.id)).sample]
        for ticket_id in drawn[: round(len(drawn) * share)]:
            scores: dict[str, int | None] = dict.fromkeys(rubric().criteria, 2)
            if chance.random() < 0.12:
                scores["accuracy"] = 0
            async with store.write() as session:
                await record_review(
                    session, lot_id=lot.id, ticket_id=ticket_id, reviewer=QUINN, scores=scores,
                    now=now, comment="Clear and complete.",
                )  # fmt: skip
        if share == 1.0:
            async with store.write() as session:
                await decide_lot(session, lot.id, now=now)
