"""Whether answers helped, as visitors say."""

from collections import defaultdict
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.figures import BotStratum
from desk.conversations.models import Conversation, Message
from desk.conversations.outcomes import ANSWERS, after_feedback
from desk.conversations.service import locked
from desk.sla.cohort import Labels, Names, key
from desk.sla.statistics import Share


async def give_feedback(
    session: AsyncSession, conversation: Conversation, seq: int, *, helpful: bool
) -> None:
    """Keep what the visitor says of an answer; the last word stays.

    Raises:
        LookupError: there is no answer of the assistant under this sequence number.
    """
    conversation = await locked(session, conversation.id)
    message = None
    if seq <= conversation.last_seq:
        message = await session.scalar(
            select(Message).where(Message.conversation_id == conversation.id, Message.seq == seq)
        )
    if message is None or not _is_answer(message):
        raise LookupError(f"{seq} is no answer")
    message.helpful = helpful
    conversation.outcome = after_feedback(conversation.outcome, helpful=helpful)


async def helpfulness(
    session: AsyncSession,
    *,
    since: datetime | None,
    until: datetime | None,
    by: tuple[BotStratum, ...] = (),
) -> dict[Labels, Share]:
    """Answers that helped among those that visitors spoke of, by group in the order of the labels.

    Counted are answers given within [since, until), those of evaluations left out. Without strata
    there is one group, which may be empty.
    """
    bounds = []
    if since is not None:
        bounds.append(Message.at >= since)
    if until is not None:
        bounds.append(Message.at < until)
    counted = (
        select(
            *(key(stratum, Conversation, Message.at).label(stratum) for stratum in by),
            Message.helpful.label("helpful"),
        )
        .select_from(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Message.helpful.is_not(None), Conversation.is_test.is_(False), *bounds)
        .subquery()
    )
    rows = await session.execute(select(*counted.c, func.count()).group_by(*counted.c))
    names = Names(by, {})
    found: dict[Labels, dict[bool, int]] = defaultdict(lambda: {True: 0, False: 0})
    if not by:
        found[()] = {True: 0, False: 0}
    for *group, helpful, count in rows:
        found[names.labels(group)][helpful] += count
    return {
        group: Share(hits=said[True], total=said[True] + said[False])
        for group, said in sorted(found.items())
    }


def _is_answer(message: Message) -> bool:
    """Whether it is an answer of the assistant, and no greeting or question back."""
    kind = (message.custom or {}).get("kind")
    return message.actor == "bot" and kind in ANSWERS
