"""One engine a process; reading and writing transactions."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

_WRITES = "acedesk_writes"


class Store:
    """The database behind a SQLAlchemy URL (`sqlite+aiosqlite:` or `postgresql+asyncpg:`)."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = create_async_engine(
            url,
            pool_pre_ping=not url.startswith("sqlite"),
            # An error names the statement; its values are what visitors wrote.
            hide_parameters=True,
        )
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._turn: AbstractAsyncContextManager[object] = nullcontext()
        if self.engine.dialect.name == "sqlite":
            # SQLite has one writer at a time and makes the others poll, the unlucky ones for
            # seconds; within a process they queue here instead.
            self._turn = asyncio.Lock()
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A transaction that sees one moment and writes nothing."""
        async with self._sessions() as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A transaction that is committed when the block ends well and undone when it raises."""
        async with self._turn, self._sessions() as session, session.begin():
            await session.connection(execution_options={_WRITES: True})
            yield session

    async def close(self) -> None:
        """Give the connections back."""
        await self.engine.dispose()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver must not begin transactions by itself: `_begin_sqlite` chooses their kind.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        # FULL, since an acknowledged message must survive a power cut and not only a crash.
        "synchronous = FULL",
        "busy_timeout = 10000",
        "foreign_keys = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that turns into a writer fails at once when another process wrote in
    # between; an immediate one waits for its turn.
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
