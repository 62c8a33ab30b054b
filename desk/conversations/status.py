"""What a visitor's page shows of their conversation besides the messages."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts.models import User
from desk.conversations.models import Conversation
from desk.conversations.service import shown_name
from desk.sla.models import EpisodeRow
from desk.sla.policies import Terms, in_use
from desk.tickets.models import Ticket
from desk.tickets.states import OPEN

_MOMENT = timedelta(microseconds=1)


async def status(session: AsyncSession, conversation: Conversation) -> dict[str, Any]:
    """The conversation as it stands.

    Returns:
        `state`, `epoch`, `language`; `person` {"name"} while an analyst has it; `ticket`
        {"number", "state", "due", "language"}, the newest of the conversation, whose `due` is when
        a person is promised to have answered, or to have dealt with it if one has; `away_until`,
        while a person is awaited outside of the hours of the policy, when these begin.
    """
    owner = await session.get(User, conversation.owner_id) if conversation.owner_id else None
    ticket = await session.scalar(
        select(Ticket)
        .where(Ticket.conversation_id == conversation.id)
        .order_by(Ticket.id.desc())
        .limit(1)
    )
    waits = ticket is not None and conversation.state == "waiting"
    back = closed_until(ticket, datetime.now(UTC)) if ticket is not None and waits else None
    return {
        "state": conversation.state,
        "epoch": conversation.epoch,
        "language": conversation.language,
        "person": {"name": shown_name(owner, conversation)} if owner else None,
        "ticket": await _shown(session, ticket) if ticket is not None else None,
        "away_until": back.isoformat() if back else None,
    }


def closed_until(ticket: Ticket, now: datetime) -> datetime | None:
    """When the hours open in which a person answers this ticket, or None while they are open."""
    version = in_use().named(ticket.policy)
    terms = Terms(
        priority=ticket.priority,
        category=ticket.category,
        language=ticket.language,
        channel=ticket.channel,
    )
    calendar = version.calendar(version.rule("first_response", terms).calendar)
    opens = calendar.add(now, _MOMENT) - _MOMENT
    return opens if opens > now else None


async def _shown(session: AsyncSession, ticket: Ticket) -> dict[str, Any]:
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
