"""Databases: SQLite always, PostgreSQL where one can be reached (in CI it must be)."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from desk.store import Store
from desk.store.migrate import migrate

POSTGRES = os.environ.get(
    "ACEDESK_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres"
)
DATABASES = ("sqlite", "postgresql")

NewDatabase = Callable[[str], Awaitable[str]]
"""Makes a database of a kind, without any table; its URL."""


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
