"""A desk that has been at work for two weeks, made up for the pictures."""

import random
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts.service import add_user
from desk.conversations.models import Conversation, Message, Satisfaction
from desk.quality.rubric import rubric
from desk.quality.service import decide_lot, draw_lot, find_lot, record_review
from desk.store import Store
from desk.tickets import triage, work
from desk.tickets.ledger import Act, Actor, Write, record
from desk.tickets.models import Ticket
from desk.tickets.service import open_ticket
from tests.openings import opening

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

STORIES = tomllib.loads(Path(__file__).with_name("stories.toml").read_text())["story"]
PAST_DAYS, PAST_TICKETS = 14, 70

Step = tuple[float, str, Act]
"""So many minutes after the ticket was opened, this analyst does this."""


class Clerk(NamedTuple):
    """The user ids of those who work on tickets."""

    ana: int
    luis: int


def _took(who: str, after: float = 4) -> list[Step]:
    return [(after, who, Act(kind="started")), (after + 3, who, Act(kind="responded"))]


def _ended(who: str, kind: str, reason: str, after: float = 90) -> list[Step]:
    return [*_took(who), (after, who, Act(kind=kind, reason=reason))]


COURSES: Mapping[str, Sequence[Step]] = {
    "new": [],
    "waits": [],
    "mine": _took("ana"),
    "luis": _took("luis"),
    "escalated": [*_took("luis"), (20, "luis", Act(kind="escalated"))],
    "held": [*_took("ana"), (30, "ana", Act(kind="paused", reason="user"))],
    "resolved": _ended("ana", "resolved", "explained"),
    "late": _ended("luis", "resolved", "done", after=410),
    "reopened": [*_ended("luis", "resolved", "answered"),
                 (300, "luis", Act(kind="reopened", reason="not_solved"))],
    "closed": [*_ended("ana", "resolved", "answered"), (120, "ana", Act(kind="closed"))],
    "transferred": _ended("luis", "transferred", "port", after=50),
    "cancelled": [(5, "luis", Act(kind="cancelled", reason="spam"))],
}  # fmt: skip
"""What became of a ticket, by the name that stories give it."""


async def fill(store: Store) -> None:
    """Make the people, the tickets of today and of the days before, ratings and two lots."""
    now = datetime.now(UTC).replace(microsecond=0)
    chance = random.Random(7)
    async with store.write() as session:
        ids = [
            (
                await add_user(
                    session, email=email, role=role, language="en", password=PASSWORD, name=name
                )
            ).id
            for email, role, name in PEOPLE
        ]
    clerk = Clerk(*ids[:2])
    for number in range(PAST_TICKETS):
        story = chance.choice(STORIES) | {
            "ago": chance.uniform(1500, PAST_DAYS * 1440),
            "goes": chance.choices(["resolved", "late", "transferred", "cancelled"], [80, 7, 9, 4])[
                0
            ],
        }
        score = chance.choices([None, 5, 4, 3, 2], [40, 35, 15, 6, 4])[0]
        await _live(store, story, f"past-{number}", clerk, now=now, score=score)
    for number, story in enumerate(sorted(STORIES, key=lambda story: -story["ago"])):
        await _live(store, story, f"now-{number}", clerk, now=now)
    await _review(store, now, chance)


async def _live(
    store: Store,
    story: dict[str, Any],
    key: str,
    clerk: Clerk,
    *,
    now: datetime,
    score: int | None = None,
) -> None:
    """Open a story's ticket when it says, and let happen what became of it."""
    at = now - timedelta(minutes=story["ago"])
    async with store.write() as session:
        _say(session, story, key, at)
        await session.flush()
        ticket = await open_ticket(session, _opening(story, key), now=at)
    for number, (after, who, act) in enumerate(COURSES[story["goes"]]):
        actor = Actor(kind="analyst", user_id=getattr(clerk, who))
        then = at + timedelta(minutes=after)
        async with store.write() as session:
            write = Write(key=f"{key}-{number}", actor=actor, now=then)
            ticket = await record(session, ticket.id, write, [act])
            if act.kind in ("resolved", "transferred"):
                ticket.resolution_notes = "Went through it with the requester."
    if score is not None and ticket.state == "resolved" and story["channel"] == "chat":
        async with store.write() as session:
            session.add(
                Satisfaction(
                    ticket_id=ticket.id, score=score, comment="", at=at + timedelta(minutes=95),
                    language=story["language"], channel="chat",
                )
            )  # fmt: skip
    if story["goes"] == "held":
        async with store.write() as session:
            await _plan(session, ticket, clerk, at=at, until=now + timedelta(hours=5))


def _say(session: AsyncSession, story: dict[str, Any], key: str, at: datetime) -> None:
    waits = story["goes"] == "waits"
    session.add(
        Conversation(
            id=key, namespace="rest", sender=key, channel=story["channel"],
            language=story["language"], is_test=False, created_at=at,
            state="waiting" if waits else "bot", waiting_since=at if waits else None,
        )
    )  # fmt: skip
    session.add(
        Message(
            id=f"{key}-1", conversation_id=key, seq=1, at=at, actor="visitor", text=story["text"],
            language=story["language"], answered_at=at,
            evidence={"intent": story["sort"].split("/")[0], "confidence": 0.87,
                      "language": story["language"]},
        )
    )  # fmt: skip


def _opening(story: dict[str, Any], key: str) -> Any:
    category, topic = story["sort"].split("/")
    first = story["name"].split(" ")[0].lower()
    first = first.translate(str.maketrans("áéíóúñ", "aeioun"))
    requester = {
        "name": story["name"],
        "company": story["company"],
        "role": story["role"],
        "email": f"{first}@trade.example",
        "spoken_language": story["language"],
        "written_language": story["language"],
    }
    triage.check(category, topic)
    return opening(
        key,
        key,
        language=story["language"],
        channel=story["channel"],
        category=category,
        topic=topic,
        urgency=story.get("urgency", "normal"),
        requester=requester if story["name"] else {},
        summary=story["text"],
        actor="customer",
    )


async def _plan(
    session: AsyncSession, ticket: Ticket, clerk: Clerk, *, at: datetime, until: datetime
) -> None:
    write = Write(
        key=f"{ticket.idempotency_key}-plan",
        actor=Actor(kind="analyst", user_id=clerk.ana),
        now=at + timedelta(minutes=31),
    )
    await work.plan(session, ticket.id, write, action="Ask again for the document", due=until)


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
