"""One conversation in a real store, and everybody who may touch it, for tests of the hand-off."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from desk.accounts.models import User
from desk.conversations import absence, analysts, opening, reopening, service
from desk.conversations.handoff import open_at_once
from desk.conversations.models import Conversation, Message, Stretch
from desk.conversations.ownership import Ownership
from desk.conversations.service import Bubble
from desk.store import Store
from desk.tickets import work
from desk.tickets.ledger import Actor, Write
from desk.tickets.models import Ticket
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
            conversation, _ = await opening.open_conversation(session, language="en")
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
            conversation = await service.locked(session, self.conversation_id)
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

    async def race(self, seed: int, count: int) -> None:
        """Let so many of them act at once, whoever they are."""
        ana, ben, lea = self.people
        acts: list[Callable[[], Awaitable[Any]]] = [
            self.visitor_writes,
            lambda: self.attempt(self.takes_over, ana),
            lambda: self.attempt(self.takes_over, ben),
            lambda: self.attempt(self.takes_over, lea),
            lambda: self.attempt(self.replies, ana),
            lambda: self.attempt(self.replies, lea),
            lambda: self.attempt(self.hands_back, ana),
            lambda: self.attempt(self.passes, ben, ana),
            lambda: self.attempt(self.resolves, ben),
            lambda: self.attempt(self.comes_back),
            self.silence,
        ]
        await asyncio.gather(*(act() for act in random.Random(seed).choices(acts, k=count)))

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
        assert sorted(m.text for m in messages if m.actor == "visitor") == sorted(self.sent)
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
