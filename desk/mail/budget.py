"""How many mails machines of the desk may write: what ends every loop, whatever headers say.

RFC 3834 section 2 tells machines apart by headers; those can be lost, two machines then answer each
other for ever.
"""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import InboundMail
from desk.store import one_at_a_time

SPAN = timedelta(hours=1)


async def is_spent(
    session: AsyncSession, *, answer_to: str, conversation_id: str, limit: int, now: datetime
) -> bool:
    """Whether an address, or a thread, has had `limit` automatic mails within the last hour."""
    # Otherwise mails that are dealt with side by side would all find that there is some left.
    await one_at_a_time(session, f"mail budget {answer_to}")
    recent = (
        select(func.count()).select_from(InboundMail).where(InboundMail.replied_at > now - SPAN)
    )
    for whose in (
        InboundMail.answer_to == answer_to,
        InboundMail.conversation_id == conversation_id,
    ):
        if (await session.scalar(recent.where(whose)) or 0) >= limit:
            return True
    return False
