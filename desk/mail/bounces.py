"""What we sent and what did not arrive: it is marked on the requester and told to the analyst."""

import re
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Message
from desk.mail.message import Mail
from desk.mail.threads import Marks
from desk.tickets import work
from desk.tickets.ledger import Actor, Write
from desk.tickets.service import latest_ticket

TAG = "undelivered"
_REPORTS = ("message/delivery-status", "message/rfc822", "text/rfc822-headers")
_STATUS = re.compile(rb"^(?:Status:\s*([245])\.|Action:\s*(\w+))", re.IGNORECASE | re.MULTILINE)
_LOOKED_THROUGH = 200_000


def undelivered(mail: Mail, marks: Marks) -> list[str]:
    """The ids of our messages that a bounce says can never be delivered, each once.

    A warning that a mail is only late (RFC 3464, status 4 and action `delayed`) names none.
    """
    if _is_late_only(mail):
        return []
    found = (item for text in _texts(mail) for _, item in marks.issued(text))
    return list(dict.fromkeys(found))


async def note_undelivered(session: AsyncSession, message_id: str, *, now: datetime) -> None:
    """Mark the requester of a message that did not arrive, on the ticket of its conversation."""
    message = await session.get(Message, message_id)
    if message is None:
        return
    ticket = await latest_ticket(session, message.conversation_id)
    if ticket is None or ticket.erased_at is not None:
        return
    write = Write(key=f"bounce/{message_id}", actor=Actor(kind="system"), now=now)
    ticket = await work.tag(session, ticket.id, write, add=(TAG,))
    ticket.requester = ticket.requester | {"undelivered_at": now.date().isoformat()}


def _texts(mail: Mail) -> Iterator[str]:
    yield from mail.references
    yield mail.text[:_LOOKED_THROUGH]
    for file in mail.files:
        if file.media_type in _REPORTS or not file.name:
            yield file.content[:_LOOKED_THROUGH].decode("utf-8", "replace")


def _is_late_only(mail: Mail) -> bool:
    reports = [one.content for one in mail.files if one.media_type == "message/delivery-status"]
    told = [found for content in reports for found in _STATUS.findall(content)]
    failed = any(status == b"5" or action.lower() == b"failed" for status, action in told)
    return bool(told) and not failed
