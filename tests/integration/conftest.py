"""Databases: SQLite always, PostgreSQL where one can be reached (in CI it must be)."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from desk import logs
from desk.services import Services
from desk.settings import Settings
from desk.store import Store
from desk.store.migrate import migrate
from desk.web.app import public_app
from desk.web.server import close, listen
from tests.databases import lay_down
from tests.e2e.stack import free_port

POSTGRES = os.environ.get(
    "ACEDESK_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres"
)
DATABASES = ("sqlite", "postgresql")

NewDatabase = Callable[..., Awaitable[str]]
"""Makes a database of a kind, without any table or as a copy of another; its URL."""
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
            await asyncio.to_thread(lay_down, services.settings.store_url)
            at_the_end.push_async_callback(services.close)
            port = free_port()
            server = await listen(public_app(services), "127.0.0.1", port)
            at_the_end.push_async_callback(close, server)
            at_the_end.callback(services.live.close)
            http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20)
            return services, await at_the_end.enter_async_context(http)

        yield make


@pytest.fixture
async def desk(new_desk: NewDesk) -> Desk:
    """A desk that takes forty messages a minute from one address."""
    return await new_desk(bot_timeout=0.5, rate_limit=40)


@pytest.fixture
async def new_database(tmp_path: Path) -> AsyncIterator[NewDatabase]:
    """Databases that are gone after the test."""
    async with AsyncExitStack() as at_the_end:

        async def make(kind: str, template: str = "template1") -> str:
            name = f"acedesk_test_{uuid4().hex}"
            if kind == "sqlite":
                return f"sqlite+aiosqlite:///{tmp_path / name}.db"
            server = await _connect()
            at_the_end.push_async_callback(server.close)
            await server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
            at_the_end.push_async_callback(server.execute, f"DROP DATABASE {name} WITH (FORCE)")
            return _url(name)

        yield make


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The name of an empty database that the migrations made, to be copied."""
    name = f"acedesk_template_{uuid4().hex}"
    asyncio.run(_execute(f"CREATE DATABASE {name}"))
    migrate(_url(name))
    yield name
    asyncio.run(_execute(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(params=DATABASES)
def database_kind(request: pytest.FixtureRequest) -> str:
    """A kind of database that can be reached."""
    if request.param == "postgresql":
        request.getfixturevalue("postgresql")
    return request.param


@pytest.fixture
async def migrated(
    database_kind: str, request: pytest.FixtureRequest, new_database: NewDatabase
) -> AsyncIterator[Store]:
    """A store of its own, made by the migrations."""
    if database_kind == "postgresql":
        url = await new_database(database_kind, request.getfixturevalue("postgresql"))
    else:
        url = await new_database(database_kind)
        await asyncio.to_thread(lay_down, url)
    store = Store(url)
    yield store
    await store.close()


def _url(name: str) -> str:
    address = POSTGRES.rpartition("/")[0].partition("://")[2]
    return f"postgresql+asyncpg://{address}/{name}"


async def _execute(statement: str) -> None:
    server = await _connect()
    try:
        await server.execute(statement)
    finally:
        await server.close()


async def _connect() -> asyncpg.Connection:
    try:
        return await asyncpg.connect(POSTGRES, timeout=5)
    except (OSError, asyncpg.PostgresError) as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no PostgreSQL at ACEDESK_TEST_POSTGRES_URL ({error})")


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    """Everything that the desk logs, from the lowest level up, as on standard error."""
    path = tmp_path / "log.jsonl"
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in logs.OURS}
    logs.configure("debug")
    with path.open("w", encoding="utf-8") as stream:
        for handler in root.handlers:
            if isinstance(handler, logging.StreamHandler):
                handler.setStream(stream)
        yield path
    root.handlers[:] = before
    root.setLevel(level)
    for name, was in levels.items():
        logging.getLogger(name).setLevel(was)
