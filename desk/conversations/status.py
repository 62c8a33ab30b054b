"""What a visitor's page shows of their conversation besides the messages."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts.models import User
from desk.conversations.models import Conversation
from desk.conversations.service import shown_name
from desk.sla.models import EpisodeRow
from desk.tickets.models import Ticket
from desk.tickets.states import OPEN


async def status(session: AsyncSession, conversation: Conversation) -> dict[str, Any]:
    """The conversation as it stands.

    Returns:
        `state`, `epoch`, `language`; `person` {"name"} while an analyst has it; `ticket`
        {"number", "state", "due", "language"}, the newest of the conversation, whose `due` is when
        a person is promised to have answered, or to have dealt with it if one has.
    """
    owner = await session.get(User, conversation.owner_id) if conversation.owner_id else None
    return {
        "state": conversation.state,
        "epoch": conversation.epoch,
        "language": conversation.language,
        "person": {"name": shown_name(owner, conversation)} if owner else None,
        "ticket": await _ticket(session, conversation),
    }


async def _ticket(session: AsyncSession, conversation: Conversation) -> dict[str, Any] | None:
    ticket = await session.scalar(
        select(Ticket)
        .where(Ticket.conversation_id == conversation.id)
        .order_by(Ticket.id.desc())
        .limit(1)
    )
    if ticket is None:
        return None
    due = await _due(session, ticket) if ticket.state in OPEN else None
    return {
        "number": ticket.number,
        "state": ticket.state,
        "due": due.isoformat() if due else None,
        "language": ticket.language,
    }


async def _due(session: AsyncSession, ticket: Ticket) -> datetime | None:
    rows = await session.execute(
        select(EpisodeRow.metric, EpisodeRow.due).where(
            EpisodeRow.ticket_id == ticket.id,
            EpisodeRow.metric.in_(("first_response", "processed")),
            EpisodeRow.stop.is_(None),
        )
    )
    due = {row.metric: row.due for row in rows}
    return due.get("first_response") or due.get("processed")
