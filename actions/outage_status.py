"""What the bot says about outages: the posted status and nothing else."""

from datetime import UTC, datetime

from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.ext.asyncio import AsyncSession

from actions.reading import Reading
from desk.conversations.models import Conversation
from desk.outages.service import parent_of_reports, status_in_force
from desk.tickets.models import Ticket

ARTICLE = "outage_status_downtime"
"""The article that answers whether ACE is down."""
REPORT = "report_outage"
"""The intent of whoever reports an outage."""


async def quote_status(
    session: AsyncSession, dispatcher: CollectingDispatcher, reading: Reading
) -> bool:
    """Say the status in force, in the visitor's language; whether there is one."""
    status = await status_in_force(session, now=datetime.now(UTC))
    if status is None:
        return False
    dispatcher.utter_message(
        response="utter_outage_status",
        status=status.text(reading.reply_language),
        posted=_stamp(status.posted_at),
        until=_stamp(status.until),
    )
    return True


async def parent_of_report(session: AsyncSession, reading: Reading) -> Ticket:
    """The ticket that collects the reports of what this message reports."""
    conversation = await session.get_one(Conversation, reading.conversation_id)
    return await parent_of_reports(
        session,
        language=reading.reply_language,
        is_test=conversation.is_test,
        now=datetime.now(UTC),
    )


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
