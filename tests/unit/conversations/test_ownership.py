"""The hand between assistant and person, driven by everybody at once and in any order."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import select

from desk.audit.models import AuditEntry
from desk.conversations import analysts, service
from desk.conversations.models import Stretch
from desk.conversations.ownership import MOVES, Ended
from desk.conversations.service import Bubble
from desk.store import Store
from desk.store.tables import Base
from desk.tickets.service import find_ticket
from tests.hands import Desk


async def opened(tmp: Path) -> Desk:
    store = Store(f"sqlite+aiosqlite:///{tmp / 'desk.db'}")
    async with store.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    desk = Desk(store)
    await desk.open()
    return desk


class Hands(RuleBasedStateMachine):
    """Any sequence of acts, two of them at a time where they race."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self._loop = asyncio.new_event_loop()
        self.desk = self._run(opened(Path(self._folder.name)))

    def _run(self, todo: Awaitable[Any]) -> Any:
        return self._loop.run_until_complete(todo)

    def _ticket(self) -> bool:
        return self.desk.ticket_id is not None

    people = st.integers(0, 2)

    @rule(answers=st.booleans())
    def visitor_writes(self, answers: bool) -> None:
        self._run(self.desk.visitor_writes(answers=answers))

    @precondition(lambda self: self.desk.sent and not self._ticket())
    @rule()
    def person_wanted(self) -> None:
        self._run(self.desk.person_wanted())

    @precondition(_ticket)
    @rule(by=people)
    def takes_over(self, by: int) -> None:
        self._run(self.desk.attempt(self.desk.takes_over, self.desk.people[by]))

    @precondition(_ticket)
    @rule(by=people)
    def replies(self, by: int) -> None:
        self._run(self.desk.attempt(self.desk.replies, self.desk.people[by]))

    @precondition(_ticket)
    @rule(by=people)
    def hands_back(self, by: int) -> None:
        self._run(self.desk.attempt(self.desk.hands_back, self.desk.people[by]))

    @precondition(_ticket)
    @rule(by=people, to=people)
    def passes(self, by: int, to: int) -> None:
        people = self.desk.people
        self._run(self.desk.attempt(self.desk.passes, people[by], people[to]))

    @precondition(_ticket)
    @rule(by=people)
    def resolves(self, by: int) -> None:
        self._run(self.desk.attempt(self.desk.resolves, self.desk.people[by]))

    @precondition(_ticket)
    @rule()
    def comes_back(self) -> None:
        self._run(self.desk.attempt(self.desk.comes_back))

    @precondition(_ticket)
    @rule()
    def silence(self) -> None:
        self._run(self.desk.silence())

    @precondition(_ticket)
    @rule(seed=st.integers(0, 10_000), count=st.integers(2, 5))
    def all_at_once(self, seed: int, count: int) -> None:
        self._run(self.desk.race(seed, count))

    @invariant()
    def what_must_hold(self) -> None:
        self._run(self.desk.check())

    def teardown(self) -> None:
        self._run(self.desk.store.close())
        self._loop.close()
        self._folder.cleanup()


TestHands = Hands.TestCase
TestHands.settings = settings(max_examples=12, stateful_step_count=15, deadline=None)


@pytest.fixture
async def desk(tmp_path):
    made = await opened(tmp_path)
    await made.visitor_writes()
    await made.person_wanted()
    yield made
    await made.check()
    await made.store.close()


def kinds(messages):
    return [m.custom["kind"] for m in messages if m.actor == "system"]


async def history(desk):
    async with desk.store.read() as session:
        return await service.history(session, desk.conversation_id)


async def test_of_two_who_take_over_at_once_one_wins_and_the_other_is_told(desk):
    ana, ben, _ = desk.people
    won = await asyncio.gather(
        desk.attempt(desk.takes_over, ana), desk.attempt(desk.takes_over, ben)
    )
    assert sorted(won) == [False, True]
    assert kinds(await history(desk)) == ["joined"]


