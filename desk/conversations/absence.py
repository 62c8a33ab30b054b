"""When nobody comes, or nobody answers: visitors are told, and go back to the queue."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts.models import User
from desk.conversations.models import Conversation, Message, Stretch
from desk.conversations.ownership import release, stretch_of
from desk.conversations.post import NAMESPACE
from desk.conversations.service import only_thanks, shown_name, tell
from desk.messages.moments import moment
from desk.sla.models import EpisodeRow
from desk.store import Store
from desk.tickets import work
from desk.tickets.ledger import Actor, Write, tell_subscribers
from desk.tickets.models import Ticket
from desk.tickets.service import ticket_of_conversation

BATCH = 50
"""Visitors who are told in one transaction."""


async def time_out_silent(store: Store, now: datetime, *, after: timedelta) -> int:
    """Put visitors back into the queue whom their analyst has left without a word; how many.

    One whose tickets are all done with goes back to the assistant.
    """
    # Looked at without locks first: most analysts answer, and nobody is to wait for this look.
    async with store.read() as session:
        owned = await session.scalars(
            select(Conversation)
            .join(Stretch, Stretch.conversation_id == Conversation.id)
            .where(
                Conversation.state == "analyst",
                # Whoever wrote a mail does not sit and wait.
                Conversation.namespace != NAMESPACE,
                Stretch.ended_at.is_(None),
                Stretch.started_at < now - after,
            )
            .order_by(Conversation.id)
        )
        late = [one.id for one in owned if await _is_late(session, one, now - after)]
    count = 0
    for conversation_id in late:
        async with store.write() as session:
            conversation = await session.get(
                Conversation, conversation_id, with_for_update={"skip_locked": True}
            )
            if conversation is not None and await _is_late(session, conversation, now - after):
                await _put_back(session, conversation, now)
                count += 1
    return count


async def tell_unattended(store: Store, now: datetime, *, after: timedelta) -> int:
    """Tell visitors for whom nobody has come yet when a person will answer, once in each wait.

    Returns:
        How many were told; `BATCH` means that more may be waiting.
    """
    async with store.write() as session:
        rows = list(
            await session.scalars(
                select(Conversation)
                .where(
                    Conversation.waiting_since < now - after,
                    Conversation.told_unattended_at.is_(None),
                    Conversation.channel == "chat",
                )
                .order_by(Conversation.waiting_since)
                .limit(BATCH)
                .with_for_update(skip_locked=True)
            )
        )
        for conversation in rows:
            conversation.told_unattended_at = now
            ticket = await ticket_of_conversation(session, conversation.id)
            if ticket is None or conversation.is_test:
                continue
            due = await answer_due(session, ticket)
            if due is None:
                # They have had an answer before, and none is promised by a time now.
                tell(session, conversation, "unattended_again", "timeout", number=ticket.number)
            elif due <= now:
                tell(session, conversation, "unattended_late", "timeout", number=ticket.number)
            else:
                tell(
                    session,
                    conversation,
                    "unattended",
                    "timeout",
                    number=ticket.number,
                    due=moment(due, conversation.language),
                )
        return len(rows)


async def answer_due(session: AsyncSession, ticket: Ticket) -> datetime | None:
    """By when a person is promised to have answered, or None when that clock has stopped."""
    due: datetime | None = await session.scalar(
        select(EpisodeRow.due).where(
            EpisodeRow.ticket_id == ticket.id,
            EpisodeRow.metric == "first_response",
            EpisodeRow.stop.is_(None),
        )
    )
    return due


async def _is_late(session: AsyncSession, conversation: Conversation, before: datetime) -> bool:
    since = await _waits_since(session, conversation)
    return since is not None and since < before


async def _waits_since(session: AsyncSession, conversation: Conversation) -> datetime | None:
    """Since when the visitor waits for a word of the analyst; None when they don't."""
    stretch = await stretch_of(session, conversation)
    if stretch is None:
        return None
    spoke = await session.scalar(
        select(func.max(Message.seq)).where(
            Message.conversation_id == conversation.id,
            Message.actor == "analyst",
            Message.epoch == conversation.epoch,
        )
    )
    if spoke is None:
        return stretch.started_at
    rows = await session.execute(
        select(Message.at, Message.text)
        .where(
            Message.conversation_id == conversation.id,
            Message.actor == "visitor",
            Message.seq > spoke,
        )
        .order_by(Message.seq)
    )
    return next((row.at for row in rows if not only_thanks(row.text)), None)


async def _put_back(session: AsyncSession, conversation: Conversation, now: datetime) -> None:
    user = await session.get_one(User, conversation.owner_id)
    name = shown_name(user, conversation)
    ticket = await ticket_of_conversation(session, conversation.id)
    if ticket is None:
        # Nothing is left for another analyst to do.
        await release(session, conversation, "handed_back", now)
        tell(session, conversation, "handed_back", "left", name=name)
        return
    await release(session, conversation, "timed_out", now)
    tell(session, conversation, "timed_out", "left", name=name)
    key = f"timeout/{conversation.id[:12]}/{conversation.epoch}"
    if ticket.assignee_id == user.id:
        back = Write(key=key, actor=Actor(kind="system"), now=now)
        await work.give_back(session, ticket.id, back)
    waits = {"conversation": conversation.id}
    await tell_subscribers(session, ticket, "conversation.waiting", key, now=now, **waits)
