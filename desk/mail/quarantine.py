"""Mails that nobody is answered about until an analyst has looked."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.attachments.spool import Spool
from desk.audit.service import By, account
from desk.conversations.models import InboundMail

Fate = Literal["ticket", "append", "discard"]
FATES: tuple[Fate, ...] = get_args(Fate)
"""What an analyst makes of a mail: a ticket of its own, a part of the ticket that it names, or
nothing."""


async def quarantined(session: AsyncSession, *, limit: int) -> Sequence[InboundMail]:
    """The mails that wait for somebody to look, the oldest first; what was sent to many last."""
    rows = await session.scalars(
        select(InboundMail)
        .where(InboundMail.state == "quarantined")
        .order_by(InboundMail.reason == "list", InboundMail.id)
        .limit(limit)
    )
    return rows.all()


async def count(session: AsyncSession) -> int:
    """How many they are."""
    waiting = InboundMail.state == "quarantined"
    return await session.scalar(select(func.count(InboundMail.id)).where(waiting)) or 0


async def discard_lists(session: AsyncSession, *, user_id: int, now: datetime) -> int:
    """Discard all that was sent to many; how many mails."""
    rows = await session.scalars(
        select(InboundMail.id).where(
            InboundMail.state == "quarantined", InboundMail.reason == "list"
        )
    )
    ids = rows.all()
    for mail_id in ids:
        await decide(session, mail_id, "discard", user_id=user_id, now=now)
    return len(ids)


async def decide(
    session: AsyncSession, mail_id: int, fate: Fate, *, user_id: int, now: datetime
) -> None:
    """Let a mail go on its way, or nowhere.

    Raises:
        LookupError: there is no such mail, or somebody has decided about it already.
    """
    mail = await session.get(InboundMail, mail_id, with_for_update=True)
    if mail is None or mail.state != "quarantined":
        raise LookupError(f"there is no mail {mail_id} in quarantine")
    mail.looked_by = user_id
    if fate == "discard":
        mail.state = "discarded"
    else:
        mail.state, mail.released_as = "received", fate
        mail.not_before, mail.attempts = now, 0
    account(
        session,
        "mail_discarded" if fate == "discard" else "mail_released",
        f"mail/{mail_id}",
        by=By.user(user_id),
        now=now,
        reason=mail.reason,
    )


async def open_raw(
    session: AsyncSession, spool: Spool, mail_id: int, *, user_id: int, now: datetime
) -> bytes:
    """A mail as it came, secrets and all; that it was opened is kept.

    Raises:
        LookupError: there is no such mail.
        ContentGone: its time in the spool is over.
    """
    mail = await session.get(InboundMail, mail_id)
    if mail is None:
        raise LookupError(f"there is no mail {mail_id}")
    content = spool.get(mail.spool_key)
    account(session, "mail_opened", f"mail/{mail_id}", by=By.user(user_id), now=now)
    return content
