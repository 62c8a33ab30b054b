"""One turn can be followed by its id: the request, the bot, the action that the bot calls for.

The bot is a stand-in that hands the metadata on as Rasa does. That Rasa does so, and names the id
in its log, `tests/nlu/test_server.py` shows.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from sanic import HTTPResponse, Request, Sanic, json

from desk import tracing
from desk.web.app import action_app
from desk.web.server import close, listen
from tests.e2e.stack import free_port
from tests.integration.conftest import NewDesk

MADE_UP = "action_that_is_not_there"
SAID = "where is my report"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def heard() -> list[dict[str, Any]]:
    """What the bot was sent."""
    return []


@asynccontextmanager
async def said(new_desk: NewDesk, heard: list[dict[str, Any]]) -> AsyncIterator[httpx.Response]:
    """The answer to a message, from behind a proxy that calls the request by a name."""
    bot_port, action_port = free_port(), free_port()
    services, http = await new_desk(bot_port=bot_port, proxies_count=1)
    tracing.watch(services.store.engine)
    bot: Sanic[Any, Any] = Sanic(f"bot-{bot_port}", configure_logging=False)
    bot.config.TOUCHUP = False

    @bot.post("/webhooks/rest/webhook")
    async def turn(request: Request) -> HTTPResponse:
        heard.append(request.json["metadata"])
        call = {
            "next_action": MADE_UP,
            "tracker": {"latest_message": {"metadata": request.json["metadata"]}},
        }
        auth = {"Authorization": f"Bearer {services.secrets.bot_token}"}
        async with httpx.AsyncClient(headers=auth) as desk:
            await desk.post(f"http://127.0.0.1:{action_port}/webhook", json=call)
        return json([{"text": "hello"}])

    servers = [
        await listen(bot, "127.0.0.1", bot_port),
        await listen(action_app(services), "127.0.0.1", action_port),
    ]
    try:
        yield await http.post(
            "/webhooks/rest/webhook",
            json={"sender": "a", "message": SAID},
            headers={"X-Request-ID": "edge-7", "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"},
        )
    finally:
        for server in servers:
            await close(server)


async def test_a_turn_is_called_the_same_in_the_request_the_bot_and_the_action(
    new_desk, heard, caplog
):
    caplog.set_level("INFO", logger="desk")
    async with said(new_desk, heard) as answer:
        assert [bubble["text"] for bubble in answer.json()] == ["hello"]
    assert [one["request_id"] for one in heard] == ["edge-7"]
    assert answer.headers["x-request-id"] == "edge-7"
    [action] = [one for one in caplog.records if one.message == "an action was run"]
    # Its name is the bot's word, and becomes no label unless the desk has such an action.
    assert action.action == "unknown"


async def test_a_turn_is_one_trace_without_a_word_of_the_visitor(new_desk, heard, spans):
    async with said(new_desk, heard) as answer:
        assert answer.status_code == 200
    found = spans()
    request, bot, action = (
        found[name] for name in ("POST /webhooks/rest/webhook", "bot", "action unknown")
    )
    assert f"{request.context.trace_id:032x}" == TRACE
    assert request.attributes["http.response.status_code"] == 200
    assert bot.parent.span_id == request.context.span_id
    assert action.parent.span_id == bot.context.span_id
    assert {"INSERT", "SELECT"} <= found.keys()
    assert {span.context.trace_id for span in found.values()} == {request.context.trace_id}
    assert not any(SAID in span.to_json() for span in found.values())
