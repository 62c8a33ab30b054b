"""Connections to SQLite that go to their thread as seldom as is good for the others.

The driver goes four times for each statement: to make a cursor, to run it, to fetch and to close.
Each way there and back costs several times what a statement does that finds its rows by their keys.
So a brief transaction runs in the event loop itself, and only what may take long goes to the
thread: waiting for other writers, and the commit, which waits for the disk. Any other transaction,
such as a report's, goes there once for each statement.
"""

import random
import sqlite3
import time
from collections.abc import Callable, Sequence
from typing import Any, Self

import aiosqlite

BEGIN_WRITING = "BEGIN IMMEDIATE"
BUSY_S = 10.0
"""How long a transaction waits for the others to let it write."""
_AGAIN_S = 0.002
_ENDING_S = 1.0
_AT_ONCE = 500
"""Rows that are fetched with the statement; who streams more fetches them in pieces."""


class Connection(aiosqlite.Connection):
    """A connection whose cursors need one way to the thread, or none."""

    brief = False
    """Whether the statements to come are quick enough to be run in the event loop."""

    async def _connect(self) -> aiosqlite.Connection:
        try:
            return await super()._connect()
        except BaseException:
            # Its thread ends by itself, and at the end speaks to the event loop, which may be gone
            # by then.
            self._thread.join(_ENDING_S)
            raise

    def cursor(self) -> "Cursor":  # type: ignore[override]
        """A cursor that does nothing yet."""
        return Cursor(self)

    async def do(self, what: Callable[..., Any], *values: Any) -> Any:
        """Have something done here when it is brief, else in the thread of the connection."""
        return what(*values) if self.brief else await self.in_thread(what, *values)

    async def in_thread(self, what: Callable[..., Any], *values: Any) -> Any:
        """Have something done in the thread of the connection."""
        return await self._execute(what, *values)  # type: ignore[no-untyped-call]

    async def rollback(self) -> None:
        """Undo what was written; what only read has nothing to undo."""
        await self.do(self._conn.rollback)


class Cursor:
    """Runs one statement, and keeps the first of its rows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rest: sqlite3.Cursor | None = None
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Self:
        """Run a statement."""
        if sql == BEGIN_WRITING:
            if not (self._connection.brief and begins_at_once(self._raw)):
                await self._connection.in_thread(begin, self._raw)
        else:
            await self._connection.do(self._run, sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Sequence[Any]) -> Self:
        """Run a statement for each row of parameters."""
        cursor = await self._connection.do(self._raw.executemany, sql, parameters)
        self.rowcount = cursor.rowcount
        return self

    async def fetchall(self) -> list[Any]:
        """All rows that have not been fetched."""
        rows, self._rows = self._rows, []
        if self._rest is not None:
            rows += await self._connection.do(self._rest.fetchall)
        return rows

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        """The next rows."""
        count = size or self.arraysize
        if self._rest is not None and len(self._rows) < count:
            self._rows += await self._connection.do(self._rest.fetchmany, count)
        rows, self._rows = self._rows[:count], self._rows[count:]
        return rows

    async def fetchone(self) -> Any:
        """The next row, or None."""
        return next(iter(await self.fetchmany(1)), None)

    async def close(self) -> None:
        """Let go of what was not fetched."""
        rest, self._rest = self._rest, None
        if rest is not None:
            await self._connection.do(rest.close)

    @property
    def _raw(self) -> sqlite3.Connection:
        return self._connection._conn

    def _run(self, sql: str, parameters: Sequence[Any]) -> None:
        cursor = self._raw.execute(sql, parameters)
        self.description, self.rowcount = cursor.description, cursor.rowcount
        self.lastrowid = cursor.lastrowid
        if cursor.description is not None:
            self._rows = cursor.fetchmany(_AT_ONCE)
            if len(self._rows) == _AT_ONCE:
                self._rest = cursor
                return
        cursor.close()


def connect(path: str) -> Connection:
    """A connection to a database file, which is made when it is missing; it is to be awaited."""
    # Its thread and the event loop take turns: each waits for what the other does.
    made = Connection(lambda: sqlite3.connect(path, check_same_thread=False), _AT_ONCE)
    # Whoever forgets to close it can end all the same.
    made._thread.daemon = True
    return made


def begins_at_once(connection: sqlite3.Connection) -> bool:
    """Begin a transaction that writes, unless another process writes now."""
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        connection.execute(BEGIN_WRITING)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        return False
    finally:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_S * 1000:.0f}")
    return True


def begin(connection: sqlite3.Connection) -> None:
    """Begin a transaction that writes, as soon as no other process does.

    SQLite itself tries again after longer and longer, up to a tenth of a second, so that of several
    processes one can be passed over for seconds.

    Raises:
        sqlite3.OperationalError: others have not let it for `BUSY_S`.
    """
    until = time.monotonic() + BUSY_S
    while not begins_at_once(connection):
        if time.monotonic() > until:
            raise sqlite3.OperationalError("database is locked")
        time.sleep(_AGAIN_S * random.random())  # noqa: S311
