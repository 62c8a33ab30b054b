from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from desk.accounts.service import add_user
from desk.audit.models import AuditEntry
from desk.conversations import opening
from desk.conversations import service as conversations
from desk.conversations.handoff import open_at_once
from desk.outages.models import Outage
from desk.outages.service import (
    MAX_AHEAD,
    MAX_TEXT,
    REPORTS_BELONG_TOGETHER,
    UnusableStatus,
    end_outage,
    list_outages,
    parent_of_reports,
    post_status,
    status_in_force,
)
from desk.tickets.models import Ticket
from desk.tickets.service import find_ticket

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


async def post(store, *, now=NOW, **changes):
    values = {
        "en": "The portal is slow.",
        "es": "El portal está lento.",
        "until": now + timedelta(hours=1),
    }
    async with store.write() as session:
        return await post_status(session, now=now, **(values | changes))


async def in_force(store, now):
    async with store.read() as session:
        return await status_in_force(session, now=now)


async def report(store, *, now=NOW, sender="v", is_test=False) -> Ticket:
    """One visitor's report as the bot opens it, at a moment of the test's choice."""
    async with store.write() as session:
        conversation = await opening.conversation_of_sender(
            session, sender, channel="chat", is_test=is_test
        )
        message = await conversations.receive(session, conversation, "ACE down", client_id=None)
        parent = await parent_of_reports(session, language="es", is_test=is_test, now=now)
        ticket = await open_at_once(
            session, message, category="outage", priority="urgent", parent=parent
        )
        ticket.opened_at = now
        return ticket


async def set_state(store, ticket_id: int, state: str) -> None:
    async with store.write() as session:
        (await session.get_one(Ticket, ticket_id)).state = state


async def test_nothing_is_in_force_until_a_status_is_posted(store):
    assert await in_force(store, NOW) is None
    await report(store)
    assert await in_force(store, NOW) is None


async def test_a_status_is_in_force_from_posting_until_it_expires(store):
    posted = await post(store)
    for now in (NOW, posted.until - SECOND):
        found = await in_force(store, now)
        assert (found.text("en"), found.text("es")) == (
            "The portal is slow.",
            "El portal está lento.",
        )
    assert await in_force(store, posted.until) is None


async def test_posting_again_replaces_the_status_and_keeps_the_outage_and_its_parent(store):
    first = await post(store, until=NOW + timedelta(hours=9))
    later = NOW + timedelta(minutes=10)
    second = await post(store, now=later, en="Back soon, says CBP.", until=later + 2 * SECOND)
    assert second.outage_id == first.outage_id
    assert (await in_force(store, later)).text("en") == "Back soon, says CBP."
    # The replaced status does not come back when its successor expires.
    assert await in_force(store, later + 2 * SECOND) is None
    async with store.read() as session:
        (outage,) = await list_outages(session)
    assert [status.text_en for status in outage.statuses] == [
        "The portal is slow.",
        "Back soon, says CBP.",
    ]


