"""From a conversation to a ticket: finishing a draft, urgent tickets, tickets without the bot."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.attachments.service import hand_over
from desk.conversations.models import Draft, Message
from desk.conversations.ownership import want_person
from desk.conversations.service import history, locked
from desk.tickets import triage
from desk.tickets.ledger import tell_subscribers
from desk.tickets.models import Ticket
from desk.tickets.service import Opening, open_ticket
from textkit.identifiers import find

_EMAIL = re.compile(r"[\w.+'-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}")
_SUMMARY = 600
_REQUESTER = ("name", "email", "phone", "company", "role")
_NOTHING: Mapping[str, str] = {}
_NO_DETAIL = {*_REQUESTER, "story", "confirm"}


def find_emails(text: str) -> list[str]:
    """The e-mail addresses in a text, in order."""
    return [found.rstrip(".") for found in _EMAIL.findall(text)]


async def finish_draft(session: AsyncSession, draft: Draft, *, actor: str = "customer") -> Ticket:
    """Open the ticket of a draft with what it has, and let the draft go."""
    ticket = await _open(
        session,
        draft.conversation_id,
        key=draft.idempotency_key,
        category=draft.category,
        priority=draft.priority,
        article=draft.article,
        fields=draft.fields,
        actor=actor,
    )
    await session.delete(draft)
    return ticket


async def open_at_once(
    session: AsyncSession,
    message: Message,
    *,
    category: str,
    priority: str,
    story: str | None = None,
    article: str | None = None,
    actor: str = "bot",
    parent: Ticket | None = None,
    known: Mapping[str, str] = _NOTHING,
) -> Ticket:
    """Open a ticket from what the conversation holds, without asking anything.

    A hand-off that was being collected is finished by it: what was said there is in the ticket.

    Args:
        story: what happened, in the visitor's words.
        known: of the requester, by field name, without having been asked for.
        parent: the ticket that the new one is a part of.
    """
    draft = await session.get(Draft, message.conversation_id)
    fields = dict(known) | (draft.fields if draft else {})
    told = [text for text in (fields.get("story"), story) if text]
    if told:
        fields["story"] = "\n".join(dict.fromkeys(told))
    ticket = await _open(
        session,
        message.conversation_id,
        key=draft.idempotency_key if draft else message.id,
        category=category,
        priority=priority,
        article=article,
        fields=fields,
        actor=actor,
        parent=parent,
    )
    if draft:
        await session.delete(draft)
    return ticket


async def _open(
    session: AsyncSession,
    conversation_id: str,
    *,
    key: str,
    category: str,
    priority: str,
    article: str | None,
    fields: dict[str, Any],
    actor: str,
    parent: Ticket | None = None,
) -> Ticket:
    # Locked, since an analyst may be taking it over in this moment, or a file coming in.
    conversation = await locked(session, conversation_id)
    messages = await history(session, conversation_id)
    said = [m.text for m in messages if m.actor == "visitor" and not (m.payload or m.custom)]
    given = {field: str(value) for field, value in fields.items() if value}
    requester: dict[str, Any] = {field: given[field] for field in _REQUESTER if field in given}
    addresses = {address.lower() for address in find_emails("\n".join(said))}
    # A skipped address stays skipped, and in a security matter an address may be the attacker's.
    if "email" not in fields and category != "security" and len(addresses) == 1:
        requester["email"] = addresses.pop()
    if identifiers := identifiers_in("\n".join([*said, *given.values()])):
        requester["identifiers"] = identifiers
    impact, urgency = triage.severity(priority)
    # The story as told; else the longest thing that the visitor wrote, which says the most.
    summary = fields.get("story") or max(said, key=len, default="")
    now = datetime.now(UTC)
    want_person(conversation, now)
    if actor != "analyst":
        # What a person opens after a telephone call says nothing of the assistant.
        conversation.outcome = "escalated"
    ticket = await open_ticket(
        session,
        Opening(
            idempotency_key=key,
            conversation_id=conversation_id,
            language=conversation.language,
            channel=conversation.channel,
            category=category,
            impact="many" if parent else impact,
            urgency=urgency,
            article=article,
            requester=requester,
            details={field: given[field] for field in given if field not in _NO_DETAIL},
            summary=summary[:_SUMMARY],
            trail=await _trail(session, conversation_id),
            is_test=conversation.is_test,
            actor=actor,
            parent=parent,
        ),
        now=now,
    )
    await hand_over(session, conversation_id, ticket.id, now=now)
    waits = {"conversation": conversation_id}
    await tell_subscribers(session, ticket, "conversation.waiting", key, now=now, **waits)
    return ticket


def identifiers_in(text: str) -> list[dict[str, str]]:
    """The business identifiers that a requester named, masked, each once."""
    found = {(item.type, item.shown) for item in find(text) if item.sensitivity == "P2"}
    return [{"type": kind, "shown": shown} for kind, shown in sorted(found)]


async def _trail(session: AsyncSession, conversation_id: str) -> list[dict[str, Any]]:
    rows = await session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.evidence.is_not(None))
        .order_by(Message.seq)
    )
    return [{"at": row.at.isoformat(), "message": row.seq, **(row.evidence or {})} for row in rows]
