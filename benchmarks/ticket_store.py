"""Databases for the benchmark of tickets: made by the migrations, filled in bulk, kept or dropped.

While a PostgreSQL database is being filled its indexes and constraints are away; they come back as
the migrations had made them, and PostgreSQL checks every row against them then. SQLite keeps its
own.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import get_context
from operator import itemgetter
from pathlib import Path
from typing import Any

import asyncpg
from rich.progress import track
from sqlalchemy import Dialect, inspect
from sqlalchemy.dialects.postgresql.asyncpg import dialect as postgresql
from sqlalchemy.dialects.sqlite.aiosqlite import dialect as sqlite

from benchmarks.ticket_lives import ANALYSTS, CHUNK, NOW, YEAR, lives
from desk.accounts.models import User
from desk.conversations.models import Conversation
from desk.sla.models import EpisodeRow
from desk.store import Base
from desk.store.migrate import migrate
from desk.tickets.models import Ticket, TicketEvent

BYTES_A_TICKET = 8_000
"""What ten thousand tickets have taken, by each, and some more: indexes are built beside them."""
PROCESSES = 2
TABLES: tuple[type[Base], ...] = (Conversation, Ticket, TicketEvent, EpisodeRow)

type Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, kw_only=True)
class Database:
    """One database of the benchmark, and how the desk is told of it."""

    system: str
    """PostgreSQL or SQLite."""
    tickets: int
    url: str
    where: str
    """DSN of the database, or path of the file."""


def postgres(server: str, tickets: int) -> Database:
    """A filled database on a PostgreSQL server; one of that size that is there already is used.

    Args:
        server: a DSN of a user who may create databases and leave out triggers.
        tickets: how many it holds; with none it is made anew.
    """
    name = f"acedesk_bench_{tickets}"
    dsn = f"{server.rpartition('/')[0]}/{name}"
    url = dsn.replace("postgresql://", "postgresql+asyncpg://", 1)
    database = Database(system="PostgreSQL", tickets=tickets, url=url, where=dsn)
    if tickets and asyncio.run(_mark(server, name)) == _done(tickets):
        migrate(url)
        return database
    asyncio.run(_execute(server, f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}"))
    migrate(url)
    asyncio.run(_fill_postgres(dsn, tickets))
    asyncio.run(_execute(dsn, f"COMMENT ON DATABASE {name} IS '{_done(tickets)}'"))
    return database


def drop_postgres(server: str, tickets: int) -> None:
    """Remove such a database."""
    asyncio.run(_execute(server, f"DROP DATABASE IF EXISTS acedesk_bench_{tickets} WITH (FORCE)"))


def sqlite_file(folder: Path, tickets: int) -> Database:
    """A filled SQLite database; one of that size that is in the folder already is used."""
    done = folder / f"tickets-{tickets}.db"
    url = f"sqlite+aiosqlite:///{done}"
    database = Database(system="SQLite", tickets=tickets, url=url, where=str(done))
    if not tickets:
        done.unlink(missing_ok=True)
    if not done.exists():
        filling = done.with_suffix(".part")
        filling.unlink(missing_ok=True)
        migrate(f"sqlite+aiosqlite:///{filling}")
        _fill_sqlite(filling, tickets)
        filling.rename(done)
    migrate(url)
    return database


# --- Rows -----------------------------------------------------------------------------------


def _analysts() -> list[dict[str, Any]]:
    return [
        {
            "id": number,
            "email": f"analyst{number}@example.com",
            "role": "analyst",
            "language": ("en", "es")[number % 2],
            "password_hash": "",
            "must_change_password": False,
            "created_at": NOW - YEAR,
        }
        for number in range(1, ANALYSTS + 1)
    ]


def _columns(table: type[Base]) -> list[tuple[str, str]]:
    """The attributes of a table and the columns that they stand in."""
    return [(named.key, named.columns[0].name) for named in inspect(table).column_attrs]


def _encoder(table: type[Base], dialect: Dialect) -> Callable[[list[dict[str, Any]]], Rows]:
    """What turns values by attribute into rows as the database's driver takes them."""
    steps: list[tuple[str, Callable[[Any], Any] | None]] = []
    for named in inspect(table).column_attrs:
        kind = named.columns[0].type.dialect_impl(dialect)
        steps.append((named.key, kind.bind_processor(dialect)))

    def encode(values: list[dict[str, Any]]) -> Rows:
        rows: Rows = []
        for value in values:
            get = value.get
            rows.append(
                tuple(
                    get(key) if convert is None or get(key) is None else convert(get(key))
                    for key, convert in steps
                )
            )
        return rows

    return encode


