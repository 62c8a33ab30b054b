"""Telephone calls: what an analyst takes down becomes a ticket like that of a chat."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.handoff import identifiers_in
from desk.conversations.opening import conversation_of_sender
from desk.conversations.service import receive
from desk.tickets import work
from desk.tickets.ledger import Actor, Write
from desk.tickets.models import Ticket
from desk.tickets.service import Opening, open_ticket
from desk.tickets.states import OPEN
from textkit.masking import mask

RECENT = timedelta(days=14)
"""How far back a call may belong to a ticket that is there already."""
FIRST_CONTACT = "first-contact"
"""The tag of what was answered in the call itself."""
_SUMMARY = 600
_LISTED = 8
_LEAST_DIGITS = 7

Course = Literal["answered", "taken", "left"]
"""Answered on the telephone and done; open, and the analyst's own; open for whoever is next."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """What was taken down; nothing in it needs to be free of secrets."""

    key: str
    """Idempotency key: the same one opens one ticket."""
    story: str
    requester: Mapping[str, str]
    """By the names of `work.REQUESTER`; the written language is the ticket's."""
    category: str
    topic: str | None
    impact: str
    urgency: str
    article: str | None
    details: Mapping[str, str] = field(default_factory=dict)
    """Answers to what the topic asks, by field name."""
    course: Course
    code: str = "answered"
    """How it was resolved; for `answered` alone, like the notes."""
    notes: str = ""


async def open_call(session: AsyncSession, call: Call, *, user_id: int, now: datetime) -> Ticket:
    """Open the ticket of a call, and resolve or take it; the same key again changes nothing.

    Raises:
        UnusableMessage: there is no story, or it is too long.
        triage.UnknownSort: no such category, topic, impact or urgency.
        ValueError: answered, but without a known code or notes.
    """
    language = call.requester["written_language"]
    conversation = await conversation_of_sender(
        session, f"phone-{call.key}", channel="phone", is_test=False, language=language
    )
    message = await receive(session, conversation, call.story, client_id=call.key)
    known = await session.scalar(select(Ticket).where(Ticket.idempotency_key == call.key))
    if known is not None:
        return known
    # The caller waits on no page, so that the conversation wants nobody.
    message.answered_at = message.at
    requester = _masked(call.requester)
    details = _masked(call.details)
    told = "\n".join([message.text, *requester.values(), *details.values()])
    identifiers = identifiers_in(told)
    ticket = await open_ticket(
        session,
        Opening(
            idempotency_key=call.key,
            conversation_id=conversation.id,
            language=language,
            channel="phone",
            category=call.category,
            topic=call.topic,
            impact=call.impact,
            urgency=call.urgency,
            article=call.article,
            requester=requester | ({"identifiers": identifiers} if identifiers else {}),
            details=details,
            summary=message.text[:_SUMMARY],
            trail=[],
            is_test=False,
            actor="analyst",
            user_id=user_id,
        ),
        now=now,
    )
    return await _go_on(session, ticket, call, user_id=user_id, now=now)


async def _go_on(
    session: AsyncSession, ticket: Ticket, call: Call, *, user_id: int, now: datetime
) -> Ticket:
    def write(name: str) -> Write:
        actor = Actor(kind="analyst", user_id=user_id)
        return Write(key=f"{call.key}/{name}", actor=actor, now=now)

    if call.course == "left":
        return ticket
    await work.take(session, ticket.id, write("take"))
    ticket = await work.spoke(session, ticket.id, write("spoke"))
    if call.course == "answered":
        await work.tag(session, ticket.id, write("tag"), add=(FIRST_CONTACT,))
        ticket = await work.resolve(
            session, ticket.id, write("resolve"), code=call.code, notes=call.notes
        )
    return ticket


async def alike(session: AsyncSession, *, email: str, phone: str, now: datetime) -> list[Ticket]:
    """Tickets of the same e-mail address or telephone, open or of the last days; open ones first.

    Telephones are compared by their last ten digits, since people leave out the country's.
    """
    email, digits = email.strip().lower(), _digits(phone)
    same_email = func.lower(Ticket.requester["email"].as_string()) == email
    any_phone = Ticket.requester["phone"].as_string().is_not(None)
    wanted = ([same_email] if email else []) + ([any_phone] if digits else [])
    if not wanted:
        return []
    found = await session.scalars(
        select(Ticket)
        .where(
            Ticket.is_test.is_(False),
            or_(Ticket.opened_at >= now - RECENT, Ticket.state.in_(OPEN)),
            or_(*wanted),
        )
        .order_by(Ticket.id.desc())
    )
    same = [
        ticket
        for ticket in found
        if (email and str(ticket.requester.get("email", "")).lower() == email)
        or (digits and _digits(str(ticket.requester.get("phone", ""))) == digits)
    ]
    return sorted(same, key=lambda ticket: ticket.state not in OPEN)[:_LISTED]


def _masked(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: mask(value.strip()).text for name, value in fields.items() if value.strip()}


def _digits(phone: str) -> str:
    digits = "".join(re.findall(r"\d", phone))[-10:]
    return digits if len(digits) >= _LEAST_DIGITS else ""
