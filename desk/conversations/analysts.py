"""A person in the conversation: replies on a ticket, and the way back to the assistant."""

from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Conversation, Message
from desk.conversations.service import change_state, say_as_analyst
from desk.tickets.ledger import Act, KeyReused, Write, record
from desk.tickets.models import Ticket, TicketEvent
from desk.tickets.numbers import number
from textkit.masking import mask

_HEARD = ("chat", "email")
"""Channels on which a requester reads what is written into their conversation."""


class Unheard(ValueError):
    """A reply that would reach nobody."""


async def reply_to_requester(
    session: AsyncSession, ticket_id: int, write: Write, *, text: str
) -> Ticket:
    """Answer the requester in their conversation, which is the analyst's from now on.

    Raises:
        Unheard: nobody reads this conversation.
        UnusableMessage: nothing in it, or too long.
        What `ledger.record` raises.
    """
    ticket = await session.get(Ticket, ticket_id)
    if ticket is None:
        raise LookupError(f"there is no ticket {number(ticket_id)}")
    if ticket.channel not in _HEARD:
        raise Unheard(
            f"{ticket.number} came in by {ticket.channel}, where nobody reads a reply; "
            "call the requester and write down that you spoke to them"
        )
    line = await session.get(TicketEvent, write.key)
    if line is not None:
        before = await session.get(Message, line.payload.get("message", ""))
        if before is not None and before.text != mask(text.strip()).text:
            raise KeyReused(f"the idempotency key {write.key!r} is that of another reply")
        return await record(session, ticket_id, write, [Act(kind="responded")])
    conversation = await session.get_one(
        Conversation, ticket.conversation_id, with_for_update=True, populate_existing=True
    )
    message = say_as_analyst(session, conversation, text)
    change_state(conversation, "analyst")
    said = Act(kind="responded", payload={"message": message.id})
    return await record(session, ticket_id, write, [said])


async def hand_back(session: AsyncSession, ticket: Ticket) -> None:
    """The ticket is done: the assistant answers again."""
    conversation = await session.get_one(
        Conversation, ticket.conversation_id, with_for_update=True, populate_existing=True
    )
    if conversation.state in ("waiting", "analyst"):
        change_state(conversation, "bot")
