"""One engine a process; reading and writing transactions."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from typing import Any

from sqlalchemy import Connection, event, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.pool import ConnectionPoolEntry

from desk.store.sqlite import BEGIN_WRITING, BUSY_S, connect

_WRITES, _BRIEF = "acedesk_writes", "acedesk_brief"
_CONNECTIONS = 15
"""As many as a process has at most; all are kept, since a new one costs several tickets: in SQLite
it is a thread and several settings."""
_RESTED_S = 1.0
"""After this long without use a connection is tried before it is trusted: its server may have been
started anew. Trying takes three round trips, too many for each transaction of a busy desk."""
_LETTING_GO_S = 2.0
_USED_AT = "acedesk_used_at"
_POSTGRES = {
    # Compiling a report's statement takes longer than running it as it is.
    "jit": "off",
    # A plan that is to fit any period does badly for a month among years.
    "plan_cache_mode": "force_custom_plan",
}


class _Reader(Session):
    """What reads only: a change in it would be undone, and nobody would hear of it."""


def _refuse(*_: object) -> None:
    raise RuntimeError("a reading transaction writes nothing")


def _refuse_statement(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        _refuse()


event.listen(_Reader, "before_flush", _refuse)
event.listen(_Reader, "do_orm_execute", _refuse_statement)


class Store:
    """The database behind a SQLAlchemy URL (`sqlite+aiosqlite:` or `postgresql+asyncpg:`)."""

    def __init__(self, url: str) -> None:
        self.url = url
        settings: dict[str, Any] = {"pool_size": _CONNECTIONS, "max_overflow": 0}
        if url.startswith("sqlite"):
            path = make_url(url).database or ""
            settings["async_creator"] = lambda: connect(path)
        else:
            settings["connect_args"] = {"server_settings": _POSTGRES}
        # An error names the statement; its values are what visitors wrote.
        self.engine = create_async_engine(url, hide_parameters=True, **settings)
        self._writers = self._sessions(Session, {_WRITES: True, _BRIEF: True})
        self._readers = self._sessions(_Reader, {})
        self._brief_readers = self._sessions(_Reader, {_BRIEF: True})
        self._lent_out = 0
        self._all_back = asyncio.Event()
        self._all_back.set()
        self._turn: AbstractAsyncContextManager[object] = nullcontext()
        if self.engine.dialect.name == "sqlite":
            # SQLite has one writer at a time and makes the others poll, the unlucky ones for
            # seconds; within a process they queue here instead.
            self._turn = asyncio.Lock()
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)
        else:
            event.listen(self.engine.sync_engine, "checkout", _try_rested)
            event.listen(self.engine.sync_engine, "checkin", _note_use)

    def _sessions(
        self, kind: type[Session], options: dict[str, Any]
    ) -> async_sessionmaker[AsyncSession]:
        engine = self.engine.execution_options(**options)
        return async_sessionmaker(engine, sync_session_class=kind, expire_on_commit=False)

    @asynccontextmanager
    async def read(self, *, brief: bool = False) -> AsyncIterator[AsyncSession]:
        """A transaction that sees one moment and writes nothing.

        Args:
            brief: it finds a few rows by their keys; in SQLite nobody else is served meanwhile.

        Raises:
            RuntimeError: something was changed in it.
        """
        async with self._lent(self._brief_readers if brief else self._readers) as session:
            yield session
            if session.new or session.dirty or session.deleted:
                _refuse()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A transaction that is committed when the block ends well and undone when it raises.

        It should be brief, since it keeps all other writers waiting.
        """
        async with self._turn, self._lent(self._writers) as session, session.begin():
            yield session

    @asynccontextmanager
    async def _lent(
        self, sessions: async_sessionmaker[AsyncSession]
    ) -> AsyncIterator[AsyncSession]:
        self._lent_out += 1
        self._all_back.clear()
        try:
            async with sessions() as session:
                yield session
        finally:
            self._lent_out -= 1
            if not self._lent_out:
                self._all_back.set()

    async def let_go(self) -> None:
        """Empty SQLite's log, in which pages linger as they were before they were overwritten."""
        if self.engine.dialect.name != "sqlite":
            return
        async with self._turn, self.engine.connect() as connection:
            # On the driver's own connection: within a transaction the log can't be emptied.
            driver: Any = (await connection.get_raw_connection()).driver_connection
            driver.brief = False
            await driver.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    async def close(self) -> None:
        """Give the connections back, when those who were cut off have let go of theirs.

        The driver of SQLite waits for ever when the loop ends while one is being closed.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(_LETTING_GO_S):
                await self._all_back.wait()
        await self.engine.dispose()


def _try_rested(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    if time.monotonic() - record.info.get(_USED_AT, time.monotonic()) < _RESTED_S:
        return
    try:
        connection.ping()
    except Exception as error:
        # Whatever is wrong with it: the pool makes a new one in its place.
        raise DisconnectionError from error


def _note_use(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info[_USED_AT] = time.monotonic()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver must not begin transactions by itself: `_begin_sqlite` chooses their kind.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        # FULL, since an acknowledged message must survive a power cut and not only a crash.
        "synchronous = FULL",
        f"busy_timeout = {BUSY_S * 1000:.0f}",
        "foreign_keys = ON",
        # A report reads a month of episodes several times over, far more than the usual 2 MB.
        "cache_size = -65536",
        "mmap_size = 1073741824",
        # What is overwritten or deleted is gone from the file too, and not only from the tables.
        "secure_delete = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that turns into a writer fails at once when another process wrote in
    # between; an immediate one waits for its turn.
    options = connection.get_execution_options()
    driver: Any = connection.connection.driver_connection
    driver.brief = options.get(_BRIEF, False)
    connection.exec_driver_sql(BEGIN_WRITING if options.get(_WRITES) else "BEGIN")
