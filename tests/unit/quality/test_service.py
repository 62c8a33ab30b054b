from datetime import timedelta

import pytest

from desk.quality.draw import draw
from desk.quality.errors import (
    AlreadyReviewed,
    Decided,
    Discontinued,
    NothingToDraw,
    NotInSample,
    OverlappingLots,
    OwnTicket,
    ReviewsMissing,
    UnknownLot,
    UnknownPlan,
    UnknownReviewer,
    UnusableDraw,
    UnusableScores,
)
from desk.quality.service import decide_lot
from tests.unit.quality.lots import (
    BAD,
    BEST,
    NOW,
    SINCE,
    UNTIL,
    add_tickets,
    add_users,
    change,
    drawn,
    loaded,
    review,
    review_all,
)

SECOND = timedelta(seconds=1)


async def decide(store, lot_id, now=NOW):
    async with store.write() as session:
        return await decide_lot(session, lot_id, now=now)


async def test_a_lot_holds_what_was_resolved_in_the_period_and_nothing_else(store):
    resolved = await add_tickets(store, 3)
    resolved += await add_tickets(store, 2, prefix="closed", state="closed")
    resolved += await add_tickets(store, 1, prefix="first", at=SINCE)
    resolved += await add_tickets(store, 1, prefix="last", at=UNTIL - SECOND)
    await add_tickets(store, 1, prefix="early", at=SINCE - SECOND)
    await add_tickets(store, 1, prefix="late", at=UNTIL)
    await add_tickets(store, 1, prefix="test", is_test=True)
    await add_tickets(store, 1, prefix="open", state="in_progress", disposed_at=None)
    await add_tickets(store, 1, prefix="again", state="in_progress")
    await add_tickets(store, 1, prefix="passed", state="transferred")
    lot = await loaded(store, await drawn(store))
    assert lot.population == sorted(resolved)


async def test_plan_and_sample_follow_from_population_and_seed(store):
    ids = await add_tickets(store, 60)
    await add_users(store, "lead")
    lot = await loaded(store, await drawn(store, seed="acedesk", by=" Lead@Example.com "))
    assert (lot.letter, lot.sample_size, lot.accept, lot.reject) == ("E", 13, 3, 4)
    assert (lot.severity, lot.seed, lot.drawn_at) == ("normal", "acedesk", NOW)
    assert lot.drawn_by is not None
    assert [sample.ticket_id for sample in lot.sample] == draw(ids, 13, seed="acedesk")
    assert [sample.position for sample in lot.sample] == list(range(1, 14))


async def test_without_a_seed_one_is_made_and_recorded(store):
    await add_tickets(store, 4)
    lot = await loaded(store, await drawn(store, seed=None))
    assert len(lot.seed) == 32


async def test_a_lot_can_be_of_one_language(store):
    await add_tickets(store, 3, prefix="en")
    spanish = await add_tickets(store, 4, prefix="es", language="es")
    lot = await loaded(store, await drawn(store, language="es"))
    assert lot.population == spanish
    # The others are free for a lot of their own.
    assert await drawn(store, language="en")


@pytest.mark.parametrize(
    ("changes", "error", "reason"),
    [
        ({"since": UNTIL}, UnusableDraw, "ends before it begins"),
        ({"until": NOW + SECOND}, UnusableDraw, "not over"),
        ({"seed": " "}, UnusableDraw, "1 to 64"),
        ({"seed": "x" * 65}, UnusableDraw, "1 to 64"),
        ({"language": "es"}, NothingToDraw, "0 tickets"),
        ({"until": SINCE + SECOND}, NothingToDraw, "0 tickets"),
        ({"level": "IV"}, UnknownPlan, "no level IV"),
        ({"aql": 9}, UnknownPlan, "no AQL 9"),
        ({"by": "nobody@example.com"}, UnknownReviewer, "not a user"),
    ],
)
async def test_what_cannot_be_drawn_is_a_clear_error(store, changes, error, reason):
    await add_tickets(store, 3)
    with pytest.raises(error, match=reason):
        await drawn(store, **changes)


async def test_a_ticket_is_in_one_undecided_lot_only(store):
    await add_tickets(store, 3)
    await add_users(store, "ana")
    first = await drawn(store)
    with pytest.raises(OverlappingLots, match=f"3 of the tickets belong to lot {first}"):
        await drawn(store)
    await review_all(store, first)
    await decide(store, first)
    assert await drawn(store)


async def test_a_review_is_weighed_and_its_comment_masked(store):
    ids = await add_tickets(store, 2)
    await add_users(store, "ana")
    lot_id = await drawn(store)
    scores = BEST | {"language": 1, "identity": None}
    kept = await review(store, lot_id, ids[0], scores=scores, comment=" Repeated SSN 123-45-6789. ")
    assert (kept.score, kept.conforming) == (0.875, False)
    assert kept.comment == "Repeated SSN [ssn]."
    lot = await loaded(store, lot_id)
    assert lot.reviews[0].scores == scores


async def test_a_correction_is_another_row_and_the_newest_counts(store):
    ids = await add_tickets(store, 2)
    await add_users(store, "ana")
    lot_id = await drawn(store)
    await review(store, lot_id, ids[0], scores=BAD)
    await review(store, lot_id, ids[0], scores=BEST)
    lot = await loaded(store, lot_id)
    assert [row.revision for row in lot.reviews] == [1, 2]
    assert lot.counting()[ids[0]].conforming


async def test_nobody_reviews_a_ticket_of_their_own(store):
    users = await add_users(store, "ana", "ben")
    ids = await add_tickets(store, 2, assignee_id=users["ana"])
    lot_id = await drawn(store)
    for is_calibration in (False, True):
        with pytest.raises(OwnTicket, match="ASD-000001 was assigned to ana"):
            await review(store, lot_id, ids[0], is_calibration=is_calibration)
    assert await review(store, lot_id, ids[0], by="ben")


