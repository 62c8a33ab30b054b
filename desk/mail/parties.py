"""What a mail goes on with, and who may write there."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import InboundMail
from desk.mail.threads import Thread
from desk.tickets.models import Ticket
from desk.tickets.numbers import parse
from desk.tickets.service import latest_ticket


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a mail belongs."""

    conversation_id: str
    ticket: Ticket | None


async def target(session: AsyncSession, thread: Thread) -> Target | None:
    """The conversation that a mark names, and its ticket if it has one; None when there is none.

    What a ticket was merged into stands in its place.
    """
    if thread.mail_id is not None:
        mail = await session.get(InboundMail, thread.mail_id)
        if mail is None or mail.conversation_id is None:
            return None
        latest = await latest_ticket(session, mail.conversation_id)
        return Target(conversation_id=mail.conversation_id, ticket=latest)
    ticket = await session.get(Ticket, parse(thread.reference) or 0)
    if ticket is not None and ticket.merged_into_id is not None:
        ticket = await session.get(Ticket, ticket.merged_into_id)
    if ticket is None or ticket.erased_at is not None:
        return None
    return Target(conversation_id=ticket.conversation_id, ticket=ticket)


async def is_party(session: AsyncSession, conversation_id: str, address: str) -> bool:
    """Whether somebody is the requester, or has written into the conversation before."""
    requesters = await session.scalars(
        select(Ticket.requester).where(Ticket.conversation_id == conversation_id)
    )
    if any(str(told.get("email", "")).lower() == address for told in requesters):
        return True
    wrote = select(InboundMail.id).where(
        InboundMail.conversation_id == conversation_id, InboundMail.sender == address
    )
    return await session.scalar(wrote.limit(1)) is not None
