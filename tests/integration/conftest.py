"""Migrated stores: SQLite always, PostgreSQL where one can be reached (in CI it must be)."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from desk.store import Store
from desk.store.migrate import migrate

POSTGRES = os.environ.get(
    "ACEDESK_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres"
)


@pytest.fixture(params=["sqlite", "postgresql"])
async def migrated(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """A store of its own, made by the migrations."""
    if request.param == "sqlite":
        url, server, name = f"sqlite+aiosqlite:///{tmp_path / 'desk.db'}", None, ""
    else:
        server = await _connect()
        name = f"acedesk_test_{uuid4().hex}"
        await server.execute(f"CREATE DATABASE {name}")
        address = POSTGRES.rpartition("/")[0].partition("://")[2]
        url = f"postgresql+asyncpg://{address}/{name}"
    # Alembic's environment runs an event loop of its own.
    await asyncio.to_thread(migrate, url)
    store = Store(url)
    yield store
    await store.close()
    if server is not None:
        await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await server.close()


async def _connect() -> asyncpg.Connection:
    try:
        return await asyncpg.connect(POSTGRES, timeout=5)
    except (OSError, asyncpg.PostgresError) as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no PostgreSQL at ACEDESK_TEST_POSTGRES_URL ({error})")
