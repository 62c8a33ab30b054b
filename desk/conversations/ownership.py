"""Who owns a conversation: the assistant, an analyst, or nobody any more.

While a conversation is `waiting`, a person is wanted and the assistant still answers. Every change
of owner bumps the epoch, so that whoever has worked on an answer meanwhile finds out before it is
said, and opens or ends a stretch, the time during which one analyst had the conversation.

These functions change rows that the caller has locked and say nothing to anybody.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Conversation, Stretch

State = Literal["bot", "waiting", "analyst", "closed"]
EndReason = Literal["handed_back", "passed_on", "taken_over", "timed_out", "finished", "ended"]

MOVES: Mapping[str, Mapping[State, State]] = {
    # A ticket was opened, or opened again.
    "wanted": {"bot": "waiting", "waiting": "waiting", "analyst": "analyst", "closed": "waiting"},
    "taken": {"bot": "analyst", "waiting": "analyst", "analyst": "analyst"},
    # The analyst is done, or does not answer.
    "handed_back": {"analyst": "bot"},
    "timed_out": {"analyst": "waiting"},
    # The last ticket is done with.
    "finished": {"bot": "bot", "waiting": "bot", "analyst": "bot", "closed": "closed"},
    "ended": {"bot": "closed", "waiting": "closed", "analyst": "closed", "closed": "closed"},
    # A sender whose thread never ends writes again.
    "resumed": {"closed": "bot"},
}
"""By kind of change: from each state in which it may happen, the state that it leads to."""


class Ownership(ValueError):
    """A change or a word that comes from somebody who has not, or no longer, the conversation."""


class NotOwner(Ownership):
    """It is somebody else's; `owner_id` tells whose, None that it is no analyst's."""

    def __init__(self, owner_id: int | None) -> None:
        super().__init__("the conversation is somebody else's")
        self.owner_id = owner_id


class Moved(Ownership):
    """The owner has changed since its author looked."""

    def __init__(self, epoch: int) -> None:
        super().__init__("the conversation has changed hands meanwhile")
        self.epoch = epoch


class Ended(Ownership):
    """The conversation is closed: nobody reads what is written into it."""


def want_person(conversation: Conversation, now: datetime) -> None:
    """A person is to come; one who is there already stays."""
    _move(conversation, "wanted", now)


async def take(
    session: AsyncSession,
    conversation: Conversation,
    user_id: int,
    now: datetime,
    *,
    why: EndReason = "taken_over",
) -> None:
    """Make the conversation this analyst's; one who had it loses it, for this reason.

    Raises:
        Ended: it is closed.
    """
    await _end_stretch(session, conversation, why, now)
    _move(conversation, "taken", now)
    conversation.owner_id = user_id
    conversation.epoch += 1
    session.add(
        Stretch(
            conversation_id=conversation.id,
            user_id=user_id,
            epoch=conversation.epoch,
            started_at=now,
        )
    )


async def release(
    session: AsyncSession,
    conversation: Conversation,
    change: Literal["handed_back", "timed_out", "finished", "ended"],
    now: datetime,
) -> None:
    """End the analyst's stretch, if there is one, and let the conversation go on without them.

    Raises:
        Ended: it is closed.
        NotOwner: no analyst has it, and this change needs one.
    """
    had = conversation.state == "analyst"
    await _end_stretch(session, conversation, change, now)
    _move(conversation, change, now)
    conversation.owner_id = None
    if had or change == "ended":
        conversation.epoch += 1


def resume(conversation: Conversation, now: datetime) -> None:
    """Let the assistant answer in a conversation that was closed."""
    if conversation.state == "closed":
        _move(conversation, "resumed", now)
        conversation.epoch += 1


def check_owner(conversation: Conversation, user_id: int | None, epoch: int | None) -> None:
    """Hold what an analyst wants to do against whose conversation it is.

    Args:
        epoch: the one that they have seen; None for whoever has not looked.

    Raises:
        Moved: its owner has changed since.
        NotOwner: it is not theirs.
    """
    if epoch is not None and epoch != conversation.epoch:
        raise Moved(conversation.epoch)
    if conversation.owner_id != user_id:
        raise NotOwner(conversation.owner_id)


async def stretch_of(session: AsyncSession, conversation: Conversation) -> Stretch | None:
    """The stretch that goes on, or None while no analyst has the conversation."""
    found: Stretch | None = await session.scalar(
        select(Stretch).where(
            Stretch.conversation_id == conversation.id, Stretch.ended_at.is_(None)
        )
    )
    return found


def _move(conversation: Conversation, change: str, now: datetime) -> None:
    moves = MOVES[change]
    before: State = conversation.state  # type: ignore[assignment]
    if before not in moves:
        raise Ended("the conversation is closed") if before == "closed" else NotOwner(None)
    after = moves[before]
    if after != before:
        conversation.waiting_since = now if after == "waiting" else None
        conversation.told_unattended_at = None
    conversation.state = after
    conversation.changed_at = now


async def _end_stretch(
    session: AsyncSession, conversation: Conversation, reason: str, now: datetime
) -> None:
    stretch = await stretch_of(session, conversation)
    if stretch is not None:
        stretch.ended_at = max(now, stretch.started_at)
        stretch.end_reason = reason
