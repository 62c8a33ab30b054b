from datetime import timedelta

from desk.tickets import closing, work
from desk.tickets.closing import close_old
from desk.tickets.service import find_ticket
from tests.unit.tickets.conftest import NOON, write

WEEK, MINUTE = closing.CLOSES_AFTER, timedelta(minutes=1)


async def resolved(store, opened, ana, *, now=NOON):
    ticket = await opened(now=now)
    async with store.write() as session:
        await work.resolve(session, ticket.id, write(ana, now=now), code="done", notes="added")
    return ticket


async def loaded(store, ticket):
    async with store.read() as session:
        return await find_ticket(session, ticket.number)


async def test_what_nobody_comes_back_to_is_closed_once_by_the_system(store, opened, analysts):
    ticket = await resolved(store, opened, analysts[0])
    await opened()
    closed = [await close_old(store, NOON + WEEK + minute * MINUTE) for minute in range(3)]
    assert closed == [0, 1, 0]
    found = await loaded(store, ticket)
    last = found.events[-1]
    assert (found.state, last.kind, last.actor) == ("closed", "closed", "system")
    assert last.id == f"close/{ticket.id}/2"


async def test_a_ticket_that_was_reopened_and_resolved_again_has_its_week_anew(
    store, opened, analysts
):
    ana = analysts[0]
    ticket = await resolved(store, opened, ana)
    async with store.write() as session:
        again = write(ana, now=NOON + 6 * WEEK / 7)
        await work.reopen(session, ticket.id, again, reason="not_solved")
        again = write(ana, now=NOON + WEEK)
        await work.transfer(session, ticket.id, again, office="revenue", notes="theirs")
    assert await close_old(store, NOON + WEEK + MINUTE) == 0
    assert await close_old(store, NOON + 2 * WEEK + MINUTE) == 1
    assert (await loaded(store, ticket)).state == "closed"


async def test_a_share_is_closed_at_a_time_the_oldest_first(store, opened, analysts):
    tickets = [await resolved(store, opened, analysts[0], now=NOON - n * MINUTE) for n in range(3)]
    later = NOON + WEEK + MINUTE
    assert await close_old(store, later, 2) == 2
    assert [(await loaded(store, ticket)).state for ticket in tickets] == [
        "resolved", "closed", "closed",
    ]  # fmt: skip
    assert [await close_old(store, later, 2) for _ in range(2)] == [1, 0]
