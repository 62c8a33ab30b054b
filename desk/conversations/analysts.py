"""A person in the conversation: replies on a ticket, and the way back to the assistant."""

from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Conversation
from desk.conversations.service import change_state, say_as_analyst
from desk.tickets.ledger import Act, Write, is_new, record
from desk.tickets.models import Ticket


async def reply_to_requester(
    session: AsyncSession, ticket_id: int, write: Write, *, text: str
) -> Ticket:
    """Answer the requester in their conversation, which is the analyst's from now on.

    Raises:
        UnusableMessage: nothing in it, or too long.
        What `ledger.record` raises.
    """
    ticket = await session.get_one(Ticket, ticket_id)
    if not await is_new(session, write):
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
