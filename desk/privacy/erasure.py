"""Erasing what people told, so that what was counted of it stays.

Words are blanked and rows stay: the log of a ticket, its episodes and every figure are the same
afterwards. A ticket's log gets a line that says so.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.attachments.models import Attachment
from desk.attachments.spool import Spool
from desk.audit.service import account
from desk.conversations.models import Conversation, Draft, InboundMail, Message, Satisfaction
from desk.outbox.models import OutboxItem
from desk.privacy.words import address_in, blot, mentions
from desk.quality.models import QualityReview
from desk.tickets.ledger import Act, Actor, Write, record
from desk.tickets.models import Ticket, TicketNote
from desk.tickets.numbers import number

BLANK_MAIL = (InboundMail.sender == "") & (InboundMail.body == "") & (InboundMail.subject == "")
"""A mail of which nothing is left, or that nobody has dealt with yet."""
_TRAIL_CODES = ("at", "message", "intent", "confidence", "language")
_CUSTOM_CODES = ("language", "kind", "article", "confidence")
"""What of a reply's `custom` figures are made from."""


class NotTheirs(ValueError):
    """The ticket is not that person's; nothing was erased."""


@dataclass(frozen=True, kw_only=True)
class Theirs:
    """What a person left at the desk."""

    tickets: tuple[int, ...]
    conversations: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Erased:
    """What was erased, or would be."""

    tickets: tuple[str, ...]
    conversations: int
    messages: int
    attachments: int
    mentions: int
    """Places elsewhere in which somebody wrote the address."""


async def erase_person(
    session: AsyncSession,
    spool: Spool,
    *,
    email: str | None,
    ticket_id: int | None,
    by: Actor,
    now: datetime,
    write: bool,
) -> Erased:
    """Erase what a person told: by their address, or of one ticket.

    Args:
        email: in capitals or not; with a ticket, only that ticket of theirs is erased, and the
            address stays where others wrote it.
        write: erase, and not only count.

    Raises:
        LookupError: there is no such ticket.
        NotTheirs: the ticket is not of the person with this address.
    """
    theirs = await _found(session, email.strip() if email else None, ticket_id)
    messages = await _count(session, Message, Message.conversation_id.in_(theirs.conversations))
    attachments = await _count(
        session,
        Attachment,
        or_(
            Attachment.ticket_id.in_(theirs.tickets),
            Attachment.conversation_id.in_(theirs.conversations),
        ),
    )
    if write:
        for conversation_id in theirs.conversations:
            await erase_conversation(session, spool, conversation_id, before=None, now=now)
        for one in theirs.tickets:
            await erase_ticket(session, spool, one, reason="request", by=by, now=now)
    places = 0
    if email and ticket_id is None and write:
        # What lies in quarantine belongs to no conversation.
        await erase_mails(session, spool, InboundMail.sender == email.strip().lower())
    if email and ticket_id is None:
        places = await blot(session, email.strip(), write=write)
        if write:
            account(session, "address_erased", "store", by=by, now=now, places=places)
    return Erased(
        tickets=tuple(number(one) for one in theirs.tickets),
        conversations=len(theirs.conversations),
        messages=messages,
        attachments=attachments,
        mentions=places,
    )


async def erase_ticket(
    session: AsyncSession, spool: Spool, ticket_id: int, *, reason: str, by: Actor, now: datetime
) -> None:
    """Blank what was told and written in a ticket; what was said stands in its conversation.

    Args:
        reason: request or retention.
    """
    write = Write(key=f"erased-{uuid4().hex}", actor=by, now=now)
    ticket = await record(session, ticket_id, write, [Act(kind="erased", reason=reason)])
    ticket.requester, ticket.details, ticket.summary = {}, {}, ""
    ticket.resolution_notes = ticket.next_action = None
    ticket.trail = [_only(entry, _TRAIL_CODES) for entry in ticket.trail]
    ticket.erased_at = now
    await session.execute(
        update(TicketNote).where(TicketNote.ticket_id == ticket_id).values(text="")
    )
    await session.execute(
        update(QualityReview).where(QualityReview.ticket_id == ticket_id).values(comment="")
    )
    await session.execute(
        update(OutboxItem).where(OutboxItem.ticket_id == ticket_id).values(error=None)
    )
    await session.execute(
        update(Satisfaction).where(Satisfaction.ticket_id == ticket_id).values(comment="")
    )
    await _erase_files(session, spool, Attachment.ticket_id == ticket_id, now=now)
    account(session, "erased", f"ticket/{ticket_id}", by=by, now=now, reason=reason)
    await session.flush()


