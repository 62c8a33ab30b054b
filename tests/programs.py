"""A desk served for real, and programs that talk to it."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import httpx

from desk.accounts.roles import ACTIONS, GRANTED, Role
from desk.accounts.service import add_user
from desk.accounts.tokens import issue_token
from desk.services import Services
from desk.settings import Settings
from desk.web.app import public_app
from desk.web.server import close, listen
from tests.databases import lay_down
from tests.e2e.stack import free_port

PASSWORD = "correct horse battery"


@asynccontextmanager
async def serving(
    home: Path, *, database_url: str | None = None, rate_limit: int = 0
) -> AsyncIterator[tuple[Services, httpx.AsyncClient]]:
    """A desk without a bot over a migrated database, and a client of it."""
    settings = Settings(
        home=home,
        database_url=database_url,
        bot_port=free_port(),
        bot_timeout=0.5,
        rate_limit=rate_limit,
        webhook_loopback=True,
    )
    services = Services.build(settings)
    port = free_port()
    server = await listen(public_app(services), "127.0.0.1", port)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as http:
            yield services, http
    finally:
        services.live.close()
        await close(server)
        await asyncio.sleep(0)
        await services.close()


class InThread:
    """A desk in a thread of its own, for tests that keep their own event loop busy or have none."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        lay_down(Settings(home=self._home).store_url)
        self._thread.start()
        assert self._ready.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def prepare(self, services: Services, http: httpx.AsyncClient) -> None:
        """Fill the desk before the tests begin."""
        raise NotImplementedError

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        async with serving(self._home) as (services, http):
            await self.prepare(services, http)
            self._ready.set()
            await self._stop.wait()


async def token_of(
    services: Services, role: Role, *, scopes: tuple[str, ...] | None = None
) -> dict[str, str]:
    """The header of a user with this role, for all that the role may do or for these scopes."""
    email = f"{role}@desk.example"
    async with services.store.write() as session:
        with suppress(ValueError):
            await add_user(session, email=email, role=role, language="en", password=PASSWORD)
        token = await issue_token(
            session,
            email=email,
            name="test",
            scopes=scopes or [action for action in ACTIONS if action in GRANTED[role]],
            days=1,
            now=datetime.now(UTC),
        )
    return {"Authorization": f"Bearer {token}"}
