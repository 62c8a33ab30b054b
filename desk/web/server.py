"""One desk process: the public port and the action webhook in one event loop."""

import asyncio
import signal
from typing import Any

from sanic import Sanic

from desk.conversations.models import Message
from desk.conversations.service import unanswered
from desk.home import Home
from desk.services import Services
from desk.settings import Settings
from desk.web.app import action_app, public_app

_CLOSING_S = 1.0
_PATIENCE_S = 60
"""Seconds that messages left by a crash wait for the bot, which starts more slowly."""


async def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises:
        OSError: a port is taken.
    """
    services = Services.build(settings)
    await services.library.load()
    ports = Home(settings.home).ports(settings)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    public = await listen(public_app(services), settings.host, settings.port)
    actions = await listen(action_app(services), "127.0.0.1", ports.action)
    tasks = [
        asyncio.create_task(_take_up_what_waits(services)),
        asyncio.create_task(services.library.follow()),
        asyncio.create_task(services.live.follow(services.store)),
    ]
    await stop.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    services.live.close()
    for server in (public, actions):
        await close(server)
    await services.close()


async def listen(app: Sanic[Any, Any], host: str, port: int) -> Any:
    """Start an application in the running event loop; the server that stops it again.

    Raises:
        OSError: the port is taken.
    """
    server = await app.create_server(host=host, port=port, return_asyncio_server=True)
    if server is None:
        raise OSError(f"no server on {host}:{port}")
    await server.startup()  # type: ignore[no-untyped-call]
    await server.start_serving()  # type: ignore[no-untyped-call]
    return server


async def close(server: Any) -> None:
    """Stop a server; what is still connected a second later is cut off."""
    closing = server.close()
    _, open_still = await asyncio.wait({closing}, timeout=_CLOSING_S)
    if open_still:
        # Browsers keep idle connections open, and closing would wait for them.
        for connection in list(server.connections):
            connection.abort()
        await asyncio.wait({closing}, timeout=_CLOSING_S)


async def _take_up_what_waits(services: Services) -> None:
    """Answer messages that were acknowledged before a crash and have no answer yet."""
    for _ in range(_PATIENCE_S):
        if await services.bot.healthy():
            break
        await asyncio.sleep(1)
    async with services.store.read() as session:
        waiting = [await session.get_one(Message, key) for key in await unanswered(session)]
    for message in waiting:
        services.turns.begin(message)
