"""What analysts do, and what the clocks make of it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from desk.conversations.analysts import Unheard, hand_back, reply_to_requester
from desk.conversations.models import Conversation, Message
from desk.conversations.service import receive
from desk.sla.models import EpisodeRow
from desk.sla.policies import in_use
from desk.tickets import closing, work
from desk.tickets.clocks import episodes
from desk.tickets.ledger import KeyReused
from desk.tickets.service import find_ticket
from desk.tickets.states import IllegalMove
from tests.unit.tickets.conftest import NOON, write

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


async def loaded(store, ticket):
    async with store.read() as session:
        return await find_ticket(session, ticket.number)


async def rows(store, ticket):
    async with store.read() as session:
        found = await session.scalars(
            select(EpisodeRow)
            .where(EpisodeRow.ticket_id == ticket.id)
            .order_by(EpisodeRow.metric, EpisodeRow.number)
        )
        return {(row.metric, row.number): row for row in found}


async def do(store, act, ticket, who, **more):
    async with store.write() as session:
        return await act(session, ticket.id, who, **more)


async def test_a_ticket_lives_from_new_to_closed(store, opened, analysts):
    ana, ben = analysts
    ticket = await opened()
    states = []
    for act, hours, more in (
        (work.assign, 0.1, {"assignee": ana}),
        (work.take, 0.2, {}),
        (work.hold, 1, {"reason": "user"}),
        (work.resume, 2, {}),
        (work.resolve, 3, {"code": "done", "notes": "view added, SSN 123-45-6789"}),
        (work.reopen, 4, {"reason": "not_solved"}),
        (work.transfer, 5, {"office": "revenue", "notes": "refund on hold there"}),
        (work.close, 200, {}),
    ):
        done = await do(store, act, ticket, write(ana, now=NOON + hours * HOUR), **more)
        states.append(done.state)
    assert states == [
        "assigned", "in_progress", "on_hold", "in_progress", "resolved", "assigned",
        "transferred", "closed",
    ]  # fmt: skip
    found = await loaded(store, ticket)
    assert found.resolution == "revenue"
    with pytest.raises(IllegalMove, match="closed"):
        await do(store, work.reopen, ticket, write(ben), reason="mistake")


async def test_notes_of_a_resolution_are_masked_and_required(store, opened, analysts):
    ticket = await opened()
    with pytest.raises(ValueError, match="writes down"):
        await do(store, work.resolve, ticket, write(analysts[0]), code="done", notes="  ")
    await do(
        store, work.resolve, ticket, write(analysts[0]), code="done", notes="SSN 123-45-6789 seen"
    )
    assert (await loaded(store, ticket)).resolution_notes == "SSN [ssn] seen"


async def test_what_the_metrics_make_of_a_transfer(store, opened, analysts):
    ticket = await opened()
    who = write(analysts[0], now=NOON + HOUR)
    await do(store, work.transfer, ticket, who, office="port", notes="exam hold")
    found = await rows(store, ticket)
    assert found["processed", 1].outcome == "met"
    assert found["first_response", 1].outcome == "breached_closed"
    assert (found["resolution", 1].outcome, found["resolution", 1].reason) == (
        "cancelled", "transferred",
    )  # fmt: skip


async def test_whoever_resolves_an_unanswered_ticket_has_answered_it(store, opened, analysts):
    ticket = await opened()
    who = write(analysts[0], now=NOON + 10 * MINUTE)
    await do(store, work.resolve, ticket, who, code="answered", notes="by telephone")
    found = await rows(store, ticket)
    assert found["first_response", 1].outcome == "met"
    assert (await loaded(store, ticket)).assignee_id == analysts[0].id


async def test_a_resolution_by_no_person_leaves_the_response_out_of_the_figures(store, opened):
    ticket = await opened()
    await do(
        store, work.resolve, ticket, write(now=NOON + MINUTE), code="withdrawn", notes="by mail"
    )
    found = await rows(store, ticket)
    assert found["first_response", 1].outcome == "cancelled"
    assert found["processed", 1].outcome == "met"


async def test_i15_a_reopened_ticket_has_a_new_resolution_and_keeps_the_old(
    store, opened, analysts
):
    ticket = await opened()
    ana = analysts[0]
    await do(store, work.resolve, ticket, write(ana, now=NOON + HOUR), code="done", notes="x")
    before = await rows(store, ticket)
    await do(store, work.reopen, ticket, write(ana, now=NOON + 30 * HOUR), reason="customer_wrote")
    after = await rows(store, ticket)
    assert after["resolution", 1].outcome == before["resolution", 1].outcome == "met"
    assert after["resolution", 2].start == NOON + 30 * HOUR
    assert ("processed", 2) not in after


async def test_i16_a_merged_ticket_is_cancelled_and_its_start_survives(store, opened, analysts):
    child = await opened(now=NOON)
    parent = await opened(now=NOON + 2 * HOUR)
    async with store.write() as session:
        await reply_to_requester(
            session, child.id, write(analysts[0], now=NOON + 10 * MINUTE), text="We look into it."
        )
    survivor = await do(
        store, work.merge, child, write(analysts[0], now=NOON + 3 * HOUR), into=parent.id
    )
    assert survivor.id == parent.id
    of_child, of_parent = await rows(store, child), await rows(store, parent)
    assert (of_child["processed", 1].outcome, of_child["processed", 1].reason) == (
        "cancelled", "merged",
    )  # fmt: skip
    assert of_parent["processed", 1].start == NOON
    assert of_parent["first_response", 1].outcome == "met"
    dead = await loaded(store, child)
    assert (dead.state, dead.merged_into_id) == ("cancelled", parent.id)
    assert (dead.next_due, (await loaded(store, parent)).opened_at) == (None, NOON + 2 * HOUR)


async def test_a_merge_that_comes_again_merges_once(store, opened, analysts):
    child, parent = await opened(), await opened()
    again = write(analysts[0], key="m")
    for _ in range(2):
        await do(store, work.merge, child, again, into=parent.id)
    assert [line.kind for line in (await loaded(store, parent)).events] == ["opened", "absorbed"]


async def test_a_ticket_is_not_merged_into_itself_or_into_nothing(store, opened, analysts):
    ticket = await opened()
    with pytest.raises(ValueError, match="same ticket"):
        await do(store, work.merge, ticket, write(analysts[0]), into=ticket.id)
    with pytest.raises(LookupError, match="ASD-000099"):
        await do(store, work.merge, ticket, write(analysts[0]), into=99)


async def test_a_duplicate_is_cancelled_and_names_what_it_repeats(store, opened, analysts):
    one, other = await opened(), await opened()
    who = write(analysts[0], now=NOON + HOUR)
    await do(store, work.cancel, other, who, reason="duplicate", duplicate_of=one.id)
    found = await rows(store, other)
    assert {row.outcome for row in found.values()} == {"cancelled"}
    assert {row.reason for row in found.values()} == {"duplicate"}
    assert (await loaded(store, other)).events[-1].payload == {"of_id": one.id}
    with pytest.raises(ValueError, match="names the ticket"):
        await do(store, work.cancel, one, write(analysts[0]), reason="duplicate")


async def test_i14_a_new_priority_changes_the_target_and_keeps_start_and_pauses(
    store, opened, analysts
):
    ticket = await opened()
    who = write(analysts[0], now=NOON + 2 * MINUTE)
    await do(store, work.prioritise, ticket, who, impact="many", urgency="critical")
    found = await rows(store, ticket)
    assert found["first_response", 1].start == NOON
    assert found["first_response", 1].due == NOON + 5 * MINUTE
    assert found["processed", 1].due == NOON + 4 * HOUR
    assert {row.priority for row in found.values()} == {"urgent"}


async def test_a_hold_pauses_what_the_policy_says(store, opened, analysts):
    ticket = await opened()
    who = write(analysts[0], now=NOON + 10 * MINUTE)
    held = await do(store, work.hold, ticket, who, reason="office")
    found = await rows(store, ticket)
    assert (found["processed", 1].outcome, found["processed", 1].due) == ("paused", None)
    assert found["first_response", 1].due == held.next_due == NOON + 30 * MINUTE


async def test_the_requester_is_answered_in_their_conversation(store, opened, analysts):
    ticket = await opened()
    who = write(analysts[0], key="r", now=NOON + 20 * MINUTE)
    for _ in range(2):
        async with store.write() as session:
            await reply_to_requester(session, ticket.id, who, text="Call me, SSN 123-45-6789")
    async with store.read() as session:
        (said,) = await session.scalars(select(Message).where(Message.actor == "analyst"))
        conversation = await session.get(Conversation, ticket.conversation_id)
    assert said.text == "Call me, SSN [ssn]"
    assert conversation.state == "analyst"
    assert (await rows(store, ticket))["first_response", 1].outcome == "met"
    async with store.write() as session:
        await hand_back(session, ticket.id, write(analysts[0]))
        conversation = await session.get(Conversation, ticket.conversation_id)
    assert (conversation.state, conversation.epoch) == ("bot", 2)


@pytest.mark.parametrize(
    ("text", "waits"),
    [
        ("and what about the second report?", True),
        ("Thanks!", False),
        ("muchas gracias, ya quedó", False),
        ("thank you so much", False),
        ("thanks, but it still fails", True),
        ("ok", True),
    ],
)
async def test_a_turn_that_waits_has_a_clock_and_a_mere_thank_you_has_none(
    store, opened, analysts, text, waits
):
    ticket = await opened()
    async with store.write() as session:
        await reply_to_requester(session, ticket.id, write(analysts[0]), text="Try again.")
    async with store.write() as session:
        conversation = await session.get(Conversation, ticket.conversation_id)
        await receive(session, conversation, text, client_id=None)
    assert (("next_response", 1) in await rows(store, ticket)) is waits


async def test_a_hold_that_waits_for_the_requester_ends_when_they_write(store, opened, analysts):
    ticket = await opened()
    async with store.write() as session:
        await reply_to_requester(session, ticket.id, write(analysts[0]), text="Which report?")
        await work.hold(session, ticket.id, write(analysts[0]), reason="user")
    async with store.write() as session:
        conversation = await session.get(Conversation, ticket.conversation_id)
        await receive(session, conversation, "the ES-003", client_id=None)
    found = await loaded(store, ticket)
    assert [line.kind for line in found.events[-2:]] == ["received", "resumed"]
    assert found.state == "in_progress"


async def test_a_thank_you_ends_no_hold(store, opened, analysts):
    ticket = await opened()
    await do(store, work.hold, ticket, write(analysts[0]), reason="user")
    heard = await do(store, work.received, ticket, write(), message_id="m", waits=False)
    assert heard.state == "on_hold"


async def test_a_key_is_that_of_one_text(store, opened, analysts):
    ticket = await opened()
    noting, replying = write(analysts[0], key="n"), write(analysts[0], key="r")
    await do(store, work.note, ticket, noting, text="one")
    await do(store, reply_to_requester, ticket, replying, text="one")
    for act, again in ((work.note, noting), (reply_to_requester, replying)):
        with pytest.raises(KeyReused):
            await do(store, act, ticket, again, text="another")


async def test_a_reply_that_nobody_would_read_is_refused(store, opened, analysts):
    ticket = await opened(channel="phone")
    with pytest.raises(Unheard, match="nobody reads"):
        await do(store, reply_to_requester, ticket, write(analysts[0]), text="hello")
    who = write(analysts[0], now=NOON + MINUTE)
    await do(store, work.spoke, ticket, who)
    assert (await rows(store, ticket))["first_response", 1].outcome == "met"


async def test_nobody_waits_for_an_answer_on_a_ticket_of_the_desk_itself(store, opened):
    ticket = await opened(channel="desk")
    assert {metric for metric, _ in await rows(store, ticket)} == {"processed", "resolution"}


async def test_whoever_writes_to_a_resolved_ticket_opens_it_again(store, opened, analysts):
    ticket = await opened()
    await do(store, work.resolve, ticket, write(analysts[0]), code="done", notes="x")
    for waits, state in ((False, "resolved"), (True, "assigned")):
        heard = write(now=NOON + HOUR)
        done = await do(store, work.received, ticket, heard, message_id="m", waits=waits)
        assert done.state == state


async def test_notes_are_kept_apart_from_replies_and_stop_no_clock(store, opened, analysts):
    ticket = await opened()
    noting = write(analysts[0], key="n", now=NOON + MINUTE)
    for _ in range(2):
        await do(store, work.note, ticket, noting, text="smells like phishing, PIN 4711")
    found = await loaded(store, ticket)
    assert len(found.notes) == 1
    assert (await rows(store, ticket))["first_response", 1].outcome == "running"
    async with store.read() as session:
        assert list(await session.scalars(select(Message))) == []
    with pytest.raises(ValueError, match="empty"):
        await do(store, work.note, ticket, write(analysts[0]), text=" ")


async def test_a_taken_ticket_is_not_taken_by_another(store, opened, analysts):
    ticket = await opened()
    await do(store, work.take, ticket, write(analysts[0]))
    with pytest.raises(work.NotYours):
        await do(store, work.take, ticket, write(analysts[1]))
    await do(store, work.give_back, ticket, write(analysts[0]))
    assert (await do(store, work.take, ticket, write(analysts[1]))).assignee_id == analysts[1].id


@pytest.mark.parametrize(
    ("act", "more", "why"),
    [
        (work.hold, {"reason": "lunch"}, "no reason of a hold"),
        (work.resolve, {"code": "magic", "notes": "x"}, "no resolution"),
        (work.transfer, {"office": "moon", "notes": "x"}, "no office"),
        (work.escalate, {"group": "moon"}, "no group"),
        (work.tag, {"add": ("two words",)}, "a tag is"),
        (work.categorise, {"category": "reports", "topic": "moon"}, "no topic"),
        (work.prioritise, {"impact": "moon", "urgency": "high"}, "impact is one of"),
    ],
)
async def test_codes_that_there_are_not_are_refused(store, opened, analysts, act, more, why):
    ticket = await opened()
    with pytest.raises(ValueError, match=why):
        await do(store, act, ticket, write(analysts[0]), **more)


async def test_the_cache_agrees_with_the_log(store, opened, analysts):
    ticket = await opened()
    await do(store, work.hold, ticket, write(analysts[0], now=NOON + HOUR), reason="user")
    await do(store, work.resume, ticket, write(analysts[0], now=NOON + 2 * HOUR))
    found = await loaded(store, ticket)
    due = {e.metric: e.due for e in episodes(found.events, in_use(), now=NOON + 2 * HOUR)}
    assert due == {metric: row.due for (metric, _), row in (await rows(store, ticket)).items()}


async def test_what_nobody_comes_back_to_is_to_be_closed(store, opened, analysts):
    ticket = await opened()
    await do(store, work.resolve, ticket, write(analysts[0]), code="done", notes="x")
    later = NOON + closing.CLOSES_AFTER
    async with store.read() as session:
        assert await closing.to_be_closed(session, now=later) == []
        assert await closing.to_be_closed(session, now=later + MINUTE) == [ticket.id]


async def test_the_requester_is_described_and_the_log_holds_no_word_of_it(store, opened, analysts):
    ticket = await opened()
    await do(
        store, work.describe, ticket, write(analysts[0]),
        name="Rosa Núñez, SSN 123-45-6789", phone="", email=None, spoken_language="es",
    )  # fmt: skip
    found = await loaded(store, ticket)
    assert found.requester == {"name": "Rosa Núñez, SSN [ssn]", "spoken_language": "es"}
    assert found.events[-1].payload == {"fields": ["name", "phone", "spoken_language"]}
    for wrong in ({"spoken_language": "fr"}, {"shoe_size": "9"}):
        with pytest.raises(ValueError, match=r"spoken language|shoe_size"):
            await do(store, work.describe, ticket, write(analysts[0]), **wrong)


async def test_a_plan_is_kept_and_taken_back(store, opened, analysts):
    ticket = await opened()
    due = NOON + 3 * HOUR
    await do(store, work.plan, ticket, write(analysts[0]), action="call the broker", due=due)
    found = await loaded(store, ticket)
    assert (found.next_action, found.next_action_at) == ("call the broker", due)
    await do(store, work.plan, ticket, write(analysts[0]), action=None, due=None)
    found = await loaded(store, ticket)
    assert (found.next_action, found.next_action_at) == (None, None)
