"""How the desk stands at a moment, in a handful of counts that the store answers cheaply.

All but the mails in quarantine is read by indexes that hold only what waits or is open. Tickets and
conversations of evaluations are left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Conversation, InboundMail, Message
from desk.conversations.post import TOPIC
from desk.conversations.queues import SOON
from desk.conversations.service import UNANSWERED
from desk.conversations.waiting import CHANNEL
from desk.outbox.models import OutboxItem
from desk.outbox.topics import PING, TOPICS
from desk.sla.clock import METRICS
from desk.sla.cohort import Cohort
from desk.sla.figures import outcomes
from desk.tickets.models import Ticket
from desk.tickets.states import OPEN

LANGUAGES = ("en", "es")
PERIOD = timedelta(days=30)
"""How far back attainment looks."""


@dataclass(frozen=True, kw_only=True)
class Pile:
    """Things that wait: how many, and for how long the oldest has waited."""

    count: int = 0
    oldest_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What waits and what is open."""

    open: Mapping[str, int]
    """Tickets by language."""
    overdue: Mapping[str, int]
    """Those of them past a deadline."""
    at_risk: Mapping[str, int]
    """Those with a deadline within the hour."""
    waiting: Mapping[str, Pile]
    """Visitors in a chat who wait for a person, by language."""
    unanswered: Pile
    """Messages in a chat that no machine has answered yet."""
    outbox: Mapping[str, Pile]
    """What must leave the desk, by topic."""
    mails: Pile
    """Mails that nobody has dealt with yet."""


@dataclass(frozen=True, kw_only=True)
class Review:
    """What costs a little more to count."""

    attainment: Mapping[str, float]
    """The share of clocks kept, by metric, of those that began in the last 30 days; a metric of
    which nothing is decided yet is missing."""
    quarantined: int
    """Mails that wait for somebody to look."""


async def standing(session: AsyncSession, *, now: datetime) -> Standing:
    """Count what waits and what is open."""
    tickets = (
        await session.execute(
            select(
                Ticket.language,
                func.count(),
                func.count(case((Ticket.next_due < now, 1))),
                func.count(case((Ticket.next_due.between(now, now + SOON), 1))),
            )
            .where(Ticket.state.in_(OPEN), Ticket.is_test.is_(False))
            .group_by(Ticket.language)
        )
    ).all()
    none = dict.fromkeys(LANGUAGES, 0)
    waiting = (
        select(Conversation.language, *_pile(Conversation.waiting_since))
        .where(
            Conversation.waiting_since.is_not(None),
            Conversation.state == "waiting",
            Conversation.channel == CHANNEL,
            Conversation.is_test.is_(False),
        )
        .group_by(Conversation.language)
    )
    unanswered = (
        select(literal("all"), *_pile(Message.at))
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(UNANSWERED)
    )
    outbox = (
        select(OutboxItem.topic, *_pile(OutboxItem.created_at))
        .where(OutboxItem.settled_at.is_(None))
        .group_by(OutboxItem.topic)
    )
    mails = select(literal("all"), *_pile(InboundMail.received_at)).where(
        InboundMail.state == "received"
    )
    return Standing(
        open=none | {language: count for language, count, _, _ in tickets},
        overdue=none | {language: late for language, _, late, _ in tickets},
        at_risk=none | {language: soon for language, _, _, soon in tickets},
        waiting=await _piles(session, waiting, now, LANGUAGES),
        unanswered=(await _piles(session, unanswered, now))["all"],
        outbox=await _piles(session, outbox, now, (*TOPICS, PING, TOPIC)),
        mails=(await _piles(session, mails, now))["all"],
    )


async def review(session: AsyncSession, *, now: datetime) -> Review:
    """Count the rest."""
    attainment = {}
    for metric in METRICS:
        cohort = Cohort(metric=metric, since=now - PERIOD, until=now, now=now)
        if (share := (await outcomes(session, cohort)).share) is not None:
            attainment[metric] = share
    quarantined = select(func.count()).where(InboundMail.state == "quarantined")
    return Review(attainment=attainment, quarantined=await session.scalar(quarantined) or 0)


def _pile(since: Any) -> tuple[Any, Any]:
    return func.count(), func.min(since)


async def _piles(
    session: AsyncSession, query: Select[Any], now: datetime, names: tuple[str, ...] = ()
) -> dict[str, Pile]:
    """By the first column of a query, the pile of the other two; also of names without one."""
    rows = await session.execute(query)
    found = {
        name: Pile(
            count=count, oldest_s=0.0 if since is None else max(0.0, (now - since).total_seconds())
        )
        for name, count, since in rows
    }
    return dict.fromkeys(names, Pile()) | found
