"""What is said in conversations, as functions over a session.

Every text passes `textkit.masking.mask` here, before the first write: nothing upstream of this
module may log or keep what a visitor typed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import CursorResult, Table, and_, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import set_committed_value

from desk.accounts.models import User
from desk.conversations.models import Conversation, Draft, Message
from desk.conversations.opening import LOCKED
from desk.conversations.outcomes import after_reply
from desk.conversations.ownership import Ended, resume
from desk.conversations.post import NAMESPACE
from desk.messages import LANGUAGES, catalogue
from desk.messages import say as sentence
from desk.tickets import work
from desk.tickets.ledger import Actor, Write
from desk.tickets.service import ticket_of_conversation
from textkit.masking import mask
from textkit.normalise import fold, printable

_LEADING_SLASHES = re.compile(r"^[/\s]+")
MAX_TEXT = 8000
"""Characters of one message: long enough for a pasted e-mail."""

# Statements of every turn, made once: making one anew takes longer than running it.
_BY_ID = LOCKED.where(Conversation.id == bindparam("conversation_id"))
_AT_HAND = (
    select(Message, Conversation, Draft)
    .join(Conversation, Conversation.id == Message.conversation_id)
    .outerjoin(Draft, Draft.conversation_id == Conversation.id)
    .where(Message.id == bindparam("message_id"))
)
# Of the tables, since the mapper would look through all that the session holds.
_CLAIM = update(cast("Table", Message.__table__)).where(
    Message.id == bindparam("claimed"), Message.answered_at.is_(None)
)
_TOUCH_DRAFT = (
    update(cast("Table", Draft.__table__))
    .where(Draft.conversation_id == bindparam("conversation"))
    .values(updated_at=bindparam("at"))
)


class UnusableMessage(ValueError):
    """A text that can't be taken; `key` names the sentence in the message catalogue."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


@dataclass(frozen=True, kw_only=True)
class Bubble:
    """One message that the desk shows to a visitor."""

    text: str
    buttons: list[dict[str, str]] = field(default_factory=list)
    custom: dict[str, Any] | None = None


async def receive(
    session: AsyncSession, conversation: Conversation, text: str, *, client_id: str | None
) -> Message:
    """Keep a visitor's message, once for each `client_id`, with its secrets masked.

    A text that is the payload of a button offered earlier in this conversation is kept under the
    button's title. Any other leading slash is dropped, since Rasa would obey it.

    Args:
        conversation: locked, or made, in this transaction.

    Raises:
        UnusableMessage: nothing in it, or too long.
        Ended: the visitor's conversation is closed.
    """
    if client_id is not None:
        known = await session.scalar(
            select(Message).where(
                Message.conversation_id == conversation.id, Message.client_id == client_id
            )
        )
        if known is not None:
            return known
    text = _usable(text)
    if conversation.state == "closed":
        if conversation.namespace != "rest":
            raise Ended("the conversation is closed")
        # A sender has one thread for good.
        resume(conversation, datetime.now(UTC))
    payload: str | None = None
    if text.startswith("/"):
        title = await _offered_title(session, conversation, text)
        payload = text if title is not None else None
        text = title if title is not None else _LEADING_SLASHES.sub("", text)
    if not text:
        raise UnusableMessage("empty_message")
    masked = mask(text)
    message = _append(
        session,
        conversation,
        actor="visitor",
        text=masked.text,
        payload=payload,
        client_id=client_id,
        masked=list(masked.kinds),
    )
    await session.flush()
    # Whoever writes has not left the form alone.
    await session.execute(_TOUCH_DRAFT, {"conversation": conversation.id, "at": message.at})
    if conversation.state == "analyst":
        if message.masked:
            # The assistant says it with its answer, which there is none of now.
            say(session, conversation, privacy_notice(message, conversation.language))
        await tell_the_ticket(session, conversation, message)
    return message


def privacy_notice(message: Message, language: str, *, key: str = "privacy.removed") -> Bubble:
    """What was removed from a visitor's message, told by a sentence of the catalogue."""
    names = catalogue(language)["privacy"]["kinds"]
    kinds = ", ".join(names[kind] for kind in message.masked)
    return Bubble(text=sentence(key, language, kinds=kinds))


