"""What the desk makes of whatever answers in the bot's place."""

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from desk.conversations.bot import BotClient, BotUnavailable
from tests.faults.proxy import Answer, Proxy, saying
from textkit.embedding import embedder

TIMEOUT_S = 0.4
READ = {"intent": "ask_question", "confidence": 0.7, "language": "en"}
SHOWN = {"kind": "answer", "language": "en", "reply_language": "en", "confidence": 0.9}
DECIDED = SHOWN | {"evidence": READ}
GOOD = [
    {"recipient_id": "v", "text": "Hello.", "buttons": [{"title": "A person", "payload": "/p"}]},
    {"recipient_id": "v", "custom": DECIDED},
]


@asynccontextmanager
async def asking(answer: Answer) -> AsyncIterator[Callable[[], Awaitable[object]]]:
    """What asks a bot that answers so."""
    way = Proxy(0)
    await way.start()
    way.replace(answer)
    bot = BotClient(
        [f"http://127.0.0.1:{way.port}"],
        "token",
        timeout=TIMEOUT_S,
        embedder=embedder("none"),
    )
    try:
        yield lambda: bot.ask(sender="v", message="/hello", metadata={})
    finally:
        await bot.close()
        way.close()


def body(content: object) -> bytes:
    return json.dumps(content).encode()


async def test_a_good_answer_is_taken_whole() -> None:
    async with asking(saying(body(GOOD))) as ask:
        reply = await ask()
    assert reply.bubbles == [("Hello.", [{"title": "A person", "payload": "/p"}])]
    assert reply.custom == SHOWN
    assert reply.evidence == READ


@pytest.mark.parametrize(
    "said",
    [
        b"<html>",
        b"\xff\xfe",
        b"null",
        b"[]",
        body({"text": "no list"}),
        body([1, None]),
        body([{"text": 7}]),
        body([{"text": "nul \0"}]),
        body([{"text": "x", "buttons": "no list"}]),
        body([{"text": "x", "buttons": [{"title": "no payload"}]}]),
        body([{"text": "x", "custom": "none"}]),
        body([{"text": "x", "custom": DECIDED | {"kind": "oracle"}}]),
        body([{"text": "x", "custom": DECIDED | {"reply_language": "fr"}}]),
        body([{"text": "x", "custom": SHOWN}]),
        body([{"text": "x", "custom": SHOWN | {"evidence": READ | {"intent": None}}}]),
        body([{"text": "x" * 1_000_001}]),
    ],
    ids=range(16),
)
async def test_what_is_no_answer_counts_as_none(said: bytes) -> None:
    async with asking(saying(said)) as ask:
        with pytest.raises(BotUnavailable):
            await ask()


async def test_an_answer_that_trickles_is_not_waited_for_longer_than_any_other() -> None:
    async with asking(saying(body(GOOD), pause_s=TIMEOUT_S / 4)) as ask:
        began = time.monotonic()
        with pytest.raises(BotUnavailable):
            await ask()
    assert time.monotonic() - began < 4 * TIMEOUT_S
