"""Hand-off drafts: what a ticket will hold, written at each step of the form.

The bot may crash between any two questions; what the visitor has said so far is here, and
`asking` is the question that their next message answers.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Draft
from textkit.masking import mask

WITHOUT_ARTICLE = ("name", "email")
"""What is asked when no article says what a ticket on its topic needs."""


async def begin(
    session: AsyncSession,
    conversation_id: str,
    *,
    key: str,
    category: str,
    priority: str,
    article: str | None,
    fields: Sequence[str],
    story: str | None,
) -> Draft:
    """Start collecting, or go on with the draft that the conversation has already.

    Args:
        key: id of the message that asked for it; the ticket is opened once for this key.
        fields: what to ask between the story and the confirmation, in this order. The draft keeps
            them, so that an article that changes meanwhile does not change its form.
        story: what happened, when the visitor's message said it already.
    """
    draft = await session.get(Draft, conversation_id)
    now = datetime.now(UTC)
    if draft is None:
        draft = Draft(
            conversation_id=conversation_id,
            started_at=now,
            updated_at=now,
            idempotency_key=key,
            category=category,
            priority=priority,
            article=article,
            asks=["story", *fields, "confirm"],
            fields={} if story is None else {"story": mask(story).text},
        )
        draft.asking = next_field(draft)
        session.add(draft)
    return draft


async def answer(session: AsyncSession, draft: Draft, field: str, value: str) -> None:
    """Keep one answer; an empty one is a field that the visitor skipped."""
    draft.fields = {**draft.fields, field: mask(value).text}
    draft.asking = next_field(draft)
    draft.updated_at = datetime.now(UTC)
    await session.flush()


def next_field(draft: Draft) -> str | None:
    """The first field without an answer, or None when all have one."""
    return next((field for field in draft.asks if field not in draft.fields), None)


async def idle(session: AsyncSession, *, before: datetime) -> list[str]:
    """Conversations whose draft nobody has touched since `before`."""
    rows = await session.scalars(
        select(Draft.conversation_id).where(Draft.updated_at < before).order_by(Draft.updated_at)
    )
    return list(rows)
