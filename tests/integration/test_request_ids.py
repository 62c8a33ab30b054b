"""One turn can be followed by its id: the request, the bot, the action that the bot calls for.

The bot is a stand-in that hands the metadata on as Rasa does. That Rasa does so, and names the id
in its log, `tests/nlu/test_server.py` shows.
"""

from typing import Any

import httpx
import pytest
from sanic import HTTPResponse, Request, Sanic, json

from desk.web.app import action_app
from desk.web.server import close, listen
from tests.e2e.stack import free_port

MADE_UP = "action_that_is_not_there"


@pytest.fixture
def heard() -> list[dict[str, Any]]:
    """What the bot was sent."""
    return []


async def test_a_turn_is_called_the_same_in_the_request_the_bot_and_the_action(
    new_desk, heard, caplog
):
    caplog.set_level("INFO", logger="desk")
    bot_port, action_port = free_port(), free_port()
    services, http = await new_desk(bot_port=bot_port, proxies_count=1)
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
        said = {"sender": "a", "message": "hello"}
        answer = await http.post(
            "/webhooks/rest/webhook", json=said, headers={"X-Request-ID": "edge-7"}
        )
        assert [bubble["text"] for bubble in answer.json()] == ["hello"]
    finally:
        for server in servers:
            await close(server)
    assert [one["request_id"] for one in heard] == ["edge-7"]
    assert answer.headers["x-request-id"] == "edge-7"
    [action] = [one for one in caplog.records if one.message == "an action was run"]
    # Its name is the bot's word, and becomes no label unless the desk has such an action.
    assert action.action == "unknown"
