"""The files of a mail: taken by what they hold and not by what they claim."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.attachments.scanner import Infected, Scanner
from desk.attachments.service import (
    EmptyFile,
    FileTooLarge,
    Piece,
    UnusableFile,
    bare_name,
    checked,
    row_of,
    spooled,
)
from desk.attachments.spool import Spool
from desk.conversations.models import Message
from desk.mail.message import File
from desk.tickets.ledger import Actor

MOST = 20
"""Files of one mail that are taken."""


@dataclass(frozen=True, kw_only=True)
class Taken:
    """Files whose content lies in the spool, and those that were left out."""

    pieces: Sequence[Piece]
    left_out: Sequence[tuple[str, str]]
    """Pairs of a masked name and why: empty, too_large, type, too_many, infected or unchecked."""


async def take(files: Sequence[File], spool: Spool, scanner: Scanner, keeping: ExitStack) -> Taken:
    """Put what may be taken into the spool, and take it out again when `keeping` ends badly.

    Raises:
        ScannerDown: nobody can tell whether they do harm.
    """
    pieces: list[Piece] = []
    left_out: list[tuple[str, str]] = []
    for number, file in enumerate(files):
        if number >= MOST:
            left_out.append((bare_name(file.name), "too_many"))
            continue
        try:
            await asyncio.to_thread(checked, file.content)
            await scanner.check(file.content)
            entering = spooled(spool, file.name, file.content)
            pieces.append(await asyncio.to_thread(keeping.enter_context, entering))
        except UnusableFile as error:
            left_out.append((bare_name(file.name), _why(error)))
        except Infected:
            left_out.append((bare_name(file.name), "infected"))
    return Taken(pieces=pieces, left_out=left_out)


def left_unchecked(files: Sequence[File]) -> Taken:
    """None of the files, since nobody could look into them."""
    return Taken(pieces=[], left_out=[(bare_name(file.name), "unchecked") for file in files])


async def keep(
    session: AsyncSession, message: Message, pieces: Sequence[Piece], *, now: datetime
) -> None:
    """Put the files into the conversation of a message, where a ticket finds them."""
    for number, piece in enumerate(pieces):
        key = f"file/{message.id}/{number}"
        row = row_of(piece, key=key, by=Actor(kind="customer"), at=now)
        row.conversation_id = message.conversation_id
        session.add(row)
    await session.flush()


def _why(error: UnusableFile) -> str:
    if isinstance(error, EmptyFile):
        return "empty"
    return "too_large" if isinstance(error, FileTooLarge) else "type"
