"""The content of attachments: opening it under audit, and deleting it in time."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.attachments.models import Attachment
from desk.attachments.spool import ContentGone, Spool
from desk.audit.service import account
from desk.store import Store
from desk.tickets.ledger import Actor


async def open_attachment(
    session: AsyncSession, spool: Spool, attachment_id: int, *, by: Actor, now: datetime
) -> tuple[Attachment, bytes]:
    """A file and its content; that it was opened is written down in the same transaction.

    Raises:
        LookupError: there is no such file.
        ContentGone: its content has been deleted.
    """
    found = await session.get(Attachment, attachment_id)
    if found is None:
        raise LookupError(f"there is no attachment {attachment_id}")
    if found.spool_key is None:
        raise ContentGone("the content has been deleted")
    content = spool.get(found.spool_key)
    account(session, "opened", f"attachment/{found.id}", by=by, now=now, ticket=found.ticket_id)
    return found, content


async def purge_old(store: Store, spool: Spool, *, before: datetime, now: datetime) -> int:
    """Delete the content of files from before this moment; how many. Their rows stay."""
    spool.purge_older(before)
    async with store.write() as session:
        gone = await session.scalars(
            update(Attachment)
            .where(Attachment.purged_at.is_(None), Attachment.at < before)
            .values(purged_at=now, spool_key=None, sha256=None)
            .returning(Attachment.id)
        )
        return len(gone.all())
