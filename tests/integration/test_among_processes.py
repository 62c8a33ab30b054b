"""What desk processes share by Redis. Each `Side` has all that a process has, and its own store."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from desk.conversations import opening, service
from desk.conversations.bot import BotReply
from desk.conversations.exchange import Exchange
from desk.conversations.live import Live
from desk.conversations.locks import Locks
from desk.conversations.models import Message
from desk.conversations.turns import Turns
from desk.store import Store
from desk.store.redis import connect
from tests.redis import RedisServer, serving

LEASE_S = 2.0


@dataclass
class Bot:
    """Answers with what it was asked, after a while; one for all sides."""

    heard: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def ask(self, *, message: str, **_: Any) -> BotReply:
        self.heard.append(message)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.02)
        self.at_once -= 1
        return BotReply(bubbles=[(f"to {message}", [])], custom={"kind": "answer"})


class Side:
    """One desk process."""

    def __init__(self, store_url: str, redis_url: str, bot: Bot) -> None:
        self.store = Store(store_url)
        self.redis: Redis = connect(redis_url)
        self.locks = Locks(self.redis, lease_s=LEASE_S)
        self.exchange = Exchange(self.redis)
        self.live = Live(self.exchange)
        self.turns = Turns(self.store, bot, self.live, self.locks)  # type: ignore[arg-type]
        self._following = asyncio.create_task(self.live.follow(self.store))

    async def close(self) -> None:
        self.live.close()
        self._following.cancel()
        with suppress(asyncio.CancelledError):
            await self._following
        await self.turns.close()
        await self.redis.aclose()
        await self.store.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with serving(tmp_path) as started:
        yield started


@pytest.fixture
def bot() -> Bot:
    return Bot()


@pytest.fixture
async def sides(migrated: Store, server: RedisServer, bot: Bot) -> AsyncIterator[tuple[Side, Side]]:
    url = migrated.engine.url.render_as_string(hide_password=False)
    made = (Side(url, server.url, bot), Side(url, server.url, bot))
    yield made
    for side in made:
        await side.close()


async def opened(side: Side) -> str:
    async with side.store.write() as session:
        conversation, _ = await opening.open_conversation(session, language="en")
    return conversation.id


async def receives(side: Side, conversation_id: str, text: str) -> Message:
    async with side.store.write() as session:
        conversation = await service.locked(session, conversation_id)
        return await service.receive(session, conversation, text, client_id=text)


async def answers(side: Side, conversation_id: str) -> list[str]:
    async with side.store.read() as session:
        said = await service.history(session, conversation_id)
    return [one.text for one in said if one.actor == "bot"]


async def heard_by(side: Side) -> None:
    async with asyncio.timeout(10):
        while not side.exchange.works:
            await asyncio.sleep(0.02)


async def test_messages_keep_their_order_whichever_process_takes_them(sides, bot):
    conversation_id = await opened(sides[0])
    texts = [f"message {number}" for number in range(12)]
    for number, text in enumerate(texts):
        # All are there before the first is answered, and the later ones are begun first.
        message = await receives(sides[number % 2], conversation_id, text)
        if number >= 6:
            sides[number % 2].turns.begin(message)
    async with asyncio.timeout(20):
        while len(await answers(sides[0], conversation_id)) < len(texts):
            await asyncio.sleep(0.05)
    assert await answers(sides[1], conversation_id) == [f"to {text}" for text in texts]
    assert bot.heard == texts
    assert bot.most_at_once == 1


async def test_two_processes_with_the_same_message_answer_it_once(sides, bot):
    message = await receives(sides[0], await opened(sides[0]), "hello")
    first, second = await asyncio.gather(*(side.turns.take(message) for side in sides))
    assert [one.id for one in first] == [one.id for one in second]
    assert bot.heard == ["hello"]


async def test_a_turn_of_a_process_that_died_is_taken_when_its_lease_is_over(sides, bot):
    conversation_id = await opened(sides[0])
    dead = sides[0].locks.held(conversation_id)
    await dead.__aenter__()
    message = await receives(sides[1], conversation_id, "hello")
    async with asyncio.timeout(3 * LEASE_S):
        assert [one.text for one in await sides[1].turns.take(message)] == ["to hello"]
    # It was only slow: what it lets go of is no longer its own, and nobody minds.
    await dead.__aexit__(None, None, None)


@pytest.mark.parametrize("trouble", ["stop", "hang"])
async def test_without_redis_messages_are_answered_and_later_in_turn_again(
    sides, bot, server, trouble, caplog
):
    conversation_id = await opened(sides[0])
    getattr(server, trouble)()
    for number in range(3):
        message = await receives(sides[0], conversation_id, f"message {number}")
        async with asyncio.timeout(5):
            assert await sides[0].turns.take(message)
    away = [one for one in caplog.records if "takes turns by itself" in one.message]
    assert len(away) == 1
    if trouble == "stop":
        server.start()
    else:
        server.go_on()
    await asyncio.sleep(1.2)
    bot.heard.clear()
    message = await receives(sides[0], conversation_id, "at last")
    await asyncio.gather(*(side.turns.take(message) for side in sides))
    assert bot.heard == ["at last"]


async def test_a_stream_hears_of_news_and_typing_in_another_process(sides):
    conversation_id = await opened(sides[0])
    for side in sides:
        await heard_by(side)
    with sides[1].live.listening(conversation_id) as listener:
        sides[0].live.announce(conversation_id)
        started = asyncio.get_running_loop().time()
        assert await listener.wait(5) == []
        # Long before it would have looked into the store.
        assert asyncio.get_running_loop().time() - started < 0.5
        sides[0].live.typing(conversation_id, actor="analyst", name="Eva")
        assert await listener.wait(5) == [("analyst", "Eva")]


async def test_who_tells_something_does_not_hear_it_twice(sides):
    conversation_id = await opened(sides[0])
    await heard_by(sides[0])
    with sides[0].live.listening(conversation_id) as listener:
        sides[0].live.typing(conversation_id, actor="visitor")
        assert await listener.wait(5) == [("visitor", "")]
        await listener.wait(0.5)
        assert await listener.wait(0.3) == []


@pytest.mark.parametrize("trouble", ["stop", "hang"])
async def test_news_come_from_the_store_without_redis_and_typing_once_it_is_back(
    sides, server, trouble
):
    conversation_id = await opened(sides[0])
    for side in sides:
        await heard_by(side)
    getattr(server, trouble)()
    with sides[1].live.listening(conversation_id) as listener:
        await asyncio.sleep(0.2)
        await receives(sides[0], conversation_id, "hello")
        started = asyncio.get_running_loop().time()
        await listener.wait(10)
        assert asyncio.get_running_loop().time() - started < 2
    if trouble == "stop":
        server.start()
    else:
        server.go_on()
    typed: list[tuple[str, str]] = []
    with sides[1].live.listening(conversation_id) as listener:
        async with asyncio.timeout(20):
            while not typed:
                sides[0].live.typing(conversation_id, actor="analyst", name="Eva")
                typed = [one for one in await listener.wait(0.3) if one[0] == "analyst"]


async def test_what_is_no_news_on_the_channel_stops_nobody(sides):
    conversation_id = await opened(sides[0])
    await heard_by(sides[1])
    for nonsense in ("{", "[1]", "null"):
        await sides[0].redis.publish("acedesk:3:live", nonsense)
        await asyncio.sleep(0.05)
    typed: list[tuple[str, str]] = []
    with sides[1].live.listening(conversation_id) as listener:
        async with asyncio.timeout(10):
            while not typed:
                sides[0].live.typing(conversation_id, actor="analyst", name="Eva")
                typed = await listener.wait(0.3)


async def test_waiting_messages_are_those_from_before_a_moment(sides):
    conversation_id = await opened(sides[0])
    before = datetime.now(UTC)
    message = await receives(sides[0], conversation_id, "hello")
    async with sides[0].store.read() as session:
        assert await service.unanswered(session, before=before) == []
        found = await service.unanswered(session, before=datetime.now(UTC))
    assert [one.id for one in found] == [message.id]
