"""Keeping what people told for as long as is said, and no longer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import aliased

from desk.attachments.models import Attachment
from desk.attachments.spool import Spool
from desk.audit.service import account
from desk.conversations.models import Conversation, InboundMail, Message
from desk.home import Home
from desk.privacy.attachments import purge_old
from desk.privacy.erasure import BLANK_MAIL, erase_conversation, erase_mails, erase_ticket
from desk.settings import Settings
from desk.store import Store
from desk.tickets.ledger import Actor
from desk.tickets.models import Ticket, TicketEvent, TicketNote

BATCH = 50
"""Tickets, conversations or mails of one transaction."""
_ENDS = ("closed", "cancelled", "merged")
_SYSTEM = Actor(kind="system")


@dataclass(frozen=True, kw_only=True)
class Retained:
    """What was past its time, and is erased unless it was only counted."""

    tickets: int
    conversations: int
    attachments: int
    mails: int

    def __bool__(self) -> bool:
        return bool(self.tickets or self.conversations or self.attachments or self.mails)


async def retain(
    store: Store, settings: Settings, now: datetime, *, dry_run: bool = False
) -> Retained:
    """Erase what is past its time: for once a day, and whenever it is wished.

    - the content of attachments after `spool_days`;
    - what was told in a ticket, `keep_tickets_days` after it was closed or cancelled;
    - mails that made no conversation, such as those of machines, and messages after
      `keep_conversations_days`, unless a ticket of their conversation is kept.

    What is counted of them stays. A second run finds nothing; one that is interrupted is taken up
    by the next.
    """
    spool = Spool.of(Home(settings.home))
    spooled = now - timedelta(days=settings.spool_days)
    tickets = _due_tickets(now - timedelta(days=settings.keep_tickets_days))
    since = now - timedelta(days=settings.keep_conversations_days)
    conversations = _due_conversations(since, tickets)
    mails = InboundMail.conversation_id.is_(None) & (InboundMail.received_at < since)
    if dry_run:
        attachments = select(Attachment.id).where(
            Attachment.purged_at.is_(None), Attachment.at < spooled
        )
        async with store.read() as session:
            counts = [
                await session.scalar(select(func.count()).select_from(query.subquery())) or 0
                for query in (
                    tickets,
                    conversations,
                    attachments,
                    select(InboundMail.id).where(mails, ~BLANK_MAIL),
                )
            ]
        return Retained(
            tickets=counts[0], conversations=counts[1], attachments=counts[2], mails=counts[3]
        )
    purged = await purge_old(store, spool, before=spooled, now=now)
    done = Retained(
        tickets=await _erase_tickets(store, spool, tickets, now),
        conversations=await _erase_conversations(store, spool, conversations, since, now),
        attachments=purged,
        mails=await _erase_mails(store, spool, mails),
    )
    if done:
        async with store.write() as session:
            account(session, "retained", "store", by=_SYSTEM, now=now, **vars(done))
        await store.let_go()
    return done


def _due_tickets(before: datetime) -> Select[int]:
    """Ended before a moment, and holding words: also a note that somebody wrote afterwards."""
    ended = select(TicketEvent.id).where(
        TicketEvent.ticket_id == Ticket.id,
        TicketEvent.kind.in_(_ENDS),
        TicketEvent.recorded_at < before,
    )
    noted = select(TicketNote.id).where(TicketNote.ticket_id == Ticket.id, TicketNote.text != "")
    return (
        select(Ticket.id)
        .where(
            Ticket.state.in_(("closed", "cancelled")),
            or_(Ticket.erased_at.is_(None), noted.exists()),
            ended.exists(),
        )
        .order_by(Ticket.id)
    )


def _due_conversations(before: datetime, due: Select[int]) -> Select[str]:
    """With words from before a moment, or wholly from before it, and without a ticket to keep.

    Whoever goes on writing for years keeps the conversation, and loses its old messages.
    """
    kept = select(Ticket.id).where(
        Ticket.conversation_id == Conversation.id,
        Ticket.erased_at.is_(None),
        Ticket.id.not_in(due.order_by(None)),
    )
    message, later = aliased(Message), aliased(Message)
    old = select(message.id).where(
        message.conversation_id == Conversation.id, message.at < before, message.text != ""
    )
    newer = select(later.id).where(later.conversation_id == Conversation.id, later.at >= before)
    return (
        select(Conversation.id)
        .where(
            Conversation.created_at < before,
            # One that is erased wholly has its own id for its sender.
            Conversation.sender != Conversation.id,
            ~kept.exists(),
            or_(old.exists(), ~newer.exists()),
        )
        .order_by(Conversation.id)
    )


async def _erase_tickets(store: Store, spool: Spool, due: Select[int], now: datetime) -> int:
    count = 0
    while True:
        async with store.write() as session:
            batch = (await session.scalars(due.limit(BATCH))).all()
            for ticket_id in batch:
                await erase_ticket(
                    session, spool, ticket_id, reason="retention", by=_SYSTEM, now=now
                )
        if not batch:
            return count
        count += len(batch)


async def _erase_conversations(
    store: Store, spool: Spool, due: Select[str], before: datetime, now: datetime
) -> int:
    count = 0
    while True:
        async with store.write() as session:
            batch = (await session.scalars(due.limit(BATCH))).all()
            for conversation_id in batch:
                lasts = await session.scalar(
                    select(Message.id)
                    .where(Message.conversation_id == conversation_id, Message.at >= before)
                    .limit(1)
                )
                await erase_conversation(
                    session, spool, conversation_id, before=before if lasts else None, now=now
                )
        if not batch:
            return count
        count += len(batch)


async def _erase_mails(store: Store, spool: Spool, due: ColumnElement[bool]) -> int:
    waiting = select(InboundMail.id).where(due, ~BLANK_MAIL).limit(BATCH)
    count = 0
    while True:
        async with store.write() as session:
            batch = (await session.scalars(waiting)).all()
            await erase_mails(session, spool, InboundMail.id.in_(batch))
        if not batch:
            return count
        count += len(batch)
