"""Databases: SQLite always, PostgreSQL where one can be reached (in CI it must be)."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from desk.services import Services
from desk.settings import Settings
from desk.store import Store
from desk.store.migrate import migrate
from desk.web.app import public_app
from desk.web.server import listen
from tests.e2e.stack import free_port

POSTGRES = os.environ.get(
    "ACEDESK_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres"
)
DATABASES = ("sqlite", "postgresql")

NewDatabase = Callable[[str], Awaitable[str]]
"""Makes a database of a kind, without any table; its URL."""
Desk = tuple[Services, httpx.AsyncClient]
NewDesk = Callable[..., Awaitable[Desk]]
"""Serves a desk without a bot, with these settings."""


@pytest.fixture
async def new_desk(tmp_path: Path) -> AsyncIterator[NewDesk]:
    """Desks that are served for real until the test is over."""
    async with AsyncExitStack() as at_the_end:

        async def make(**settings: Any) -> Desk:
            values = {"home": tmp_path, "bot_port": free_port(), "rate_limit": 0} | settings
            services = Services.build(Settings(**values))
            await asyncio.to_thread(migrate, services.settings.store_url)
            at_the_end.push_async_callback(services.close)
            port = free_port()
            server = await listen(public_app(services), "127.0.0.1", port)
            at_the_end.push_async_callback(lambda: _closed(server))
            http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20)
            return services, await at_the_end.enter_async_context(http)

        yield make


async def _closed(server: Any) -> None:
    await server.close()


@pytest.fixture
async def desk(new_desk: NewDesk) -> Desk:
    """A desk that takes forty messages a minute from one address."""
    return await new_desk(bot_timeout=0.5, rate_limit=40)


@pytest.fixture
async def new_database(tmp_path: Path) -> AsyncIterator[NewDatabase]:
    """Databases that are gone after the test."""
    async with AsyncExitStack() as at_the_end:

        async def make(kind: str) -> str:
            name = f"acedesk_test_{uuid4().hex}"
            if kind == "sqlite":
                return f"sqlite+aiosqlite:///{tmp_path / name}.db"
            server = await _connect()
            at_the_end.push_async_callback(server.close)
            await server.execute(f"CREATE DATABASE {name}")
            at_the_end.push_async_callback(server.execute, f"DROP DATABASE {name} WITH (FORCE)")
            address = POSTGRES.rpartition("/")[0].partition("://")[2]
            return f"postgresql+asyncpg://{address}/{name}"

        yield make


@pytest.fixture(params=DATABASES)
async def migrated(
    request: pytest.FixtureRequest, new_database: NewDatabase
) -> AsyncIterator[Store]:
    """A store of its own, made by the migrations."""
    url = await new_database(request.param)
    # Alembic's environment runs an event loop of its own.
    await asyncio.to_thread(migrate, url)
    store = Store(url)
    yield store
    await store.close()


async def _connect() -> asyncpg.Connection:
    try:
        return await asyncpg.connect(POSTGRES, timeout=5)
    except (OSError, asyncpg.PostgresError) as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no PostgreSQL at ACEDESK_TEST_POSTGRES_URL ({error})")
