"""Taking files, and putting them on tickets."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.attachments.file_types import ALLOWED, detect
from desk.attachments.models import Attachment
from desk.attachments.spool import Spool
from desk.audit.service import account
from desk.tickets.ledger import Act, Actor, Write, record
from desk.tickets.models import Ticket
from desk.tickets.numbers import number
from textkit.masking import mask
from textkit.normalise import printable

MAX_BYTES = 10 * 1024 * 1024
MAX_NAME = 120
ENDINGS = ", ".join(endings[0] for endings in ALLOWED.values())
"""What is taken, as people know it."""
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
        super().__init__(f"the file is {media_type}; what is taken: {ENDINGS}")
        self.media_type = media_type


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A file that was checked and whose content lies in the spool; no row refers to it yet."""

    name: str
    media_type: str
    size: int
    sha256: str
    spool_key: str


def checked(content: bytes) -> str:
    """The media type of a content that is taken.

    Raises:
        UnusableFile: it is empty, too large or of a type that is not taken.
    """
    if not content:
        raise EmptyFile("the file is empty")
    if len(content) > MAX_BYTES:
        raise FileTooLarge(f"the file has {len(content)} bytes; at most {MAX_BYTES} are taken")
    media_type = detect(content)
    if media_type not in ALLOWED:
        raise TypeNotAllowed(media_type)
    return media_type


@contextmanager
def spooled(spool: Spool, name: str, content: bytes) -> Iterator[Piece]:
    """Put a file into the spool, and take it out again when the block raises.

    Raises:
        UnusableFile: it is empty, too large or of a type that is not taken.
    """
    media_type = checked(content)
    key = spool.put(content)
    try:
        yield Piece(
            name=clean_name(name, media_type),
            media_type=media_type,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            spool_key=key,
        )
    except BaseException:
        spool.purge(key)
        raise


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
    with spooled(spool, name, content) as piece:
        made = row_of(piece, key=write.key, by=write.actor, at=write.now)
        made.ticket_id = ticket_id
        session.add(made)
        await session.flush()
        await _attached(session, made, ticket_id, write)
    account(
        session,
        "attached",
        f"attachment/{made.id}",
        by=write.actor,
        now=write.now,
        ticket=ticket_id,
    )
    return made


def row_of(piece: Piece, *, key: str, by: Actor, at: datetime) -> Attachment:
    """The row of a file that belongs to nothing yet.

    Args:
        key: id that the line of a ticket's log will have.
    """
    return Attachment(**vars(piece), event_id=key, at=at, actor=by.kind, user_id=by.user_id)


async def hand_over(
    session: AsyncSession, conversation_id: str, ticket_id: int, *, now: datetime
) -> None:
    """Put what the visitor has sent on a ticket of their conversation, once.

    The caller has locked the conversation, so that no file comes in meanwhile.
    """
    waiting = await session.scalars(
        select(Attachment)
        .where(Attachment.conversation_id == conversation_id, Attachment.ticket_id.is_(None))
        .order_by(Attachment.id)
    )
    for file in waiting.all():
        file.ticket_id = ticket_id
        write = Write(key=file.event_id, actor=Actor(kind=file.actor), now=now)
        await _attached(session, file, ticket_id, write)


async def sent_lately(session: AsyncSession, *, now: datetime) -> int:
    """Bytes of the files that visitors have sent within an hour and that are still kept."""
    found: int | None = await session.scalar(
        select(func.sum(Attachment.size)).where(
            Attachment.purged_at.is_(None),
            Attachment.at > now - timedelta(hours=1),
            Attachment.conversation_id.is_not(None),
        )
    )
    return found or 0


async def attachments_of(session: AsyncSession, ticket_id: int) -> list[Attachment]:
    """The files of a ticket, oldest first; those too whose content is deleted."""
    rows = await session.scalars(
        select(Attachment).where(Attachment.ticket_id == ticket_id).order_by(Attachment.id)
    )
    return list(rows)


def clean_name(name: str, media_type: str) -> str:
    """A name that can be shown and saved: no folders, no secrets, an ending that is true."""
    endings = ALLOWED[media_type]
    bare = bare_name(name)
    ending = next((one for one in endings if bare.lower().endswith(one)), "")
    stem = bare.removesuffix(bare[-len(ending) :]) if ending else bare
    kept = bare[-len(ending) :] if ending else endings[0]
    return f"{(stem or 'file')[: MAX_NAME - len(kept)]}{kept}"


def bare_name(name: str) -> str:
    """A name without folders and secrets, whatever the file is; it may be empty."""
    # Masked first: the name of a folder may be what tells that a number is a secret.
    return _UNSAFE.sub(" ", _FOLDERS.sub("", mask(printable(name)).text)).strip(" .")


async def _attached(session: AsyncSession, file: Attachment, ticket_id: int, write: Write) -> None:
    await record(session, ticket_id, write, [Act(kind="attached", payload={"attachment": file.id})])
