"""`/console/stream`: tells browsers that the queues have changed, as server-sent events."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress

from sanic import Blueprint, Request

from desk.accounts.models import User
from desk.conversations import queues
from desk.metrics import STREAMS
from desk.services import Services
from desk.web.console.guard import page, sign_in_of

log = logging.getLogger(__name__)
blueprint = Blueprint("queue_stream", url_prefix="/console")

_LOOK_S = 1.0
_SIGNED_IN_S = 3.0
"""A stream outlives its sign-in by so much at most, and tells nothing meanwhile."""
HEARTBEAT_S = 15.0


class QueueWatch:
    """Looks once a second whether the queues have changed, for all who listen in this process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._listeners: set[asyncio.Event] = set()
        self._task: asyncio.Task[None] | None = None
        self.version: str | None = None
        """Of the queues when they were last looked at; None before."""

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """An event that is set at every change; whoever waits for it clears it."""
        event = asyncio.Event()
        self._listeners.add(event)
        if self._task is None:
            self._task = asyncio.create_task(self._look())
        elif self.version is not None:
            event.set()
        try:
            yield event
        finally:
            self._listeners.discard(event)
            if not self._listeners:
                self._task.cancel()
                self._task = self.version = None

    async def _look(self) -> None:
        while not self._services.live.closed:
            try:
                async with self._services.store.read() as session:
                    now = await queues.version(session)
                if now != self.version:
                    self.version = now
                    self._wake()
            except Exception:
                # The listeners stay: the database comes back, or the desk ends.
                log.warning("the queues could not be looked at", exc_info=True)
            await asyncio.sleep(_LOOK_S)
        self._wake()

    def _wake(self) -> None:
        for event in self._listeners:
            event.set()


@blueprint.get("/stream")
@page("tickets.read", is_use=False)
async def stream(request: Request, *, user: User) -> None:
    """`version` events: the version of the queues at first and at every change; heartbeats.

    It ends when the sign-in does.
    """
    response = await request.respond(
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
    with STREAMS.labels("queues").track_inprogress():
        async for block in _events(request, user):
            await response.send(block)


async def _events(request: Request, user: User) -> AsyncIterator[str]:
    services: Services = request.app.ctx.services
    watch: QueueWatch = request.app.ctx.queue_watch
    clock = asyncio.get_running_loop().time
    beat = clock() + HEARTBEAT_S
    with watch.listening() as changed:
        while not services.live.closed:
            with suppress(TimeoutError):
                async with asyncio.timeout(_SIGNED_IN_S):
                    await changed.wait()
            still = await sign_in_of(request, is_use=False)
            if still is None or still.user_id != user.id:
                return
            if changed.is_set():
                changed.clear()
                if watch.version is not None:
                    yield f"event: version\ndata: {watch.version}\n\n"
            elif clock() >= beat:
                beat = clock() + HEARTBEAT_S
                yield ": heartbeat\n\n"