async def test_a_lead_takes_over_from_another_and_a_reply_under_way_is_refused(desk):
    ana, _, lea = desk.people
    await desk.takes_over(ana)
    epoch = (await desk.conversation()).epoch
    await desk.takes_over(lea)
    async with desk.store.read() as session:
        [entry] = await session.scalars(select(AuditEntry))
    assert (entry.action, entry.user_id, entry.detail) == (
        "conversation_taken",
        lea,
        {"owner": ana},
    )
    assert entry.object == f"ticket/{desk.ticket_id}"
    assert not await desk.attempt(desk.replies, ana, epoch=epoch)
    await desk.replies(lea)
    ticket = await found(desk)
    assert (ticket.assignee_id, ticket.state) == (lea, "in_progress")


async def found(desk):
    async with desk.store.read() as session:
        return await find_ticket(session, str(desk.ticket_id))


async def test_the_same_reply_from_a_second_page_is_refused_until_the_first_is_read(desk):
    ana = desk.people[0]
    await desk.takes_over(ana)
    seen = len(await history(desk))
    await desk.replies(ana, seen=seen)
    assert not await desk.attempt(desk.replies, ana, seen=seen)
    assert await desk.attempt(desk.replies, ana, seen=seen + 1)


async def test_an_answer_that_the_assistant_is_still_thinking_about_goes_to_the_person(desk):
    async with desk.store.write() as session:
        conversation = await service.locked(session, desk.conversation_id)
        message = await service.receive(session, conversation, "and then?", client_id="c")
        desk.sent.append("and then?")
    await desk.takes_over(desk.people[0])
    await desk.replies(desk.people[0])
    async with desk.store.write() as session:
        answer = await service.reply(session, message, [Bubble(text="late")], language="en")
    assert answer == []
    assert [line.kind for line in (await found(desk)).events][-1] == "received"


async def test_what_was_said_to_a_person_is_not_answered_after_the_hand_back(desk):
    ana = desk.people[0]
    await desk.takes_over(ana)
    await desk.visitor_writes(answers=False)
    await desk.hands_back(ana)
    async with desk.store.read() as session:
        (waiting,) = await service.unanswered(session, before=datetime.now(UTC))
    await desk.bot_answers(waiting)
    await desk.visitor_writes()
    answered = [m.text for m in await history(desk) if m.actor == "bot"]
    assert answered[-1] == f"answer to {desk.sent[-1]}"
    assert f"answer to {desk.sent[-2]}" not in answered


async def test_the_end_of_a_stretch_says_why_it_ended(desk):
    ana, ben, lea = desk.people
    await desk.takes_over(ana)
    await desk.passes(ana, ben)
    await desk.takes_over(lea)
    await desk.hands_back(lea)
    await desk.takes_over(ana)
    await desk.silence()
    await desk.takes_over(ben)
    await desk.resolves(ben)
    async with desk.store.read() as session:
        stretches = await session.scalars(select(Stretch).order_by(Stretch.epoch))
        told = [(stretch.user_id, stretch.end_reason) for stretch in stretches]
    assert told == [
        (ana, "passed_on"),
        (ben, "taken_over"),
        (lea, "handed_back"),
        (ana, "timed_out"),
        (ben, "finished"),
    ]
    assert kinds(await history(desk)) == [
        "joined", "transferred", "joined", "left", "joined", "left", "joined", "satisfaction",
    ]  # fmt: skip


async def test_nobody_joins_or_answers_once_the_visitor_has_gone(desk):
    async with desk.store.write() as session:
        conversation = await service.locked(session, desk.conversation_id)
        await analysts.ownership.release(session, conversation, "ended", datetime.now(UTC))
    assert not await desk.attempt(desk.takes_over, desk.people[0])
    with pytest.raises(Ended):
        await desk.visitor_writes()


def test_the_table_of_moves_names_every_state_and_leads_to_one():
    states = {"bot", "waiting", "analyst", "closed"}
    assert {state for moves in MOVES.values() for state in moves} == states
    assert {state for moves in MOVES.values() for state in moves.values()} == states
