"""The queue and its past on every database, held against the logs."""

from datetime import datetime, timedelta

from sqlalchemy import update

from desk.conversations.expectation import PAST
from desk.conversations.models import Conversation
from desk.conversations.waiting import places, recent_waits
from desk.sla.policies import in_use
from desk.store import Store
from desk.tickets import triage
from desk.tickets.clocks import episodes
from desk.tickets.states import OPEN
from tests.tickets import NOW, fill, logs


async def test_places_and_waits_are_what_the_logs_say(migrated: Store) -> None:
    await fill(migrated, seed=51, count=120, days=4)
    async with migrated.write() as session:
        await session.execute(update(Conversation).values(state="waiting"))
    waiting: list[tuple[int, datetime, str]] = []
    waits: list[tuple[datetime, datetime | None]] = []
    for ticket, lines in await logs(migrated):
        if ticket.channel != "chat":
            continue
        if ticket.state in OPEN:
            rank = triage.priorities().index(ticket.priority)
            waiting.append((rank, ticket.opened_at, ticket.conversation_id))
        waits += [
            (episode.start, episode.stop)
            for episode in episodes(lines, in_use(), now=NOW)
            if episode.metric == "first_response"
            and episode.outcome != "cancelled"
            and episode.start > NOW - PAST
        ]
    async with migrated.read() as session:
        found = await places(session)
        past = (await recent_waits(session, NOW)).past
        earlier = (await recent_waits(session, NOW - timedelta(days=3))).past
    assert list(found) == [conversation_id for *_, conversation_id in sorted(waiting)]
    assert [one.number for one in found.values()] == list(range(1, len(waiting) + 1))
    assert [(one.opened, one.taken) for one in past] == sorted(waits, reverse=True)
    assert any(stop for _, stop in waits)
    assert not all(stop for _, stop in waits)
    assert 0 < len(earlier) < len(past)
