"""A desk process that stops while something goes on."""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import httpx
import pytest
import uvloop
from sanic import Sanic, text

from desk.conversations import opening, service
from desk.conversations.bot import BotReply
from desk.conversations.live import Live
from desk.conversations.models import Message
from desk.conversations.turns import Turns
from desk.services import Services
from desk.settings import Settings
from desk.store import Store
from desk.web.app import action_app
from desk.web.server import close, listen
from tests.e2e.stack import free_port


class SlowBot:
    """Answers when it may."""

    def __init__(self) -> None:
        self.asked, self.may = asyncio.Event(), asyncio.Event()

    async def ask(self, **_: Any) -> BotReply:
        self.asked.set()
        await self.may.wait()
        return BotReply(bubbles=[("an answer", [])], custom={"kind": "answer"})


@pytest.fixture
async def message(store: Store) -> AsyncIterator[Message]:
    async with store.write() as session:
        conversation, _ = await opening.open_conversation(session, language="en")
        received = await service.receive(session, conversation, "hello", client_id=None)
    yield received


async def test_a_turn_that_is_at_the_bot_stays_unanswered_for_the_next_start(store, message):
    bot = SlowBot()
    stopping = Turns(store, bot, Live())  # type: ignore[arg-type]
    waiting = asyncio.create_task(stopping.take(message))
    await bot.asked.wait()
    await stopping.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    async with store.read() as session:
        assert await service.replies(session, message) == []
    bot.may.set()
    answer = await Turns(store, bot, Live()).take(message)  # type: ignore[arg-type]
    assert [one.text for one in answer] == ["an answer"]


async def test_who_hangs_up_does_not_take_the_turn_with_them(store, message):
    bot = SlowBot()
    turns = Turns(store, bot, Live())  # type: ignore[arg-type]
    waiting = asyncio.create_task(turns.take(message))
    await bot.asked.wait()
    waiting.cancel()
    bot.may.set()
    assert [one.text for one in await turns.take(message)] == ["an answer"]


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_what_is_being_answered_gets_a_second_and_idle_connections_none(loop):
    with asyncio.Runner(loop_factory=loop) as runner:
        answered, took = runner.run(stopped_while_answering(answer_s=0.3))
        assert (answered, took < 0.9) == ("done", True)
        answered, took = runner.run(stopped_while_answering(answer_s=30))
        assert (answered, took < 3) == (None, True)


async def stopped_while_answering(*, answer_s: float) -> tuple[str | None, float]:
    """The answer to a request that went on when its server was stopped, and seconds to the stop."""
    app: Sanic[Any, Any] = Sanic(f"stopping-{free_port()}", configure_logging=False)
    app.config.TOUCHUP = False
    begun = asyncio.Event()

    @app.get("/slow")
    async def slow(_: object) -> Any:
        begun.set()
        await asyncio.sleep(answer_s)
        return text("done")

    @app.get("/")
    async def quick(_: object) -> Any:
        return text("")

    server = await listen(app, "127.0.0.1", port := free_port())
    url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=url) as idle, httpx.AsyncClient(base_url=url) as http:
        await idle.get("/")
        asking = asyncio.create_task(answer_of(http.get("/slow", timeout=20)))
        await begun.wait()
        started = time.monotonic()
        await close(server)
        took = time.monotonic() - started
        return await asking, took


async def answer_of(request: Coroutine[Any, Any, httpx.Response]) -> str | None:
    try:
        return (await request).text
    except (httpx.RemoteProtocolError, httpx.ReadError):
        return None


@pytest.mark.parametrize("keep_alive", [True, False])
async def test_several_desks_let_go_of_a_bots_connection_with_each_answer(tmp_path, keep_alive):
    services = Services.build(Settings(home=tmp_path))
    app = action_app(services, keep_alive=keep_alive)
    server = await listen(app, "127.0.0.1", port := free_port())
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as bot:
        answer = await bot.post("/webhook", json={})
    await close(server)
    await services.close()
    assert (answer.headers["connection"] == "keep-alive") is keep_alive