async def test_one_review_counts_and_others_are_calibrations(store):
    ids = await add_tickets(store, 2)
    await add_users(store, "ana", "ben")
    lot_id = await drawn(store)
    await review(store, lot_id, ids[0])
    with pytest.raises(AlreadyReviewed, match="only be a calibration"):
        await review(store, lot_id, ids[0], by="ben", scores=BAD)
    await review(store, lot_id, ids[0], by="ben", scores=BAD, is_calibration=True)
    with pytest.raises(AlreadyReviewed, match="counts already"):
        await review(store, lot_id, ids[0], is_calibration=True)
    with pytest.raises(AlreadyReviewed, match="is a calibration already"):
        await review(store, lot_id, ids[0], by="ben")
    lot = await loaded(store, lot_id)
    assert lot.counting()[ids[0]].conforming
    assert len(lot.judged()[ids[0]]) == 2


async def test_what_cannot_be_reviewed_is_a_clear_error(store):
    ids = await add_tickets(store, 2)
    (other,) = await add_tickets(store, 1, prefix="other", at=SINCE - SECOND)
    await add_users(store, "ana")
    lot_id = await drawn(store)
    with pytest.raises(UnknownLot, match="no lot 77"):
        await review(store, 77, ids[0])
    with pytest.raises(UnknownReviewer, match="not a user"):
        await review(store, lot_id, ids[0], by="nobody")
    with pytest.raises(UnusableScores, match="no points"):
        await review(store, lot_id, ids[0], scores={})
    for ticket_id in (other, 10**6):
        with pytest.raises(NotInSample, match="not in the sample"):
            await review(store, lot_id, ticket_id)


async def test_a_lot_is_decided_once_and_only_when_all_is_reviewed(store):
    ids = await add_tickets(store, 3)
    await add_users(store, "ana", "ben")
    lot_id = await drawn(store)
    sample = [sample.ticket_id for sample in (await loaded(store, lot_id)).sample]
    assert sorted(sample) == ids
    await review(store, lot_id, sample[0])
    await review(store, lot_id, sample[1], by="ben", is_calibration=True)
    with pytest.raises(ReviewsMissing, match="2 of 3 reviews are missing: ASD-"):
        await decide(store, lot_id)
    for ticket_id in sample[1:]:
        await review(store, lot_id, ticket_id)
    lot = await decide(store, lot_id)
    assert (lot.decision, lot.nonconforming, lot.decided_at) == ("accepted", 0, NOW)
    with pytest.raises(Decided, match="was decided at 2026-11-22 14:00 UTC"):
        await decide(store, lot_id)
    with pytest.raises(Decided, match="only calibrations"):
        await review(store, lot_id, sample[0], scores=BAD)
    assert await review(store, lot_id, sample[0], by="ben", is_calibration=True)
    with pytest.raises(UnknownLot):
        await decide(store, 77)


@pytest.mark.parametrize(("bad", "decision"), [(3, "accepted"), (4, "rejected")])
async def test_the_numbers_of_the_plan_decide(store, bad, decision):
    await add_tickets(store, 60)
    await add_users(store, "ana")
    lot_id = await drawn(store)
    await review_all(store, lot_id, bad=bad)
    lot = await decide(store, lot_id)
    assert (lot.decision, lot.nonconforming) == (decision, bad)


async def week(store, number, bad, **changes):
    """A lot of two tickets of its own week, decided; its inspection and decision."""
    until = UNTIL - timedelta(days=7 * (100 - number))
    await add_tickets(store, 2, prefix=f"w{number}", at=until - SECOND)
    lot_id = await drawn(store, since=until - timedelta(days=7), until=until, **changes)
    await review_all(store, lot_id, bad=bad)
    return await decide(store, lot_id)


async def test_rejected_lots_tighten_then_end_inspection_until_somebody_mends(store):
    await add_users(store, "ana")
    found = [(await week(store, number, bad=2)).severity for number in range(7)]
    assert found == ["normal"] * 2 + ["tightened"] * 5
    with pytest.raises(Discontinued, match="five lots were rejected"):
        await week(store, 7, bad=0)
    resumed = await week(store, 8, bad=0, mended=True)
    assert (resumed.severity, resumed.resumed) == ("tightened", True)
    again = await week(store, 9, bad=0, mended=True)
    assert (again.severity, again.resumed) == ("tightened", False)
    # Another stream has a history of its own.
    assert (await week(store, 10, bad=0, aql=4)).severity == "normal"


async def test_ten_accepted_lots_offer_reduced_inspection_to_whoever_wants_it(store):
    await add_users(store, "ana")
    for number in range(10):
        assert (await week(store, number, bad=0, reduced_wanted=True)).severity == "normal"
    assert (await week(store, 10, bad=0)).severity == "normal"
    reduced = await week(store, 11, bad=1, reduced_wanted=True)
    # Of two tickets, none may be bad; one is between the two numbers, and the lot still passes.
    assert (reduced.severity, reduced.accept, reduced.reject) == ("reduced", 0, 2)
    assert reduced.decision == "between"
    assert (await week(store, 12, bad=0, reduced_wanted=True)).severity == "normal"


async def test_a_ticket_that_is_reopened_stays_in_its_lot(store):
    ids = await add_tickets(store, 2)
    await add_users(store, "ana")
    lot_id = await drawn(store)
    await change(store, ids[0], state="in_progress", disposed_at=None)
    assert await review(store, lot_id, ids[0])