def _chunk(first: int, total: int, dialect: Dialect) -> list[Rows]:
    """The rows of some tickets, by table in the order of `TABLES`."""
    made = list(lives(first, total))
    values = (
        [life.conversation for life in made],
        [life.ticket for life in made],
        [event for life in made for event in life.events],
        [episode for life in made for episode in life.episodes],
    )
    return [_encoder(table, dialect)(rows) for table, rows in zip(TABLES, values, strict=True)]


def _in_processes[Result](
    make: Callable[..., Result], total: int, *rest: object, what: str
) -> Iterator[Result]:
    """Results for all chunks in order, made a few ahead by processes of their own."""
    waiting: deque[Future[Result]] = deque()
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        for first in track(range(1, total + 1, CHUNK), description=what):
            waiting.append(pool.submit(make, first, total, *rest))
            if len(waiting) > 2 * PROCESSES:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


# --- PostgreSQL -----------------------------------------------------------------------------

_NAMES = [str(table.__tablename__) for table in TABLES]
_CONSTRAINTS = """
    SELECT conrelid::regclass::text AS on_table, quote_ident(conname) AS name,
        contype = 'f' AS refers, pg_get_constraintdef(oid) AS definition
    FROM pg_constraint
    WHERE contype IN ('f', 'p', 'u')
        AND (conrelid = ANY($1::regclass[]) OR confrelid = ANY($1::regclass[]))
"""
_INDEXES = """
    SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
    FROM pg_index WHERE indrelid = ANY($1::regclass[])
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""


def _done(tickets: int) -> str:
    return f"filled with {tickets} tickets"


async def _mark(server: str, name: str) -> str | None:
    connection = await asyncpg.connect(server)
    mark: str | None = await connection.fetchval(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1", name
    )
    await connection.close()
    return mark


async def _execute(dsn: str, *statements: str) -> None:
    connection = await asyncpg.connect(dsn)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


async def _fill_postgres(dsn: str, tickets: int) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute("SET maintenance_work_mem = '1GB'")
    await _copy(connection, [User], [_encoder(User, postgresql())(_analysts())])
    constraints = await connection.fetch(_CONSTRAINTS, _NAMES)
    indexes = await connection.fetch(_INDEXES, _NAMES)
    if tickets:
        constraints.sort(key=itemgetter("refers"))
        for row in reversed(constraints):
            await connection.execute(f"ALTER TABLE {row['on_table']} DROP CONSTRAINT {row['name']}")
        for row in indexes:
            await connection.execute(f"DROP INDEX {row['name']}")
        for _ in _in_processes(_copy_chunk, tickets, dsn, what=f"PostgreSQL, {tickets:,} tickets"):
            pass
        again = [
            f"ALTER TABLE {row['on_table']} ADD CONSTRAINT {row['name']} {row['definition']}"
            for row in constraints
        ]
        keys = sum(not row["refers"] for row in constraints)
        again[keys:keys] = [row["definition"] for row in indexes]
        for statement in track(again, description="Indexes and constraints"):
            await connection.execute(statement)
    for name in ("ticket", "user"):
        await connection.execute(
            f"""SELECT setval(pg_get_serial_sequence('"{name}"', 'id'), max(id)) FROM "{name}" """
        )
    await connection.execute("VACUUM ANALYZE")
    await connection.execute("CHECKPOINT")
    await connection.close()


def _copy_chunk(first: int, total: int, dsn: str) -> None:
    rows = _chunk(first, total, postgresql())

    async def copy() -> None:
        connection = await asyncpg.connect(dsn)
        await _copy(connection, TABLES, rows)
        await connection.close()

    asyncio.run(copy())


async def _copy(
    connection: asyncpg.Connection, tables: Sequence[type[Base]], rows: list[Rows]
) -> None:
    for table, records in zip(tables, rows, strict=True):
        columns = [column for _, column in _columns(table)]
        await connection.copy_records_to_table(
            table.__tablename__, records=records, columns=columns
        )


# --- SQLite ---------------------------------------------------------------------------------


def _fill_sqlite(file: Path, tickets: int) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -2000000"):
            connection.execute(f"PRAGMA {pragma}")
        _insert(connection, [User], [_encoder(User, sqlite())(_analysts())])
        for rows in _in_processes(_sqlite_chunk, tickets, what=f"SQLite, {tickets:,} tickets"):
            _insert(connection, TABLES, rows)


def _sqlite_chunk(first: int, total: int) -> list[Rows]:
    return _chunk(first, total, sqlite())


def _insert(connection: sqlite3.Connection, tables: Sequence[type[Base]], rows: list[Rows]) -> None:
    connection.execute("BEGIN")
    for table, records in zip(tables, rows, strict=True):
        columns = [column for _, column in _columns(table)]
        connection.executemany(
            f'INSERT INTO "{table.__tablename__}" ({", ".join(columns)}) '
            f"VALUES ({', '.join('?' * len(columns))})",
            records,
        )
    connection.execute("COMMIT")
