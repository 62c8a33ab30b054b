"""The hand between assistant and person, driven by everybody at once and in any order."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import select

from desk.accounts.models import User
from desk.conversations import absence, analysts, reopening, service
from desk.conversations.handoff import open_at_once
from desk.conversations.models import Conversation, Message, Stretch
from desk.conversations.ownership import MOVES, Ended, Ownership
from desk.conversations.service import Bubble
from desk.store import Store
from desk.store.tables import Base
from desk.tickets import work
from desk.tickets.ledger import Actor, Write
from desk.tickets.models import Ticket
from desk.tickets.service import find_ticket
from desk.tickets.states import DONE, IllegalMove

REFUSALS = (Ownership, analysts.Overtaken, IllegalMove, reopening.NotReopened)
"""How somebody who came too late is told."""


@dataclass
class Desk:
    """One conversation in a real store, and everybody who may touch it."""

    store: Store
    conversation_id: str = ""
    ticket_id: int | None = None
    people: list[int] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    refused: int = 0
    count: int = 0

    def next(self) -> str:
        self.count += 1
        return str(self.count)

    async def open(self) -> None:
        async with self.store.write() as session:
            for name, role in (("ana", "analyst"), ("ben", "analyst"), ("lea", "lead")):
                user = User(
                    email=f"{name}@desk.example",
                    role=role,
                    language="en",
                    password_hash="none",
                    created_at=datetime.now(UTC),
                )
                session.add(user)
                await session.flush()
                self.people.append(user.id)
            conversation, _ = await service.open_conversation(session, language="en")
            self.conversation_id = conversation.id

    def write(self, by: int) -> Write:
        actor = Actor(kind="analyst", user_id=by)
        return Write(key=f"k-{self.next()}", actor=actor, now=datetime.now(UTC))

    async def conversation(self) -> Conversation:
        async with self.store.read() as session:
            return await session.get_one(Conversation, self.conversation_id)

    async def visitor_writes(self, *, answers: bool = True) -> None:
        text = f"question {self.next()}"
        async with self.store.write() as session:
            conversation = await session.get_one(Conversation, self.conversation_id)
            message = await service.receive(session, conversation, text, client_id=text)
        self.sent.append(text)
        if answers:
            await self.bot_answers(message)

    async def bot_answers(self, message: Message) -> None:
        # The assistant thinks, with no transaction open.
        await asyncio.sleep(0)
        async with self.store.read() as session:
            now = await session.get_one(Conversation, self.conversation_id)
        silent = now.state == "analyst" or now.epoch != message.epoch
        bubbles = [] if silent else [Bubble(text=f"answer to {message.text}")]
        await asyncio.sleep(0)
        async with self.store.write() as session:
            await service.reply(session, message, bubbles, language="en")

    async def person_wanted(self) -> None:
        async with self.store.write() as session:
            message = await session.scalar(
                select(Message).where(Message.actor == "visitor").order_by(Message.seq.desc())
            )
            ticket = await open_at_once(session, message, category="support", priority="normal")
            self.ticket_id = ticket.id

    async def takes_over(self, by: int, **seen: int) -> None:
        async with self.store.write() as session:
            await analysts.take_over(session, self.ticket_id, self.write(by), **seen)

    async def replies(self, by: int, **seen: int) -> None:
        text = f"reply {self.next()}"
        async with self.store.write() as session:
            await analysts.reply_to_requester(
                session, self.ticket_id, self.write(by), text=text, **seen
            )
        self.said.append(text)

    async def hands_back(self, by: int, **seen: int) -> None:
        async with self.store.write() as session:
            await analysts.hand_back(session, self.ticket_id, self.write(by), **seen)

    async def passes(self, by: int, to: int, **seen: int) -> None:
        async with self.store.write() as session:
            user = await session.get_one(User, to)
            await analysts.pass_to(session, self.ticket_id, self.write(by), to=user, **seen)

    async def resolves(self, by: int) -> None:
        async with self.store.write() as session:
            await analysts.finish(
                session, work.resolve, self.ticket_id, self.write(by), code="done", notes="done"
            )

    async def comes_back(self) -> None:
        async with self.store.write() as session:
            await reopening.reopen(
                session,
                self.conversation_id,
                f"ASD-{self.ticket_id:06}",
                key=f"k-{self.next()}",
                now=datetime.now(UTC),
            )

    async def silence(self) -> None:
        late = datetime.now(UTC) + timedelta(minutes=6)
        await absence.time_out_silent(self.store, late, after=timedelta(minutes=5))

    async def attempt(self, act: Callable[..., Awaitable[None]], *args: Any, **seen: int) -> bool:
        try:
            await act(*args, **seen)
        except REFUSALS:
            self.refused += 1
            return False
        return True

    async def check(self) -> None:
        async with self.store.read() as session:
            conversation = await session.get_one(Conversation, self.conversation_id)
            messages = await service.history(session, self.conversation_id)
            stretches = list(await session.scalars(select(Stretch).order_by(Stretch.epoch)))
            ticket = await session.get(Ticket, self.ticket_id) if self.ticket_id else None
        by_id = {message.id: message for message in messages}
        owners = {stretch.epoch: stretch.user_id for stretch in stretches}
        # Nothing is lost, doubled or out of order.
        assert [message.seq for message in messages] == list(range(1, len(messages) + 1))
        assert [m.text for m in messages if m.actor == "visitor"] == self.sent
        assert sorted(m.text for m in messages if m.actor == "analyst") == sorted(self.said)
        epochs = [message.epoch for message in messages]
        assert epochs == sorted(epochs)
        for message in messages:
            # A person speaks in a stretch of their own only; the assistant in none.
            if message.actor == "analyst":
                assert owners[message.epoch] == message.user_id
            if message.actor == "bot":
                assert message.epoch not in owners
                # What was said to one owner is answered by no other: no replay.
                assert by_id[message.reply_to].epoch == message.epoch
        asked = [message.reply_to for message in messages if message.actor == "bot"]
        assert len(asked) == len(set(asked))
        # One owner at a time, and the rows agree on who.
        going = [stretch for stretch in stretches if stretch.ended_at is None]
        assert [stretch.user_id for stretch in going] == (
            [conversation.owner_id] if conversation.state == "analyst" else []
        )
        assert (conversation.owner_id is not None) is (conversation.state == "analyst")
        assert (conversation.waiting_since is not None) is (conversation.state == "waiting")
        assert all(stretch.end_reason for stretch in stretches if stretch.ended_at)
        if ticket is not None and ticket.state in DONE:
            assert conversation.state != "waiting"


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
    @rule(seed=st.integers(0, 10_000))
    def all_at_once(self, seed: int) -> None:
        chance = random.Random(seed)
        desk, (ana, ben, lea) = self.desk, self.desk.people
        acts = [
            desk.visitor_writes(),
            desk.attempt(desk.takes_over, ana),
            desk.attempt(desk.takes_over, ben),
            desk.attempt(desk.replies, lea),
            desk.attempt(desk.hands_back, ana),
            desk.attempt(desk.resolves, ben),
            desk.attempt(desk.comes_back),
            desk.silence(),
        ]
        chance.shuffle(acts)
        kept, left = acts[:4], acts[4:]
        for act in left:
            act.close()

        async def together() -> None:
            await asyncio.gather(*kept)

        self._run(together())

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
        conversation = await session.get_one(Conversation, desk.conversation_id)
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
        (waiting,) = [
            await session.get_one(Message, key) for key in await service.unanswered(session)
        ]
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
