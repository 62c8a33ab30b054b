"""Where words of people stand: every column of the store that may hold some."""

import json
import re
from typing import Any

from sqlalchemy import JSON, ColumnElement, Text, cast, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from desk.attachments.models import Attachment
from desk.conversations.models import Draft, InboundMail, Message, Satisfaction
from desk.outbox.models import OutboxItem
from desk.quality.models import QualityReview
from desk.tickets.models import Ticket, TicketNote

WORDS: tuple[InstrumentedAttribute[Any], ...] = (
    Message.text,
    Message.payload,
    Message.buttons,
    Message.custom,
    Message.client_id,
    Draft.fields,
    Ticket.requester,
    Ticket.details,
    Ticket.summary,
    Ticket.resolution_notes,
    Ticket.next_action,
    TicketNote.text,
    Attachment.name,
    Satisfaction.comment,
    InboundMail.message_id,
    InboundMail.thread,
    InboundMail.sender,
    InboundMail.sender_name,
    InboundMail.answer_to,
    InboundMail.subject,
    InboundMail.body,
    InboundMail.left_out,
    QualityReview.comment,
    OutboxItem.error,
)
"""Whoever adds a column for words names it here and erases it in `erasure`; a test asks."""
ERASED = "[erased]"


def address_in(address: str) -> re.Pattern[str]:
    """Finds an e-mail address in a text, but not as a part of another one."""
    return re.compile(rf"(?<![\w.+'-]){re.escape(address)}(?![\w-]|\.\w)", re.IGNORECASE)


def mentions(column: InstrumentedAttribute[Any], address: str) -> ColumnElement[bool]:
    """Whether a cell may hold an address; `address_in` tells for sure."""
    if isinstance(column.type, JSON):
        return cast(column, Text).icontains(json.dumps(address)[1:-1], autoescape=True)
    found: ColumnElement[bool] = column.icontains(address, autoescape=True)
    return found


async def blot(session: AsyncSession, address: str, *, write: bool) -> int:
    """Replace an address wherever it was written by anybody; in how many cells it stood."""
    pattern, count = address_in(address), 0
    for column in WORDS:
        for row in await session.scalars(select(column.class_).where(mentions(column, address))):
            before = getattr(row, column.key)
            after = _without(before, pattern)
            if after != before:
                count += 1
                if write:
                    setattr(row, column.key, after)
    return count


def _without(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return pattern.sub(ERASED, value)
    if isinstance(value, list):
        return [_without(item, pattern) for item in value]
    if isinstance(value, dict):
        return {name: _without(item, pattern) for name, item in value.items()}
    return value
