"""Files on tickets: taking, opening under audit, and deleting their content in time."""

import hashlib
import re
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.privacy.audit import account
from desk.privacy.file_types import ALLOWED, detect
from desk.privacy.models import Attachment
from desk.privacy.spool import ContentGone, Spool
from desk.store import Store
from desk.tickets.ledger import Act, Actor, Write, record
from desk.tickets.models import Ticket
from desk.tickets.numbers import number
from textkit.masking import mask
from textkit.normalise import printable

MAX_BYTES = 10 * 1024 * 1024
MAX_NAME = 120
_FOLDERS = re.compile(r".*[/\\]", re.DOTALL)
_UNSAFE = re.compile(r'[<>:"|?*\s]+')


class UnusableFile(ValueError):
    """A file that is not taken; its text says why."""


class EmptyFile(UnusableFile):
    """Nothing is in it."""


class FileTooLarge(UnusableFile):
    """It has more than `MAX_BYTES`."""


class TypeNotAllowed(UnusableFile):
    """It is of a type that is not taken."""

    def __init__(self, media_type: str) -> None:
        endings = ", ".join(endings[0] for endings in ALLOWED.values())
        super().__init__(f"the file is {media_type}; what is taken: {endings}")
        self.media_type = media_type


async def attach(
    session: AsyncSession, spool: Spool, ticket_id: int, write: Write, *, name: str, content: bytes
) -> Attachment:
    """Put a file on a ticket, once for each key.

    Raises:
        UnusableFile: it is empty, too large or of a type that is not taken.
        What `ledger.record` raises.
    """
    # Locked, so that the same key that comes twice at once is kept once.
    if await session.get(Ticket, ticket_id, with_for_update=True) is None:
        raise LookupError(f"there is no ticket {number(ticket_id)}")
    known = await session.scalar(select(Attachment).where(Attachment.event_id == write.key))
    if known is not None:
        await record(session, ticket_id, write, [Act(kind="attached")])
        return known
    media_type = _checked(content)
    key = spool.put(content)
    try:
        made = Attachment(
            ticket_id=ticket_id,
            event_id=write.key,
            name=clean_name(name, media_type),
            media_type=media_type,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            spool_key=key,
            at=write.now,
            actor=write.actor.kind,
            user_id=write.actor.user_id,
        )
        session.add(made)
        await session.flush()
        await record(
            session, ticket_id, write, [Act(kind="attached", payload={"attachment": made.id})]
        )
    except BaseException:
        spool.purge(key)
        raise
    return made


async def attachments_of(session: AsyncSession, ticket_id: int) -> list[Attachment]:
    """The files of a ticket, oldest first; those too whose content is deleted."""
    rows = await session.scalars(
        select(Attachment).where(Attachment.ticket_id == ticket_id).order_by(Attachment.id)
    )
    return list(rows)


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


def clean_name(name: str, media_type: str) -> str:
    """A name that can be shown and saved: no folders, no secrets, an ending that is true."""
    endings = ALLOWED[media_type]
    bare = _UNSAFE.sub(" ", mask(_FOLDERS.sub("", printable(name))).text).strip(" .")
    ending = next((one for one in endings if bare.lower().endswith(one)), "")
    stem = bare.removesuffix(bare[-len(ending) :]) if ending else bare
    kept = bare[-len(ending) :] if ending else endings[0]
    return f"{(stem or 'file')[: MAX_NAME - len(kept)]}{kept}"


def _checked(content: bytes) -> str:
    if not content:
        raise EmptyFile("the file is empty")
    if len(content) > MAX_BYTES:
        raise FileTooLarge(f"the file has {len(content)} bytes; at most {MAX_BYTES} are taken")
    media_type = detect(content)
    if media_type not in ALLOWED:
        raise TypeNotAllowed(media_type)
    return media_type
