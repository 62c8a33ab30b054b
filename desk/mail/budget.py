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
FOR_OTHERS = 5
"""So many times as much has a sender whose answers go to other domains: a form on a site writes for
many people. One that names new addresses of its own for each mail has no more than one address."""


async def is_spent(session: AsyncSession, mail: InboundMail, *, limit: int, now: datetime) -> bool:
    """Whether those who wrote a mail have had as many automatic mails as they may.

    Args:
        mail: what would be answered.
        limit: for where the answer goes, or for its thread, within an hour.
        now: when the hour ends.
    """
    # Otherwise mails that are dealt with side by side would all find that there is some left.
    for address in sorted({mail.answer_to, mail.sender}):
        await one_at_a_time(session, f"mail budget {address}")
    recent = (
        select(func.count()).select_from(InboundMail).where(InboundMail.replied_at > now - SPAN)
    )
    apart = _domain(mail.answer_to) != _domain(mail.sender)
    for whose, most in (
        (InboundMail.answer_to == mail.answer_to, limit),
        (InboundMail.conversation_id == mail.conversation_id, limit),
        (InboundMail.sender == mail.sender, limit * FOR_OTHERS if apart else limit),
    ):
        if (await session.scalar(recent.where(whose)) or 0) >= most:
            return True
    return False


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