async def tell_the_ticket(
    session: AsyncSession, conversation: Conversation, message: Message
) -> None:
    """Whoever writes to an analyst waits for them, unless they only say thank you."""
    ticket = await ticket_of_conversation(session, conversation.id)
    if ticket is None:
        return
    await work.received(
        session,
        ticket.id,
        Write(key=message.id, actor=Actor(kind="customer"), now=message.at),
        message_id=message.id,
        waits=not only_thanks(message.text),
    )


def only_thanks(text: str) -> bool:
    """Whether somebody only says thank you, and waits for nothing."""
    words = re.findall(r"\w+", fold(text))
    courtesies = [catalogue(language)["courtesies"] for language in LANGUAGES]
    return any(
        not set(words).isdisjoint(spoken["thanks"])
        and set(words) <= {*spoken["thanks"], *spoken["around"]}
        for spoken in courtesies
    )


async def reply(
    session: AsyncSession,
    message: Message,
    bubbles: Sequence[Bubble],
    *,
    language: str,
    evidence: dict[str, Any] | None = None,
) -> list[Message]:
    """Answer a visitor's message, once.

    An answer is dropped when the conversation has changed hands since the message came; an analyst
    who has it now is told that the visitor waits.

    Args:
        evidence: how the bot read the message, if a bot did.
    """
    conversation = await locked(session, message.conversation_id)
    now = datetime.now(UTC)
    read = {} if evidence is None else {"evidence": evidence, "language": _spoken(evidence)}
    if not await _claim(session, message, {"answered_at": now, **read}):
        return await replies(session, message)
    if bubbles and not conversation.language_locked:
        # Whoever has it now is to speak it, too.
        conversation.language = language
    if conversation.epoch != message.epoch:
        if conversation.state == "analyst":
            await tell_the_ticket(session, conversation, message)
        return []
    for bubble in bubbles:
        if bubble.custom is not None:
            conversation.outcome = after_reply(
                conversation.outcome,
                kind=bubble.custom["kind"],
                intent=(message.evidence or {}).get("intent"),
            )
    return [
        _append(
            session,
            conversation,
            actor="bot",
            text=bubble.text,
            language=language,
            buttons=bubble.buttons,
            custom=bubble.custom,
            reply_to=message.id,
        )
        for bubble in bubbles
    ]


async def _claim(session: AsyncSession, message: Message, kept: dict[str, Any]) -> bool:
    """Mark a message as answered, unless it is; the message may be of another session."""
    result = await session.execute(_CLAIM, {"claimed": message.id, **kept})
    if not cast("CursorResult[Any]", result).rowcount:
        return False
    for name, value in kept.items():
        set_committed_value(message, name, value)
    return True


def understand(message: Message, evidence: dict[str, Any]) -> None:
    """Keep how the bot read a message, and with it the language, if it is one of the desk's."""
    message.evidence, message.language = evidence, _spoken(evidence)


def _spoken(evidence: dict[str, Any]) -> str | None:
    return evidence["language"] if evidence["language"] in LANGUAGES else None


def say(
    session: AsyncSession, conversation: Conversation, bubble: Bubble, *, write: str | None = None
) -> Message:
    """Tell the visitor something that answers no message of theirs."""
    return _append(
        session,
        conversation,
        actor="system",
        text=bubble.text,
        client_id=_key_of(write) if write else None,
        language=conversation.language,
        buttons=bubble.buttons,
        custom=bubble.custom,
    )


def tell(
    session: AsyncSession,
    conversation: Conversation,
    key: str,
    kind: str,
    *,
    buttons: list[dict[str, str]] | None = None,
    write: str | None = None,
    **values: str,
) -> Message:
    """Tell the visitor, by a sentence of the catalogue's table `people`, what has happened.

    Args:
        kind: what programs know it by.
        write: the idempotency key of the act that it tells of.
        values: what the sentence holds; programs get them too.
    """
    text = sentence(f"people.{key}", conversation.language, **values)
    bubble = Bubble(text=text, buttons=buttons or [], custom={"kind": kind} | values)
    return say(session, conversation, bubble, write=write)