async def test_an_ended_outage_is_told_no_more_and_the_next_one_has_a_parent_of_its_own(store):
    posted = await post(store)
    first = await report(store)
    async with store.write() as session:
        await end_outage(session, posted.outage_id, now=NOW + SECOND)
    async with store.read() as session:
        entries = list(await session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    assert [(one.action, one.object) for one in entries] == [
        ("outage_posted", f"outage/{posted.outage_id}"),
        ("outage_ended", f"outage/{posted.outage_id}"),
    ]
    assert await in_force(store, NOW + SECOND) is None
    second = await report(store, now=NOW + SECOND, sender="w")
    assert second.parent_id != first.parent_id
    async with store.write() as session:
        with pytest.raises(ValueError, match="ended at 2026-11-22 14:00 UTC"):
            await end_outage(session, posted.outage_id, now=NOW)
        with pytest.raises(LookupError, match="no outage 77"):
            await end_outage(session, 77, now=NOW)


async def test_reports_without_a_status_share_a_parent(store):
    first = await report(store)
    second = await report(store, now=NOW + REPORTS_BELONG_TOGETHER, sender="w")
    third = await report(store, now=NOW + 2 * REPORTS_BELONG_TOGETHER, sender="x")
    assert first.parent_id == second.parent_id == third.parent_id
    async with store.read() as session:
        number = (await session.get_one(Ticket, first.parent_id)).number
        parent = await find_ticket(session, number)
    assert [child.id for child in parent.children] == [first.id, second.id, third.id]
    assert parent.parent is None
    assert (parent.channel, parent.category, parent.priority) == ("desk", "outage", "urgent")
    assert parent.summary == "Este caso reúne los reportes de una posible interrupción del sistema."


async def test_a_report_names_its_parent_in_the_event_that_opened_it(store):
    made = await report(store)
    async with store.read() as session:
        child = await find_ticket(session, made.number)
    assert child.parent.id == made.parent_id
    assert child.events[0].payload["parent_id"] == child.parent.id


async def test_a_report_after_a_long_silence_begins_another_outage(store):
    first = await report(store)
    second = await report(store, now=NOW + REPORTS_BELONG_TOGETHER + SECOND, sender="w")
    assert second.parent_id != first.parent_id
    async with store.read() as session:
        newer, older = await list_outages(session)
    assert newer.ended_at is None
    assert older.ended_at == NOW + REPORTS_BELONG_TOGETHER + SECOND


@pytest.mark.parametrize("whose", ["id", "parent_id"])
async def test_only_what_is_still_open_draws_reports(store, whose):
    first = await report(store)
    await set_state(store, getattr(first, whose), "resolved")
    second = await report(store, now=NOW + SECOND, sender="w")
    assert second.parent_id != first.parent_id


async def test_while_a_status_is_in_force_reports_go_under_its_outage_however_late(store):
    posted = await post(store, until=NOW + timedelta(hours=10))
    made = await report(store, now=NOW + timedelta(hours=9))
    async with store.read() as session:
        outage = await session.get_one(Outage, posted.outage_id)
    assert made.parent_id == outage.parent_id


@pytest.mark.parametrize(("after", "joins"), [(timedelta(0), True), (SECOND, False)])
async def test_an_expired_status_draws_reports_for_a_while(store, after, joins):
    posted = await post(store)
    made = await report(store, now=posted.until + REPORTS_BELONG_TOGETHER + after)
    async with store.read() as session:
        outage = await session.get_one(Outage, posted.outage_id)
    assert (made.parent_id == outage.parent_id) is joins


async def test_a_status_adopts_the_reports_that_came_before_it(store):
    made = await report(store)
    posted = await post(store, now=NOW + SECOND)
    async with store.read() as session:
        outage = await session.get_one(Outage, posted.outage_id)
    assert outage.parent_id == made.parent_id


async def test_reports_of_an_evaluation_never_meet_those_of_visitors(store):
    real = await report(store)
    test = await report(store, sender="w", is_test=True)
    again = await report(store, sender="x", is_test=True)
    assert test.parent_id == again.parent_id != real.parent_id
    async with store.read() as session:
        assert (await session.get_one(Ticket, test.parent_id)).is_test
        assert [outage.is_test for outage in await list_outages(session)] == [False]
        assert len(await list_outages(session, tests=True)) == 2


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"en": " \n "}, "the English text is empty; a status needs both languages"),
        ({"es": ""}, "the Spanish text is empty"),
        ({"es": "ñ" * (MAX_TEXT + 1)}, "the Spanish text has 601 characters; at most 600"),
        ({"en": "down\x1b[0m"}, r"the English text holds U\+001B"),
        ({"es": "ca\udcc3do"}, r"the Spanish text holds U\+DCC3"),
        ({"until": NOW}, r"would end in the past \(2026-11-22 14:00 UTC\)"),
        ({"until": NOW - SECOND}, "in the past"),
        ({"until": NOW + MAX_AHEAD + SECOND}, "at most 7 days"),
        ({"scope": "ACE Reports"}, "short code"),
        ({"by": "nobody@example.com"}, "nobody@example.com is not a user"),
    ],
)
async def test_an_unusable_status_is_refused_and_leaves_nothing(store, changes, reason):
    with pytest.raises(UnusableStatus, match=reason):
        await post(store, **changes)
    async with store.read() as session:
        assert await session.scalar(select(Outage.id)) is None
        assert await session.scalar(select(Ticket.id)) is None


async def test_a_status_is_one_paragraph_of_known_origin(store):
    async with store.write() as session:
        await add_user(
            session, email="ana@example.com", role="analyst", language="es", password="long" * 4
        )
    posted = await post(
        store,
        en=" The portal\n\nis\u00a0slow. ",
        es="ñ" * MAX_TEXT,
        scope="ace_reports",
        by=" Ana@Example.com",
    )
    assert posted.text_en == "The portal is slow."
    assert (posted.scope, posted.posted_by) == ("ace_reports", "ana@example.com")
