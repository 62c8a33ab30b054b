"""A person in the conversation: what an analyst does with a ticket and the thread behind it.

Every function takes the session, the ticket's id and a `Write` whose actor is the analyst, and
raises what `ledger.record` raises besides what it names. The conversation is locked before the
ticket, as it is when a visitor writes.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts.models import User
from desk.accounts.roles import may
from desk.audit.service import account
from desk.conversations import ownership
from desk.conversations.models import Conversation, Message
from desk.conversations.ownership import NotOwner, check_owner
from desk.conversations.post import NAMESPACE, post
from desk.conversations.reopening import REOPEN
from desk.conversations.service import (
    Bubble,
    locked,
    say,
    say_as_analyst,
    shown_name,
    tell,
    was_told,
)
from desk.messages import say as sentence
from desk.tickets.ledger import Act, KeyReused, Write, record
from desk.tickets.models import Ticket, TicketEvent
from desk.tickets.numbers import number
from desk.tickets.states import DONE, OPEN
from textkit.masking import mask

HEARD = ("chat", "email")
"""Channels on which a requester reads what is written into their conversation."""


class Unheard(ValueError):
    """A reply that would reach nobody."""


class Overtaken(ValueError):
    """Another analyst's words, or one's own from another page, came after what was seen."""

    def __init__(self, seq: int) -> None:
        super().__init__("somebody has answered since you looked; read it, then send again")
        self.seq = seq


async def take_over(
    session: AsyncSession, ticket_id: int, write: Write, *, epoch: int | None = None
) -> Conversation:
    """Speak with the requester from now on; the assistant is silent.

    Args:
        epoch: the conversation's when the analyst looked; None takes it as it is.

    Raises:
        NotOwner: another analyst has it, and this one's role may not take it from them.
        Moved: it has changed hands since they looked.
        Ended: the visitor has ended it.
        Unheard: nobody reads it.
    """
    user = await session.get_one(User, write.actor.user_id)
    ticket, conversation = await _both(session, ticket_id)
    if conversation.owner_id == user.id or await was_told(session, conversation, write.key):
        return conversation
    if epoch is not None:
        check_owner(conversation, conversation.owner_id, epoch)
    if conversation.owner_id and not may(user.role, "conversations.take_from_other"):
        raise NotOwner(conversation.owner_id)
    _account_taking(session, ticket_id, conversation, write)
    await _take(session, ticket, conversation, write, user)
    return conversation


async def reply_to_requester(
    session: AsyncSession,
    ticket_id: int,
    write: Write,
    *,
    text: str,
    epoch: int | None = None,
    seen: int | None = None,
) -> Ticket:
    """Answer the requester in their conversation, which is the analyst's from now on.

    Args:
        epoch: the conversation's when the analyst looked; None takes it as it is.
        seen: number of the last message that they have seen.

    Raises:
        Unheard: nobody reads this conversation.
        UnusableMessage: nothing in it, or too long.
        NotOwner: another analyst has the conversation.
        Moved: it has changed hands since they looked.
        Overtaken: an analyst has said something after `seen`.
    """
    line = await session.get(TicketEvent, write.key)
    if line is not None:
        before = await session.get(Message, line.payload.get("message", ""))
        if before is not None and before.text != mask(text.strip()).text:
            raise KeyReused(f"the idempotency key {write.key!r} is that of another reply")
        return await record(session, ticket_id, write, [Act(kind="responded")])
    user = await session.get_one(User, write.actor.user_id)
    ticket, conversation = await _both(session, ticket_id)
    if epoch is not None or conversation.owner_id is not None:
        check_owner(conversation, user.id if conversation.owner_id else None, epoch)
    if seen is not None:
        await _check_seen(session, conversation, seen)
    if conversation.owner_id is None:
        await _take(session, ticket, conversation, write, user)
    message = say_as_analyst(session, conversation, text, user_id=user.id)
    await session.flush()
    await post(session, message, now=write.now, ticket_id=ticket_id)
    said = Act(kind="responded", payload={"message": message.id})
    return await record(session, ticket_id, write, [said])


async def hand_back(
    session: AsyncSession, ticket_id: int, write: Write, *, epoch: int | None = None
) -> Conversation:
    """Let the assistant answer again; the ticket stays the analyst's.

    Raises:
        NotOwner: it is another analyst's, or the assistant's already.
        Moved: it has changed hands since they looked.
    """
    user = await session.get_one(User, write.actor.user_id)
    _, conversation = await _both(session, ticket_id)
    if await was_told(session, conversation, write.key):
        return conversation
    check_owner(conversation, user.id, epoch)
    await ownership.release(session, conversation, "handed_back", write.now)
    tell(
        session,
        conversation,
        "handed_back",
        "left",
        write=write.key,
        name=shown_name(user, conversation),
    )
    return conversation


async def pass_to(
    session: AsyncSession, ticket_id: int, write: Write, *, to: User, epoch: int | None = None
) -> Conversation:
    """Give conversation and ticket to another analyst.

    Raises:
        NotOwner: it is another analyst's, and this one's role may not take it from them; or it is
            still the assistant's.
        Moved: it has changed hands since they looked.
        ValueError: the other one may not answer visitors.
    """
    user = await session.get_one(User, write.actor.user_id)
    if to.disabled_at is not None or not may(to.role, "conversations.reply"):
        raise ValueError(f"{to.email} does not answer visitors")
    _, conversation = await _both(session, ticket_id)
    if await was_told(session, conversation, write.key):
        return conversation
    if conversation.owner_id is None:
        raise NotOwner(None)
    leads = may(user.role, "conversations.take_from_other")
    check_owner(conversation, conversation.owner_id if leads else user.id, epoch)
    _account_taking(session, ticket_id, conversation, write)
    await ownership.take(session, conversation, to.id, write.now, why="passed_on")
    tell(
        session,
        conversation,
        "passed_on",
        "transferred",
        write=write.key,
        name=shown_name(to, conversation),
    )
    await record(session, ticket_id, write, [Act(kind="assigned", payload={"assignee_id": to.id})])
    return conversation


async def finish(
    session: AsyncSession,
    do: Callable[..., Awaitable[Ticket]],
    ticket_id: int,
    write: Write,
    **values: Any,
) -> Ticket:
    """Do something that ends a ticket, such as `work.resolve`, and let the conversation go.

    The visitor is told when their ticket is resolved, and asked how it went.
    """
    ticket = await session.get(Ticket, ticket_id)
    if ticket is None:
        raise LookupError(f"there is no ticket {number(ticket_id)}")
    conversation = await locked(session, ticket.conversation_id)
    # It was read before the lock, behind which somebody may have sent the same.
    await session.refresh(ticket)
    before = ticket.state
    done = await do(session, ticket_id, write, **values)
    others = await session.scalar(
        select(func.count())
        .select_from(Ticket)
        .where(Ticket.conversation_id == conversation.id, Ticket.state.in_(OPEN))
    )
    if ticket.state in DONE and not others:
        await ownership.release(session, conversation, "finished", write.now)
    if ticket.state == "resolved" != before and conversation.state != "closed":
        await _tell_end(session, conversation, ticket, write.now)
    return done


async def _both(session: AsyncSession, ticket_id: int) -> tuple[Ticket, Conversation]:
    ticket = await session.get(Ticket, ticket_id)
    if ticket is None:
        raise LookupError(f"there is no ticket {number(ticket_id)}")
    if ticket.channel not in HEARD:
        raise Unheard(
            f"{ticket.number} came in by {ticket.channel}, where nobody reads a reply; "
            "call the requester and write down that you spoke to them"
        )
    return ticket, await locked(session, ticket.conversation_id)


async def _take(
    session: AsyncSession, ticket: Ticket, conversation: Conversation, write: Write, user: User
) -> None:
    await ownership.take(session, conversation, user.id, write.now)
    tell(
        session,
        conversation,
        "joined",
        "joined",
        write=write.key,
        name=shown_name(user, conversation),
    )
    acts = []
    if ticket.state in OPEN and ticket.assignee_id not in (None, user.id):
        acts.append(Act(kind="assigned", payload={"assignee_id": user.id}))
    if ticket.state in ("new", "assigned") or (acts and ticket.state == "in_progress"):
        acts.append(Act(kind="started"))
    if acts:
        beside = Write(key=f"{write.key}/over", actor=write.actor, now=write.now)
        await record(session, ticket.id, beside, acts)


def _account_taking(
    session: AsyncSession, ticket_id: int, conversation: Conversation, write: Write
) -> None:
    if conversation.owner_id not in (None, write.actor.user_id):
        account(
            session,
            "conversation_taken",
            f"ticket/{ticket_id}",
            by=write.actor,
            now=write.now,
            owner=conversation.owner_id,
        )


async def _check_seen(session: AsyncSession, conversation: Conversation, seen: int) -> None:
    unseen = await session.scalar(
        select(func.max(Message.seq)).where(
            Message.conversation_id == conversation.id,
            Message.seq > seen,
            Message.actor == "analyst",
        )
    )
    if unseen is not None:
        raise Overtaken(unseen)


async def _tell_end(
    session: AsyncSession, conversation: Conversation, ticket: Ticket, now: datetime
) -> None:
    """Say that a ticket is resolved; whoever has a page before them is asked how it went."""
    if conversation.namespace == NAMESPACE:
        text = sentence("mail.resolved", conversation.language, number=ticket.number)
        bubble = Bubble(text=text, custom={"kind": "resolved", "ticket": ticket.number})
        told = say(session, conversation, bubble)
        await session.flush()
        await post(session, told, now=now, ticket_id=ticket.id)
        return
    again = {
        "title": sentence("people.not_solved", conversation.language),
        "payload": f"{REOPEN} {ticket.number}",
    }
    tell(session, conversation, "resolved", "satisfaction", buttons=[again], ticket=ticket.number)
