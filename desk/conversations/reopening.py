"""A visitor comes back to what was resolved: by a button, or in words that say so."""

import re
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.attachments.service import hand_over
from desk.conversations.models import Message
from desk.conversations.ownership import want_person
from desk.conversations.service import locked
from desk.messages import LANGUAGES, catalogue
from desk.tickets import work
from desk.tickets.ledger import Actor, Write, tell_subscribers
from desk.tickets.models import Ticket
from desk.tickets.numbers import parse
from desk.tickets.service import latest_ticket
from textkit.normalise import fold

REOPEN = "/desk.reopen"
"""Payload of the button that says that a ticket is not solved; the ticket's number follows."""
_ENDED = ("resolved", "transferred")


class NotReopened(ValueError):
    """The ticket can't be opened again, or is none of this conversation's."""


async def reopen(
    session: AsyncSession, conversation_id: str, number: str, *, key: str, now: datetime
) -> Ticket | None:
    """Open a ticket of the visitor's again; a person is wanted once more.

    Args:
        key: idempotency key.

    Returns:
        The ticket, or None when it is open already and stays as it is.

    Raises:
        LookupError: no such ticket in this conversation.
        NotReopened: it is closed or cancelled.
    """
    conversation = await locked(session, conversation_id)
    ticket = await session.get(Ticket, parse(number) or 0)
    if ticket is None or ticket.conversation_id != conversation_id:
        raise LookupError(f"there is no ticket {number} in this conversation")
    if ticket.state in ("closed", "cancelled"):
        raise NotReopened(f"{ticket.number} is {ticket.state}")
    if ticket.state not in _ENDED:
        return None
    write = Write(key=key, actor=Actor(kind="customer"), now=now)
    await work.reopen(session, ticket.id, write, reason="not_solved")
    await hand_over(session, conversation_id, ticket.id, now=now)
    want_person(conversation, now)
    conversation.outcome = "escalated"
    if conversation.state == "waiting":
        waits = {"conversation": conversation_id}
        await tell_subscribers(session, ticket, "conversation.waiting", key, now=now, **waits)
    return ticket


def seems_unsolved(text: str) -> bool:
    """Whether somebody seems to say that what was resolved is not solved.

    The ticket is only ever offered to be opened again: words alone are not sure enough.
    """
    words = f" {' '.join(re.findall(r'[^\W_]+', fold(text)))} "
    phrases = [
        phrase for language in LANGUAGES for phrase in catalogue(language)["not_solved"]["said"]
    ]
    return any(f" {phrase} " in words for phrase in phrases)


async def resolved_before(session: AsyncSession, conversation_id: str) -> Ticket | None:
    """The newest ticket of a conversation, when it is resolved."""
    latest = await latest_ticket(session, conversation_id)
    return latest if latest is not None and latest.state in _ENDED else None


def named(message: Message) -> str | None:
    """The number in a pressed button of ours, or None when it is none."""
    command, _, number = (message.payload or "").partition(" ")
    return number if command == REOPEN else None