async def was_told(session: AsyncSession, conversation: Conversation, write: str) -> bool:
    """Whether the act with this idempotency key has been done, and the visitor been told of it."""
    known = select(Message.id).where(
        Message.conversation_id == conversation.id, Message.client_id == _key_of(write)
    )
    return await session.scalar(known) is not None


def _key_of(write: str) -> str:
    # Visitors' pages choose keys of their own, without this beginning.
    return f"act:{write}"


def shown_name(user: User, conversation: Conversation) -> str:
    """What this visitor is told that an analyst is called."""
    return user.name or sentence("people.unnamed", conversation.language)


def say_as_analyst(
    session: AsyncSession, conversation: Conversation, text: str, *, user_id: int | None
) -> Message:
    """What an analyst tells the visitor; its secrets are masked like anybody's.

    Raises:
        UnusableMessage: nothing in it, or too long.
    """
    return _append(
        session, conversation, actor="analyst", text=mask(_usable(text)).text, user_id=user_id
    )


async def at_hand(
    session: AsyncSession, message_id: str
) -> tuple[Message, Conversation, Draft | None]:
    """A message, its conversation and the hand-off that is being prepared there, by one look."""
    rows = await session.execute(_AT_HAND, {"message_id": message_id})
    message, conversation, draft = rows.one()
    return message, conversation, draft


async def replies(session: AsyncSession, message: Message) -> list[Message]:
    """The stored answer to a visitor's message."""
    rows = await session.scalars(
        select(Message).where(Message.reply_to == message.id).order_by(Message.seq)
    )
    return list(rows)


async def history(session: AsyncSession, conversation_id: str, *, after: int = 0) -> list[Message]:
    """The messages of a conversation with a sequence number above `after`, in order."""
    rows = await session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.seq > after)
        .order_by(Message.seq)
    )
    return list(rows)


UNANSWERED = and_(
    Message.actor == "visitor",
    Message.answered_at.is_(None),
    Conversation.namespace != NAMESPACE,
)
"""Visitors' messages without an answer yet; whoever deals with mails takes those up again."""


async def unanswered(session: AsyncSession, *, before: datetime) -> list[Message]:
    """Visitors' messages from before some moment that have no answer, oldest first."""
    rows = await session.scalars(
        select(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(UNANSWERED, Message.at <= before)
        .order_by(Message.at)
    )
    return list(rows)


async def unanswered_before(session: AsyncSession, message: Message) -> list[Message]:
    """A visitor's messages before this one that have no answer, in their order."""
    rows = await session.scalars(
        select(Message)
        .where(
            Message.actor == "visitor",
            Message.answered_at.is_(None),
            Message.conversation_id == message.conversation_id,
            Message.seq < message.seq,
        )
        .order_by(Message.seq)
    )
    return list(rows)


def _usable(text: str) -> str:
    text = printable(text).strip()
    if len(text) > MAX_TEXT:
        raise UnusableMessage("message_too_long", limit=MAX_TEXT)
    if not text:
        raise UnusableMessage("empty_message")
    return text


async def locked(session: AsyncSession, conversation_id: str) -> Conversation:
    """The conversation, for this transaction alone: sequence numbers must not collide."""
    rows = await session.scalars(_BY_ID, {"conversation_id": conversation_id})
    return rows.one()


def _append(
    session: AsyncSession, conversation: Conversation, *, actor: str, text: str, **rest: Any
) -> Message:
    conversation.last_seq += 1
    conversation.last_at = conversation.changed_at = datetime.now(UTC)
    message = Message(
        id=uuid4().hex,
        conversation_id=conversation.id,
        seq=conversation.last_seq,
        epoch=conversation.epoch,
        at=conversation.last_at,
        actor=actor,
        text=text,
        **rest,
    )
    session.add(message)
    return message


async def _offered_title(
    session: AsyncSession, conversation: Conversation, payload: str
) -> str | None:
    rows = await session.scalars(
        select(Message.buttons)
        .where(Message.conversation_id == conversation.id, Message.actor != "visitor")
        .order_by(Message.seq.desc())
    )
    for buttons in rows:
        for button in buttons:
            if button["payload"] == payload:
                return str(button["title"])
    return None
