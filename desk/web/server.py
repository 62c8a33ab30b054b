"""One desk process: the public port and the action webhook in one event loop."""

import asyncio
import logging
import signal
import socket
from datetime import UTC, datetime, timedelta
from typing import Any

from sanic import Sanic

from desk import logs, tracing
from desk.conversations.service import unanswered
from desk.conversations.turns import AROUND_BOT_S
from desk.home import Home
from desk.metrics import watch_lag
from desk.services import Services
from desk.settings import Settings
from desk.web.app import action_app, public_app
from desk.web.metrics import metrics_app

log = logging.getLogger(__name__)

_CLOSING_S = 1.0
_CLOSING_LOOKS = 50
_TAKE_UP_S = 2.0
_BACKLOG = 100
_PATIENCE_S = 60
"""Seconds that messages left by a crash wait for the bot, which starts more slowly."""


async def serve(settings: Settings, *, shared: bool = False) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        settings: those of this desk.
        shared: other processes serve the same two ports; the system gives each its share of the
            connections.

    Raises:
        OSError: a port is taken.
    """
    services = Services.build(settings)
    tracing.watch(services.store.engine)
    await services.library.load()
    ports = Home(settings.home).ports(settings)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    servers = [
        await listen(public_app(services), settings.host, settings.port, shared=shared),
        await listen(
            action_app(services, keep_alive=not shared), "127.0.0.1", ports.action, shared=shared
        ),
    ]
    if settings.metrics_port is not None:
        servers.append(await listen(metrics_app(services), settings.host, settings.metrics_port))
    tasks = [
        asyncio.create_task(watch_lag()),
        asyncio.create_task(_take_up_what_waits(services)),
        asyncio.create_task(services.library.follow()),
        asyncio.create_task(services.live.follow(services.store)),
    ]
    await stop.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    services.live.close()
    for server in servers:
        await close(server)
    await services.close()


async def listen(app: Sanic[Any, Any], host: str, port: int, *, shared: bool = False) -> Any:
    """Start an application in the running event loop; the server that stops it again.

    Raises:
        OSError: the port is taken; a shared one, by somebody who does not share it.
    """
    if shared:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # Linux lets in processes of one user only.
        sock = socket.create_server((host, port), family=family, backlog=_BACKLOG, reuse_port=True)
        server = await app.create_server(sock=sock, return_asyncio_server=True)
    else:
        server = await app.create_server(host=host, port=port, return_asyncio_server=True)
    if server is None:
        raise OSError(f"no server on {host}:{port}")
    await server.startup()  # type: ignore[no-untyped-call]
    await server.start_serving()  # type: ignore[no-untyped-call]
    return server


async def close(server: Any) -> None:
    """Stop a server; what is still going on a second later is cut off."""
    closing = server.close()
    # Clients keep idle connections open. Waiting for the server would wait for those in one kind of
    # event loop, and for nothing at all in another.
    for _ in range(_CLOSING_LOOKS):
        busy = [one for one in list(server.connections) if not one.close_if_idle()]
        if not busy:
            break
        await asyncio.sleep(_CLOSING_S / _CLOSING_LOOKS)
    for connection in busy:
        connection.abort()
    await asyncio.wait({closing}, timeout=_CLOSING_S)


async def _take_up_what_waits(services: Services) -> None:
    """Answer messages that were acknowledged and have no answer: their desk, or a turn, failed.

    At the start it is all of them, later those that wait for longer than a turn takes. One that
    another process is at is left to it, since a conversation's turns are taken one at a time.
    """
    for _ in range(_PATIENCE_S):
        if await services.bot.healthy():
            break
        await asyncio.sleep(1)
    age = timedelta(0)
    while True:
        try:
            async with services.store.read() as session:
                waiting = await unanswered(session, before=datetime.now(UTC) - age)
        except Exception:
            log.exception("looking for messages without an answer failed and will be tried again")
        else:
            for message in waiting:
                logs.begin()
                services.turns.begin(message)
            age = timedelta(seconds=services.settings.bot_timeout + AROUND_BOT_S)
        await asyncio.sleep(_TAKE_UP_S)
