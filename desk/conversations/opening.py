"""How conversations begin and visitors come back to theirs, as functions over a session."""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Conversation
from desk.conversations.post import NAMESPACE

LOCKED = select(Conversation).with_for_update().execution_options(populate_existing=True)
"""Conversations for one transaction alone. Made once, since making it takes longer than running."""
_OF_SENDER = LOCKED.where(
    Conversation.namespace == "rest", Conversation.sender == bindparam("sender")
)


async def open_conversation(session: AsyncSession, *, language: str) -> tuple[Conversation, str]:
    """A new widget conversation and the bearer token that opens it again."""
    token = secrets.token_urlsafe(32)
    conversation = Conversation(
        id=uuid4().hex,
        namespace="widget",
        sender=uuid4().hex,
        channel="chat",
        token_hash=_hash(token),
        language=language,
        created_at=datetime.now(UTC),
    )
    session.add(conversation)
    await session.flush()
    return conversation, token


async def conversation_of_sender(
    session: AsyncSession, sender: str, *, channel: str, is_test: bool, language: str = "en"
) -> Conversation:
    """A REST sender's conversation, made at the first message; locked as by `service.locked`."""
    # Clients put addresses and numbers of people into the sender, so that only its hash is kept.
    hashed = _hash(sender)
    found: Conversation | None = await session.scalar(_OF_SENDER, {"sender": hashed})
    if found is not None:
        return found
    conversation = Conversation(
        id=uuid4().hex,
        namespace="rest",
        sender=hashed,
        channel=channel,
        language=language,
        is_test=is_test,
        created_at=datetime.now(UTC),
    )
    try:
        async with session.begin_nested():
            session.add(conversation)
    except IntegrityError:
        # Another process met this sender in the same moment.
        return (await session.scalars(_OF_SENDER, {"sender": hashed})).one()
    return conversation


async def open_by_mail(session: AsyncSession, *, key: str, language: str) -> Conversation:
    """A new conversation that begins with a mail.

    Args:
        key: the mail's own.
    """
    conversation = Conversation(
        id=uuid4().hex,
        namespace=NAMESPACE,
        sender=key,
        channel="email",
        language=language,
        created_at=datetime.now(UTC),
    )
    session.add(conversation)
    await session.flush()
    return conversation


async def authenticate(session: AsyncSession, conversation_id: str, token: str) -> Conversation:
    """The widget conversation that this token opens.

    Raises:
        LookupError: no such conversation.
        PermissionError: the token is not its own.
    """
    conversation = await session.get(Conversation, conversation_id)
    if conversation is None or conversation.token_hash is None:
        raise LookupError(conversation_id)
    if not hmac.compare_digest(conversation.token_hash, _hash(token)):
        raise PermissionError(conversation_id)
    return conversation


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()
