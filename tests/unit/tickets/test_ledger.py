"""Writing to the log: once, in order, and never over somebody else."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from desk.outbox.models import OutboxItem
from desk.sla.models import EpisodeRow
from desk.tickets import work
from desk.tickets.ledger import MAX_KEY, Act, Conflict, KeyReused, Untimely, record
from desk.tickets.log import fold
from desk.tickets.models import Ticket, TicketEvent
from desk.tickets.service import find_ticket
from desk.tickets.states import IllegalMove
from tests.unit.tickets.conftest import NOON, write

HOUR = timedelta(hours=1)
NOTED = [Act(kind="noted")]


async def log_of(store, ticket):
    async with store.read() as session:
        found = await find_ticket(session, ticket.number)
    return found, [line.kind for line in found.events]


async def test_a_write_is_made_once_however_often_it_comes(store, opened, analysts):
    ticket = await opened()
    again = write(analysts[0], key="k")
    for _ in range(3):
        async with store.write() as session:
            await work.take(session, ticket.id, again)
    found, kinds = await log_of(store, ticket)
    assert kinds == ["opened", "started"]
    assert (found.state, found.version) == ("in_progress", 2)


async def test_a_key_belongs_to_one_write(store, opened, analysts):
    one, other = await opened(), await opened()
    async with store.write() as session:
        await work.take(session, one.id, write(analysts[0], key="k"))
    started = [Act(kind="started")]
    for ticket_id, who, acts in (
        (one.id, analysts[0], NOTED),
        (other.id, analysts[0], started),
        (one.id, analysts[1], started),
    ):
        with pytest.raises(KeyReused):
            async with store.write() as session:
                await record(session, ticket_id, write(who, key="k"), acts)


@pytest.mark.parametrize("key", ["", "k" * (MAX_KEY + 1)])
async def test_a_key_has_a_length(store, opened, key):
    ticket = await opened()
    with pytest.raises(ValueError, match="idempotency key"):
        async with store.write() as session:
            await record(session, ticket.id, write(key=key), NOTED)


async def test_two_analysts_cannot_both_win(store, opened, analysts):
    ticket = await opened()

    async def take(analyst):
        async with store.write() as session:
            await work.take(session, ticket.id, write(analyst, expected=1))

    won = await asyncio.gather(*map(take, analysts), return_exceptions=True)
    lost = [error for error in won if error is not None]
    assert [type(error) for error in lost] == [Conflict] or isinstance(lost[0], work.NotYours)
    found, kinds = await log_of(store, ticket)
    assert kinds == ["opened", "started"]
    assert found.assignee_id == analysts[won.index(None)].id


async def test_whoever_has_seen_an_older_version_is_told_what_it_is_now(store, opened, analysts):
    ticket = await opened()
    async with store.write() as session:
        await work.take(session, ticket.id, write(analysts[0]))
    with pytest.raises(Conflict, match=r"ASD-000001 .* in_progress now \(version 2, not 1\)"):
        async with store.write() as session:
            await work.cancel(session, ticket.id, write(analysts[1], expected=1), reason="mistake")


async def test_what_cannot_happen_writes_nothing(store, opened):
    ticket = await opened()
    with pytest.raises(IllegalMove):
        async with store.write() as session:
            await record(session, ticket.id, write(), [Act(kind="noted"), Act(kind="resumed")])
    assert (await log_of(store, ticket))[1] == ["opened"]


async def test_a_ticket_that_there_is_not_is_an_error(store):
    with pytest.raises(LookupError):
        async with store.write() as session:
            await record(session, 7, write(), NOTED)


@pytest.mark.parametrize(
    ("at", "reason", "why"),
    [
        (NOON + 2 * HOUR, None, "ahead"),
        (NOON - HOUR, None, "before the ticket"),
        (NOON + HOUR / 2, None, "says why"),
    ],
)
async def test_a_claimed_time_must_be_possible(store, opened, at, reason, why):
    ticket = await opened()
    now = NOON + HOUR
    async with store.write() as session:
        await record(session, ticket.id, write(now=now), NOTED)
    with pytest.raises(Untimely, match=why):
        async with store.write() as session:
            await record(session, ticket.id, write(now=now, at=at), NOTED)


async def test_a_late_entry_with_a_reason_is_a_correction_that_the_clock_follows(
    store, opened, analysts
):
    ticket = await opened()
    at = NOON + 3 * HOUR
    async with store.write() as session:
        await record(session, ticket.id, write(now=NOON + 6 * HOUR), NOTED)
    async with store.write() as session:
        late = write(analysts[0], now=NOON + 7 * HOUR, at=at, late="told_later")
        await work.resolve(session, ticket.id, late, code="done", notes="by telephone")
    found, _ = await log_of(store, ticket)
    assert (found.events[-1].at, found.events[-1].recorded_at) == (at, NOON + 7 * HOUR)
    async with store.read() as session:
        processed = await session.get(EpisodeRow, (ticket.id, "processed", 1))
    assert (processed.outcome, processed.stop) == ("met", at)
    assert found.events[-1].payload["late"] == "told_later"


async def test_a_correction_does_not_make_the_next_one_timely(store, opened):
    ticket = await opened()
    async with store.write() as session:
        await record(session, ticket.id, write(now=NOON + 4 * HOUR), NOTED)
        corrected = write(now=NOON + 5 * HOUR, at=NOON + HOUR, late="mistake")
        await record(session, ticket.id, corrected, NOTED)
    with pytest.raises(Untimely, match="says why"):
        async with store.write() as session:
            between = write(now=NOON + 6 * HOUR, at=NOON + 2 * HOUR)
            await record(session, ticket.id, between, NOTED)


async def test_a_late_entry_says_why_in_a_code(store, opened):
    ticket = await opened()
    with pytest.raises(Untimely, match="told_later"):
        async with store.write() as session:
            await record(session, ticket.id, write(late="because"), NOTED)


async def test_the_row_is_what_the_log_says(store, opened, analysts):
    ticket = await opened()
    ana, ben = analysts
    async with store.write() as session:
        await work.take(session, ticket.id, write(ana))
        await work.tag(session, ticket.id, write(ana), add=("vip", "ace-reports"))
        await work.hold(session, ticket.id, write(ana), reason="user", until=NOON + HOUR)
        await work.watch(session, ticket.id, write(ana), user=ben)
        await work.link(session, ticket.id, write(ana), to="csms:68228015")
    found, _ = await log_of(store, ticket)
    snapshot = fold(found.events)
    assert (found.state, found.hold_reason) == ("on_hold", "user")
    assert found.tags == list(snapshot.tags) == ["vip", "ace-reports"]
    assert found.links == ["csms:68228015"]
    assert found.watchers == [ben.id]
    assert found.next_action_at == NOON + HOUR
    assert found.version == snapshot.version == 7


async def test_every_line_says_who_and_when(store, opened, analysts):
    ticket = await opened()
    async with store.write() as session:
        await work.hold(session, ticket.id, write(analysts[0], now=NOON + HOUR), reason="office")
    found, _ = await log_of(store, ticket)
    line = found.events[-1]
    assert (line.actor, line.user_id, line.reason) == ("analyst", analysts[0].id, "office")
    assert line.at == line.recorded_at == NOON + HOUR


async def test_a_reassignment_is_told_of_once_in_the_transaction_of_its_cause(
    store, opened, analysts
):
    ticket = await opened()
    handing = write(analysts[0], key="a")
    for _ in range(2):
        async with store.write() as session:
            await work.assign(session, ticket.id, handing, assignee=analysts[1])
    with pytest.raises(RuntimeError):
        async with store.write() as session:
            await work.escalate(session, ticket.id, write(analysts[1]))
            raise RuntimeError
    async with store.read() as session:
        (item,) = await session.scalars(select(OutboxItem))
    assert (item.topic, item.payload["assignee_id"]) == ("ticket.assigned", analysts[1].id)


async def test_opening_twice_with_one_key_opens_one_ticket(store, opened):
    first = await opened(idempotency_key="k")
    second = await opened(idempotency_key="k")
    assert first.id == second.id
    async with store.read() as session:
        assert await session.scalar(select(func.count()).select_from(TicketEvent)) == 1
        assert await session.scalar(select(func.count()).select_from(Ticket)) == 1


async def test_a_new_ticket_has_its_three_clocks(store, opened):
    ticket = await opened(impact="company", urgency="critical")
    async with store.read() as session:
        rows = await session.scalars(select(EpisodeRow).order_by(EpisodeRow.target_s))
        due = {row.metric: row.due - NOON for row in rows}
    assert due == {
        "first_response": timedelta(minutes=5),
        "processed": 4 * HOUR,
        "resolution": 24 * HOUR,
    }
    assert (ticket.priority, ticket.group) == ("urgent", "reports")
    assert ticket.next_due == NOON + timedelta(minutes=5)
