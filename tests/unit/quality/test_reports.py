from datetime import timedelta

import pytest

from desk.quality.errors import EmptyPeriod, UnknownLot
from desk.quality.reports import calibration_report, lot_report, quality_report
from desk.quality.service import decide_lot
from tests.unit.quality.lots import (
    BAD,
    BEST,
    NOW,
    SINCE,
    UNTIL,
    add_tickets,
    add_users,
    drawn,
    loaded,
    review,
    review_all,
)


async def decide(store, lot_id):
    async with store.write() as session:
        await decide_lot(session, lot_id, now=NOW)


async def of_lot(store, lot_id):
    async with store.read() as session:
        return await lot_report(session, lot_id)


async def of_period(store, since=SINCE, until=UNTIL):
    async with store.read() as session:
        return await quality_report(session, since=since, until=until)


async def test_a_lot_shows_decision_curve_and_percentage_side_by_side(store):
    users = await add_users(store, "ana", "ben")
    await add_tickets(store, 40, prefix="en", assignee_id=users["ben"])
    await add_tickets(store, 20, prefix="es", language="es")
    lot_id = await drawn(store)
    await review_all(store, lot_id, bad=3)
    await decide(store, lot_id)
    found = await of_lot(store, lot_id)
    assert (found.lot.decision, found.plan.sample_size, found.plan.accept) == ("accepted", 13, 3)
    conforming = found.figures.total.conforming
    assert (conforming.hits, conforming.total) == (10, 13)
    # Accepted, and the target is not shown all the same.
    assert conforming.verdict == "open"
    assert found.worst_accepted == pytest.approx(10 / 13)
    assert 0.95 < found.accepted_at_target < 1
    assert found.curve[0].accepted == 1
    parts = found.figures.languages
    assert set(parts) == {"en", "es"}
    assert sum(part.conforming.total for part in parts.values()) == 13
    assert set(found.figures.analysts) == {"ben@example.com", "unassigned"}
    assert found.figures.total.criteria["accuracy"] == pytest.approx(10 / 13)


async def test_an_undecided_lot_shows_what_is_reviewed_so_far(store):
    await add_users(store, "ana", "ben")
    await add_tickets(store, 4)
    lot_id = await drawn(store)
    sample = [sample.ticket_id for sample in (await loaded(store, lot_id)).sample]
    await review(store, lot_id, sample[0])
    await review(store, lot_id, sample[0], by="ben", scores=BAD, is_calibration=True)
    await review(store, lot_id, sample[1], by="ben", scores=BAD, is_calibration=True)
    found = await of_lot(store, lot_id)
    assert found.lot.decision is None
    # Calibrations do not count.
    conforming = found.figures.total.conforming
    assert (conforming.hits, conforming.total) == (1, 1)


async def test_a_period_puts_its_decided_lots_together(store):
    await add_users(store, "ana")
    middle = SINCE + timedelta(days=3)
    await add_tickets(store, 3, prefix="a", at=SINCE)
    await add_tickets(store, 3, prefix="b", at=middle)
    first = await drawn(store, until=middle)
    await review_all(store, first, bad=1)
    second = await drawn(store, since=middle)
    await review_all(store, second)
    await decide(store, first)
    found = await of_period(store)
    assert [lot.id for lot in found.lots] == [first, second]
    assert found.figures.total.conforming.total == 3
    await decide(store, second)
    conforming = (await of_period(store)).figures.total.conforming
    assert (conforming.hits, conforming.total) == (5, 6)
    # A lot that reaches beyond the period is not of it.
    assert [lot.id for lot in (await of_period(store, until=middle)).lots] == [first]
    assert (await of_period(store, since=UNTIL - timedelta(hours=1))).lots == []


@pytest.mark.parametrize("since", [UNTIL, UNTIL + timedelta(days=1)])
async def test_a_period_that_ends_before_it_begins_is_refused(store, since):
    with pytest.raises(EmptyPeriod):
        await of_period(store, since=since)


async def test_a_ticket_of_two_lots_counts_once_by_the_later(store):
    await add_users(store, "ana")
    await add_tickets(store, 2, language="es")
    for language, bad in (("es", 2), (None, 0)):
        lot_id = await drawn(store, language=language)
        await review_all(store, lot_id, bad=bad)
        await decide(store, lot_id)
    conforming = (await of_period(store)).figures.total.conforming
    assert (conforming.hits, conforming.total) == (2, 2)


async def test_reviewers_of_a_lot_are_compared_by_their_newest_word(store):
    ids = await add_tickets(store, 2)
    await add_users(store, "ana", "ben")
    lot_id = await drawn(store)
    await review(store, lot_id, ids[0])
    await review(store, lot_id, ids[1])
    await review(store, lot_id, ids[0], by="ben", scores=BAD, is_calibration=True)
    await review(store, lot_id, ids[0], by="ben", scores=BEST, is_calibration=True)
    await review(store, lot_id, ids[1], by="ben", scores=BEST | {"closure": 1}, is_calibration=True)
    async with store.read() as session:
        found = await calibration_report(session, lot_id)
        with pytest.raises(UnknownLot):
            await calibration_report(session, 77)
        with pytest.raises(UnknownLot):
            await lot_report(session, 77)
    assert found.weakest == ("closure",)
    assert found.reviewers == ("ana@example.com", "ben@example.com")
