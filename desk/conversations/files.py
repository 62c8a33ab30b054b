"""A visitor's file: a message of its own, which the desk answers and the bot never sees."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.attachments.models import Attachment
from desk.attachments.service import Piece, hand_over, row_of
from desk.conversations.models import Conversation, Message
from desk.conversations.service import Bubble, locked, receive, reply
from desk.conversations.turns import PERSON
from desk.messages import say
from desk.tickets.ledger import Actor
from desk.tickets.service import ticket_of_conversation


class NotAFile(ValueError):
    """The `client_id` is that of a message which is no file."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A file that stands in a conversation."""

    message: Message
    file: Attachment
    again: bool
    """It came before; what came now is not needed."""


async def receive_file(
    session: AsyncSession, conversation: Conversation, piece: Piece, *, client_id: str
) -> Kept:
    """Keep a visitor's file, once for each `client_id`, and answer it.

    It goes on the conversation's open ticket, or waits for one. To an analyst it is delivered
    without a word of the desk.

    Raises:
        NotAFile: the `client_id` is that of a text.
    """
    # Locked, so that the same file that comes twice at once is kept once, and that a ticket which
    # is being opened finds it.
    conversation = await locked(session, conversation.id)
    known = await _known(session, conversation.id, client_id)
    if known is not None:
        return known
    message = await receive(session, conversation, piece.name, client_id=client_id)
    now = datetime.now(UTC)
    file = row_of(piece, key=_key(message), by=Actor(kind="customer"), at=now)
    file.conversation_id = conversation.id
    session.add(file)
    await session.flush()
    message.custom = {"kind": "file", "file": shown(file)}
    ticket = await ticket_of_conversation(session, conversation.id)
    if ticket is not None:
        await hand_over(session, conversation.id, ticket.id, now=now)
    await reply(
        session,
        message,
        _answer(conversation, file, ticket.number if ticket else None),
        language=conversation.language,
    )
    return Kept(message=message, file=file, again=False)


def shown(file: Attachment) -> dict[str, Any]:
    """What a visitor's page is told of a file."""
    return {"id": file.id, "name": file.name, "media_type": file.media_type, "size": file.size}


async def _known(session: AsyncSession, conversation_id: str, client_id: str) -> Kept | None:
    message = await session.scalar(
        select(Message).where(
            Message.conversation_id == conversation_id, Message.client_id == client_id
        )
    )
    if message is None:
        return None
    file = await session.scalar(select(Attachment).where(Attachment.event_id == _key(message)))
    if file is None:
        raise NotAFile(client_id)
    return Kept(message=message, file=file, again=True)


def _answer(conversation: Conversation, file: Attachment, ticket: str | None) -> list[Bubble]:
    language = conversation.language
    if conversation.state == "analyst":
        return []
    if ticket is not None:
        return [Bubble(text=say("files.on_ticket", language, name=file.name, number=ticket))]
    person = {"title": say("files.person", language), "payload": PERSON}
    return [Bubble(text=say("files.waits", language, name=file.name), buttons=[person])]


def _key(message: Message) -> str:
    """Id of the line that a ticket's log will have for the file of a message."""
    return f"file/{message.id}"
