"""What is said to somebody who wrote by mail goes to them as a mail, by the outbox.

The outbox names the message only: the words stay where they can be erased, and the mail is put
together when it is sent.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import InboundMail, Message
from desk.outbox.service import put

NAMESPACE = "mail"
"""Of conversations that began with a mail."""
TOPIC = "mail.send"


async def post(
    session: AsyncSession, message: Message, *, now: datetime, ticket_id: int | None = None
) -> None:
    """Have a message sent as a mail, once, if anybody has written into its conversation by mail."""
    if await by_mail(session, message.conversation_id):
        payload = {"message": message.id}
        await put(session, TOPIC, f"{TOPIC}/{message.id}", payload, now=now, ticket_id=ticket_id)


async def by_mail(session: AsyncSession, conversation_id: str) -> bool:
    """Whether somebody has written into a conversation by mail."""
    wrote = select(InboundMail.id).where(InboundMail.conversation_id == conversation_id)
    return await session.scalar(wrote.limit(1)) is not None


async def mails_of(session: AsyncSession, messages: Sequence[Message]) -> dict[str, InboundMail]:
    """The mails that some messages are, by the message's id."""
    said = [message.id for message in messages if message.actor == "visitor"]
    rows = await session.scalars(select(InboundMail).where(InboundMail.said_id.in_(said)))
    return {str(mail.said_id): mail for mail in rows}
