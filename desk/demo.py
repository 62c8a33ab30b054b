"""A demonstration: a made-up desk that looks as if it had been at work for two weeks."""

import random
import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts.models import User
from desk.accounts.passwords import one_time
from desk.accounts.service import add_user, find_user
from desk.conversations.models import Conversation, Message, Satisfaction
from desk.settings import PROJECT
from desk.tickets import work
from desk.tickets.ledger import Act, Actor, Write, record
from desk.tickets.models import Ticket
from desk.tickets.service import Opening, open_ticket

PEOPLE = (
    ("ana@demo.example", "analyst", "en", "Ana"),
    ("luis@demo.example", "analyst", "es", "Luis"),
    ("alex@demo.example", "admin", "en", "Alex"),
)
PAST_DAYS, PAST_TICKETS = 14, 70
_DATA = PROJECT / "data" / "demo"

Step = tuple[float, str, Act]
"""So many minutes after the ticket was opened, this analyst does this."""


class InUse(Exception):
    """The store holds something that is no demonstration."""


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
    "reopened": [
        *_ended("luis", "resolved", "answered"),
        (300, "luis", Act(kind="reopened", reason="not_solved")),
    ],
    "closed": [*_ended("ana", "resolved", "answered"), (120, "ana", Act(kind="closed"))],
    "transferred": _ended("luis", "transferred", "port", after=50),
    "cancelled": [(5, "luis", Act(kind="cancelled", reason="spam"))],
}
"""What became of a ticket, by the name that stories give it."""


@cache
def stories() -> list[dict[str, Any]]:
    """What people wrote, and what became of it."""
    read: list[dict[str, Any]] = _read("stories")["story"]
    return read


@cache
def words(language: str) -> dict[str, Any]:
    """What is said in a language."""
    return _read(language)


async def is_demonstration(session: AsyncSession) -> bool:
    """Whether the store holds a demonstration."""
    return await find_user(session, PEOPLE[0][0]) is not None


async def prepare(session: AsyncSession, *, now: datetime) -> list[tuple[str, str]]:
    """Make a demonstration of an empty store; its people with their one-time passwords.

    A store that is one already stays as it is, and nobody gets another password.

    Raises:
        InUse: there are users, conversations or tickets of another desk.
    """
    if await is_demonstration(session):
        return []
    for table in (User, Conversation, Ticket):
        if await session.scalar(select(exists().select_from(table))):
            raise InUse(
                f"the store has rows in {table.__tablename__!r}, which are no demonstration"
            )
    passwords, ids = [], {}
    for email, role, language, name in PEOPLE:
        password = one_time()
        user = await add_user(
            session, email=email, role=role, language=language, password=password, name=name,
            must_change=True,
        )  # fmt: skip
        ids[name.lower()] = user.id
        passwords.append((email, password))
    await fill(session, ids, now=now)
    return passwords


async def fill(session: AsyncSession, people: Mapping[str, int], *, now: datetime) -> None:
    """Write the tickets of today and of the days before, which `ana` and `luis` have worked on."""
    now = now.replace(microsecond=0)
    chance = random.Random(7)  # noqa: S311 (the same desk every time)
    for number in range(PAST_TICKETS):
        ends = chance.choices(["resolved", "late", "transferred", "cancelled"], [80, 7, 9, 4])
        story = chance.choice(stories()) | {
            "language": chance.choice(["en", "es"]),
            "ago": chance.uniform(1500, PAST_DAYS * 1440),
            "goes": ends[0],
        }
        score = chance.choices([None, 5, 4, 3, 2], [40, 35, 15, 6, 4])[0]
        await _live(session, story, f"demo-past-{number}", people, now=now, score=score)
    for number, story in enumerate(sorted(stories(), key=lambda story: -story["ago"])):
        await _live(session, story, f"demo-now-{number}", people, now=now)


