"""The queue of those who wait for an analyst in a chat, as the store has it."""

from datetime import UTC, datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.expectation import PAST, Place, Wait, Waits, expect
from desk.conversations.models import Conversation
from desk.sla.cohort import STOPPED
from desk.sla.models import EpisodeRow
from desk.store import Kept, Store
from desk.tickets.models import Ticket
from desk.tickets.states import OPEN

_PLACES_S = 1.0
_WAITS_S = 10.0
CHANNEL = "chat"
"""Where somebody sits and waits; a letter's sender does not."""
MOST = 1_000
"""So many past waits tell enough; a desk that has more of them looks back less far."""


async def places(session: AsyncSession) -> dict[str, Place]:
    """The place of every conversation that waits, by its id, the next one first.

    It is one query over the open tickets, for all visitors at once: whoever has many of them asks
    for it once a second, not once for each.
    """
    rows = await session.execute(
        select(Ticket.conversation_id, Ticket.opened_at, Ticket.language, Ticket.priority)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .where(
            Ticket.state.in_(OPEN),
            Ticket.channel == CHANNEL,
            Ticket.is_test.is_(False),
            Conversation.state == "waiting",
        )
        .order_by(Ticket.id)
    )
    # Of several open tickets of a conversation the newest, which comes last, says since when.
    waiting = {
        conversation_id: Wait(opened=opened, taken=None, language=language, priority=priority)
        for conversation_id, opened, language, priority in rows
    }
    queue = sorted(waiting.items(), key=lambda item: (item[1].turn, item[0]))
    return {
        conversation_id: Place(number=number, language=wait.language, priority=wait.priority)
        for number, (conversation_id, wait) in enumerate(queue, start=1)
    }


async def place(session: AsyncSession, conversation: Conversation) -> Place | None:
    """The place of one conversation, or None when it does not wait."""
    return (await places(session)).get(conversation.id)


async def recent_waits(session: AsyncSession, now: datetime) -> Waits:
    """The waits of the last days, those that go on among them; evaluations are left out.

    Who has left without having been taken over is not there.
    """
    rows = await session.execute(
        select(EpisodeRow.start, EpisodeRow.stop, EpisodeRow.language, EpisodeRow.priority)
        .join(Ticket, Ticket.id == EpisodeRow.ticket_id)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .where(
            EpisodeRow.metric == "first_response",
            EpisodeRow.start > now - PAST,
            EpisodeRow.start <= now,
            EpisodeRow.is_test.is_(False),
            EpisodeRow.channel == CHANNEL,
            or_(STOPPED, and_(EpisodeRow.stop.is_(None), Conversation.state == "waiting")),
        )
        .order_by(EpisodeRow.start.desc())
        .limit(MOST)
    )
    return Waits(
        past=[
            Wait(opened=start, taken=stop, language=language, priority=priority)
            for start, stop, language, priority in rows
        ],
        now=now,
    )


class Queue:
    """Places and expected waits as pages see them: one look at the store serves all who wait."""

    def __init__(self, store: Store) -> None:
        self._places: Kept[dict[str, Place]] = Kept(store, places, _PLACES_S)
        self._waits: Kept[Waits] = Kept(store, _waits_now, _WAITS_S)

    async def of(self, conversation_id: str) -> dict[str, int | None] | None:
        """`place`, `wait_s`, `wait_low_s` and `wait_high_s`, or None for one who does not wait.

        It is for conversations that wait: one that the last look has not seen costs another look.
        The seconds are None when nothing can be said honestly; see `expectation.expect`.
        """
        place = (await self._places.get()).get(conversation_id)
        if place is None:
            # Whoever has begun to wait since then is told at once, not at the next heartbeat.
            place = (await self._places.get(anew=True)).get(conversation_id)
        if place is None:
            return None
        expected = expect(place, await self._waits.get())
        return {
            "place": place.number,
            "wait_s": expected.wait_s if expected else None,
            "wait_low_s": expected.wait_low_s if expected else None,
            "wait_high_s": expected.wait_high_s if expected else None,
        }


async def _waits_now(session: AsyncSession) -> Waits:
    return await recent_waits(session, datetime.now(UTC))
