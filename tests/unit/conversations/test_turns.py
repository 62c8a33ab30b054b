"""A turn, whoever waits for it; the bot is a stand-in."""

import asyncio
from typing import Any

import pytest
from prometheus_client import REGISTRY

from desk.conversations import opening, service
from desk.conversations.bot import BotReply
from desk.conversations.live import Live
from desk.conversations.models import Message
from desk.conversations.turns import Turns
from desk.store import Store


class Slow:
    """Answers a moment later, or fails then."""

    def __init__(self, *, fails: bool = False) -> None:
        self.asked = 0
        self._fails = fails

    async def ask(self, **_: Any) -> BotReply:
        self.asked += 1
        await asyncio.sleep(0.02)
        if self._fails:
            raise RuntimeError("the assistant broke")
        return BotReply(bubbles=[("Hello.", [])], custom={"kind": "smalltalk"})


async def received(store: Store) -> Message:
    async with store.write() as session:
        conversation = await opening.conversation_of_sender(
            session, "v", channel="chat", is_test=False
        )
        return await service.receive(session, conversation, "hi", client_id="1")


def failures() -> float:
    return REGISTRY.get_sample_value("acedesk_turn_failures_total") or 0.0


async def test_who_asks_twice_at_once_gets_the_answer_of_one_turn(store):
    bot = Slow()
    turns = Turns(store, bot, Live())  # type: ignore[arg-type]
    message = await received(store)
    both = await asyncio.gather(turns.take(message), turns.take(message))
    assert [[bubble.text for bubble in answer] for answer in both] == [["Hello."], ["Hello."]]
    assert bot.asked == 1


async def test_who_hangs_up_does_not_take_the_turn_with_them(store):
    turns = Turns(store, Slow(), Live())  # type: ignore[arg-type]
    message = await received(store)
    waits = asyncio.create_task(turns.take(message))
    await asyncio.sleep(0)
    waits.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waits
    assert [bubble.text for bubble in await turns.take(message)] == ["Hello."]


async def test_a_turn_that_fails_is_counted_once_and_can_be_taken_again(store):
    turns = Turns(store, Slow(fails=True), Live())  # type: ignore[arg-type]
    message, before = await received(store), failures()
    with pytest.raises(RuntimeError, match="broke"):
        await turns.take(message)
    assert failures() == before + 1
    again = Turns(store, Slow(), Live())  # type: ignore[arg-type]
    assert [bubble.text for bubble in await again.take(message)] == ["Hello."]