async def _live(
    session: AsyncSession,
    story: Mapping[str, Any],
    key: str,
    people: Mapping[str, int],
    *,
    now: datetime,
    score: int | None = None,
) -> None:
    """Open a story's ticket when it says, and let happen what became of it."""
    at = now - timedelta(minutes=story["ago"])
    said = words(story["language"])
    conversation = _conversation(story, key, at)
    session.add(conversation)
    await session.flush()
    text, answer = said["story"][story["key"]]["text"], said["story"][story["key"]]["answer"]
    read = {"intent": story["sort"].split("/")[0], "confidence": 0.87}
    language = {"language": story["language"]}
    _say(session, conversation, "visitor", text, at, answered_at=at, evidence=read | language)
    _say(session, conversation, "bot", said["receipt"], at, custom={"kind": "ticket"} | language)
    await session.flush()
    ticket = await open_ticket(session, _opening(story, key, text), now=at)
    system = Write(key=f"{key}-tag", actor=Actor(kind="system"), now=at)
    await work.tag(session, ticket.id, system, add=("demo",))
    for number, (after, who, act) in enumerate(COURSES[story["goes"]]):
        then = at + timedelta(minutes=after)
        by = people[who]
        write = Write(key=f"{key}-{number}", actor=Actor(kind="analyst", user_id=by), now=then)
        ticket = await record(session, ticket.id, write, [act])
        if act.kind == "responded":
            _say(session, conversation, "analyst", answer, then, user_id=by)
        if act.kind in ("resolved", "transferred"):
            ticket.resolution_notes = said["resolution"]
    if score is not None and ticket.state == "resolved" and story["channel"] == "chat":
        session.add(
            Satisfaction(
                ticket_id=ticket.id, score=score, comment="", at=at + timedelta(minutes=95),
                language=story["language"], channel="chat",
            )
        )  # fmt: skip
    if story["goes"] == "held":
        actor = Actor(kind="analyst", user_id=people["ana"])
        write = Write(key=f"{key}-plan", actor=actor, now=at + timedelta(minutes=31))
        due = now + timedelta(hours=5)
        await work.plan(session, ticket.id, write, action=said["plan"], due=due)


def _conversation(story: Mapping[str, Any], key: str, at: datetime) -> Conversation:
    waits = story["goes"] == "waits"
    return Conversation(
        id=key, namespace="rest", sender=key, channel=story["channel"], language=story["language"],
        is_test=False, created_at=at, state="waiting" if waits else "bot", epoch=0, last_seq=0,
        waiting_since=at if waits else None,
    )  # fmt: skip


def _say(
    session: AsyncSession, conversation: Conversation, actor: str, text: str, at: datetime,
    **rest: Any,
) -> None:  # fmt: skip
    conversation.last_seq += 1
    conversation.last_at = at
    session.add(
        Message(
            id=f"{conversation.id}-{conversation.last_seq}", conversation_id=conversation.id,
            seq=conversation.last_seq, at=at, actor=actor, text=text,
            language=conversation.language, **rest,
        )
    )  # fmt: skip


def _opening(story: Mapping[str, Any], key: str, text: str) -> Opening:
    category, topic = story["sort"].split("/")
    return Opening(
        idempotency_key=key,
        conversation_id=key,
        language=story["language"],
        channel=story["channel"],
        category=category,
        topic=topic,
        urgency=story.get("urgency", "normal"),
        article=None,
        requester=_requester(story),
        summary=text,
        trail=[],
        is_test=False,
        actor="customer",
    )


def _requester(story: Mapping[str, Any]) -> dict[str, str]:
    if "name" not in story:
        return {}
    first = story["name"].split(" ")[0].lower()
    first = first.translate(str.maketrans("áéíóúñ", "aeioun"))
    return {
        "name": story["name"],
        "company": story["company"],
        "role": words(story["language"])["role"][story["role"]],
        "email": f"{first}@trade.example",
        "spoken_language": story["language"],
        "written_language": story["language"],
    }


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_DATA / f"{name}.toml").read_text(encoding="utf-8"))
