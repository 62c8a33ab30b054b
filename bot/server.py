"""Serves the assistant to the desk: `python -m bot.server`, from the folder that holds `bot/`.

It listens on 127.0.0.1 only and offers two routes, the desk's channel and `GET /health`. Rasa's own
HTTP interface (models, trackers, training) is not served. Settings are environment variables:

- ACEDESK_BOT_PORT: the port to listen on
- ACEDESK_ACTION_URL: where the desk runs the custom actions
- ACEDESK_BOT_TOKEN: the bearer token that the desk must send, and that is sent with every action
- ACEDESK_REDIS_URL: where several bots share what they remember; each remembers alone by default
- ACEDESK_MODEL: the model's file, models/acedesk.tar.gz by default
"""

from __future__ import annotations

import asyncio
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rasa.core.agent import Agent, load_agent
from rasa.core.channels.channel import register
from rasa.core.utils import AvailableEndpoints
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot.channel import DeskChannel
from bot.endpoint import ActionEndpoint
from bot.trackers import BoundedTrackerStore, SharedTrackerStore
from bot.tuning import tune

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Settings:
    """Where the bot listens, whom it trusts and what it serves."""

    port: int
    action_url: str
    token: str
    model: Path
    redis_url: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Raises SystemExit when a variable without a default is missing or empty."""
        required = ("ACEDESK_BOT_PORT", "ACEDESK_ACTION_URL", "ACEDESK_BOT_TOKEN")
        if missing := [name for name in required if not environment.get(name)]:
            raise SystemExit(f"bot: set {', '.join(missing)}")
        port, action_url, token = (environment[name] for name in required)
        return cls(
            int(port),
            action_url,
            token,
            Path(environment.get("ACEDESK_MODEL", "models/acedesk.tar.gz")),
            environment.get("ACEDESK_REDIS_URL"),
        )


def main() -> None:
    """Load the model, then listen: whoever can connect finds the assistant ready."""
    settings = Settings.from_environment(os.environ)
    tune()
    agent = asyncio.run(load(settings))
    application(agent, settings.token).run(
        host=HOST, port=settings.port, access_log=False, debug=False, motd=False
    )


async def load(settings: Settings) -> Agent:
    """The assistant with its model; SystemExit without one, which Rasa would only log."""
    actions = ActionEndpoint(settings.action_url, token=settings.token)
    # The desk takes the turns of a conversation one at a time, whichever bot it asks, so that no
    # locks are shared here (docs/adr/0013-the-desk-takes-the-turns.md).
    shared = settings.redis_url
    trackers = SharedTrackerStore.at(shared) if shared else BoundedTrackerStore()
    agent = await load_agent(
        str(settings.model),
        endpoints=AvailableEndpoints(action=actions, tracker_store=trackers),
    )
    if not agent.is_ready():
        raise SystemExit(
            f"bot: no usable model at {settings.model}; train one with `python -m bot.train`"
        )
    return agent


def application(agent: Agent, token: str) -> Sanic:
    """The two routes around a loaded `agent`; all but /health ask for `token`."""
    app = Sanic("acedesk_bot", configure_logging=False)
    app.ctx.agent = agent
    # When the desk stops the bot its turns are over; Sanic would wait for idle connections.
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 1.0
    expected = f"Bearer {token}".encode()

    @app.on_request
    async def authorise(request: Request) -> HTTPResponse | None:
        given = request.headers.get("authorization", "").encode()
        if request.path == "/health" or hmac.compare_digest(given, expected):
            return None
        return json({"error": "unauthorized"}, status=401)

    @app.after_server_stop
    async def close(*_: object) -> None:
        await agent.action_endpoint.close()

    @app.get("/health")
    async def health(_: Request) -> HTTPResponse:
        return json({"status": "ok"})

    register([DeskChannel()], app, route="/webhooks/")
    return app


if __name__ == "__main__":
    main()