async def erase_conversation(
    session: AsyncSession,
    spool: Spool,
    conversation_id: str,
    *,
    before: datetime | None,
    now: datetime,
) -> int:
    """Blank what was said and sent in a conversation; how many messages.

    Args:
        before: only messages and files from before this moment, and whose conversation it is stays
            known; None for all of them, the form that was being filled in, and the way back to it.
    """
    conversation = await session.get_one(
        Conversation, conversation_id, with_for_update=True, populate_existing=True
    )
    said = select(Message).where(Message.conversation_id == conversation_id)
    if before is not None:
        said = said.where(Message.at < before, Message.text != "")
    messages = (await session.scalars(said)).all()
    for message in messages:
        message.text, message.payload, message.client_id, message.buttons = "", None, None, []
        message.custom = _only(message.custom, _CUSTOM_CODES) if message.custom else message.custom
        message.answered_at = message.answered_at or now
    sent = Attachment.conversation_id == conversation_id
    came = InboundMail.conversation_id == conversation_id
    if before is not None:
        sent &= Attachment.at < before
        came &= InboundMail.received_at < before
    await erase_mails(session, spool, came)
    await _erase_files(session, spool, sent, now=now)
    if before is None:
        await session.execute(delete(Draft).where(Draft.conversation_id == conversation_id))
        conversation.sender, conversation.token_hash = conversation_id, None
        # A reply that is being computed would repeat what was said.
        conversation.epoch += 1
    await session.flush()
    return len(messages)


async def erase_mails(session: AsyncSession, spool: Spool, which: ColumnElement[bool]) -> int:
    """Blank what stood in mails, and delete their raw bytes; how many mails.

    One that nobody has dealt with yet is let go.
    """
    mails = (await session.scalars(select(InboundMail).where(which, ~BLANK_MAIL))).all()
    for mail in mails:
        spool.purge(mail.spool_key)
        mail.message_id = mail.sender = mail.sender_name = mail.answer_to = ""
        mail.subject = mail.body = ""
        mail.thread, mail.left_out = [], []
        if mail.state in ("received", "quarantined"):
            mail.state = "discarded"
    await session.flush()
    return len(mails)


async def _erase_files(
    session: AsyncSession, spool: Spool, which: ColumnElement[bool], *, now: datetime
) -> None:
    for one in await session.scalars(select(Attachment).where(which)):
        if one.spool_key is not None:
            # At once: if the transaction fails, it is repeated, and the content is not missed.
            spool.purge(one.spool_key)
            one.purged_at = now
        one.name, one.sha256, one.spool_key = "", None, None


async def _found(session: AsyncSession, email: str | None, ticket_id: int | None) -> Theirs:
    """Whole conversations with all of their tickets: what is told in one stands in the other."""
    conversations: set[str] = set()
    if email is not None:
        conversations = await _of_address(session, email)
    if ticket_id is not None:
        ticket = await session.get(Ticket, ticket_id)
        if ticket is None:
            raise LookupError(f"there is no ticket {number(ticket_id)}")
        if email is not None and ticket.conversation_id not in conversations:
            raise NotTheirs(f"{ticket.number} is not a ticket of {email}")
        conversations = {ticket.conversation_id}
    tickets = await session.scalars(
        select(Ticket.id).where(Ticket.conversation_id.in_(conversations)).order_by(Ticket.id)
    )
    return Theirs(tickets=tuple(tickets), conversations=tuple(sorted(conversations)))


async def _of_address(session: AsyncSession, email: str) -> set[str]:
    """Conversations of the requester with this address, or whose visitor gave it.

    Where a visitor names the address and is known by another one, it is somebody else's.
    """
    requester = Ticket.requester["email"].as_string()
    theirs = set(
        await session.scalars(
            select(Ticket.conversation_id).where(func.lower(requester) == func.lower(email))
        )
    )
    wrote = select(InboundMail.conversation_id).where(
        InboundMail.sender == email.lower(), InboundMail.conversation_id.is_not(None)
    )
    theirs |= {str(one) for one in await session.scalars(wrote)}
    pattern = address_in(email)
    said = await session.execute(
        select(Message.conversation_id, Message.text).where(
            Message.actor == "visitor", mentions(Message.text, email)
        )
    )
    named = {conversation for conversation, text in said if pattern.search(text)}
    drafts = await session.scalars(select(Draft).where(mentions(Draft.fields, email)))
    named |= {
        draft.conversation_id
        for draft in drafts
        if pattern.fullmatch(str(draft.fields.get("email", "")))
    }
    others = await session.scalars(
        select(Ticket.conversation_id).where(
            Ticket.conversation_id.in_(named),
            requester.is_not(None),
            func.lower(requester) != func.lower(email),
        )
    )
    return theirs | (named - set(others))


async def _count(
    session: AsyncSession, table: type[Message | Attachment], condition: ColumnElement[bool]
) -> int:
    return await session.scalar(select(func.count()).select_from(table).where(condition)) or 0


def _only(values: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}
