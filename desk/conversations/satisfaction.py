"""How requesters rate what was done about their tickets."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Conversation, Satisfaction
from desk.conversations.service import locked
from desk.sla.cohort import Labels, Names, key
from desk.sla.statistics import Share
from desk.tickets.models import Ticket
from desk.tickets.numbers import parse
from desk.tickets.work import RESOLUTIONS
from textkit.masking import mask
from textkit.normalise import printable

SCORES = (1, 2, 3, 4, 5)
SATISFIED = 4
"""The lowest score that counts as satisfied."""
MAX_COMMENT = 2000
"""Characters."""
SatisfactionStratum = Literal["language", "channel", "day", "week", "month"]
SATISFACTION_STRATA: tuple[SatisfactionStratum, ...] = get_args(SatisfactionStratum)
_CHANNEL = "chat"
"""Where requesters are asked."""


@dataclass(frozen=True, kw_only=True)
class Rated:
    """How resolved tickets were rated, and by how many."""

    satisfied: Share
    """Scores of `SATISFIED` and more among all scores."""
    response: Share
    """Tickets that were rated among those that were resolved."""


async def ticket_in(session: AsyncSession, conversation_id: str, typed: str) -> Ticket:
    """The ticket of a number, which must be one of this conversation.

    Raises:
        LookupError: it is not.
    """
    tickets = await session.scalars(select(Ticket).where(Ticket.conversation_id == conversation_id))
    wanted = parse(typed)
    for ticket in tickets:
        if ticket.id == wanted:
            return ticket
    raise LookupError(typed)


async def rate(
    session: AsyncSession,
    conversation: Conversation,
    ticket: str,
    *,
    score: int,
    comment: str,
    now: datetime,
) -> None:
    """Keep how a requester rates a ticket, in the place of what they said before.

    Args:
        ticket: its number.
        score: one of `SCORES`.
        comment: at most `MAX_COMMENT` characters; its secrets are masked before it is kept.

    Raises:
        LookupError: no such ticket in this conversation.
        ValueError: no such score, or too long a comment.
    """
    if score not in SCORES or len(comment) > MAX_COMMENT:
        raise ValueError(f"a score is one of {SCORES}, a comment at most {MAX_COMMENT} characters")
    # Locked, so that two ratings at once are one after the other.
    conversation = await locked(session, conversation.id)
    rated = await ticket_in(session, conversation.id, ticket)
    await session.merge(
        Satisfaction(
            ticket_id=rated.id,
            score=score,
            comment=mask(printable(comment).strip()).text,
            at=now,
            language=conversation.language,
            channel=conversation.channel,
        )
    )


async def satisfaction(
    session: AsyncSession,
    *,
    since: datetime | None,
    until: datetime | None,
    by: tuple[SatisfactionStratum, ...] = (),
) -> dict[Labels, Rated]:
    """How tickets resolved within [since, until) were rated, by group in the order of the labels.

    Counted are tickets that came in by chat, where requesters are asked, and that are resolved
    now; those of evaluations are left out. Without strata there is one group, which may be empty.
    """
    bounds = []
    if since is not None:
        bounds.append(Ticket.disposed_at >= since)
    if until is not None:
        bounds.append(Ticket.disposed_at < until)
    counted = (
        select(
            *(key(stratum, Ticket, Ticket.disposed_at).label(stratum) for stratum in by),
            case((Satisfaction.score.is_(None), 0), else_=1).label("rated"),
            case((Satisfaction.score >= SATISFIED, 1), else_=0).label("satisfied"),
        )
        .select_from(Ticket)
        .outerjoin(Satisfaction, Satisfaction.ticket_id == Ticket.id)
        .where(
            Ticket.state.in_(("resolved", "closed")),
            Ticket.resolution.in_(RESOLUTIONS),
            Ticket.channel == _CHANNEL,
            Ticket.is_test.is_(False),
            *bounds,
        )
        .subquery()
    )
    rows = await session.execute(select(*counted.c, func.count()).group_by(*counted.c))
    names = Names(by, {})
    found: dict[Labels, list[int]] = defaultdict(lambda: [0, 0, 0])
    if not by:
        found[()] = [0, 0, 0]
    for *group, rated, satisfied, count in rows:
        sums = found[names.labels(group)]
        sums[0] += count
        sums[1] += rated * count
        sums[2] += satisfied * count
    return {
        group: Rated(
            satisfied=Share(hits=satisfied, total=rated),
            response=Share(hits=rated, total=resolved),
        )
        for group, (resolved, rated, satisfied) in sorted(found.items())
    }
