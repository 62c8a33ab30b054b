"""Restoring: a backup put into an empty database, all of it or nothing."""

import json
from datetime import date, datetime
from itertools import batched
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Date,
    Integer,
    TableClause,
    column,
    exists,
    false,
    func,
    inspect,
    select,
    table,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import NULLTYPE, TypeEngine

from desk.store import Store, Utc
from desk.store.backup_file import (
    BATCH,
    Header,
    UnusableBackup,
    Watch,
    WrongDatabase,
    header_of,
    lines,
)
from desk.store.migrate import revision_of, revisions

_TYPES: dict[str, TypeEngine[Any]] = {
    "plain": NULLTYPE,
    "instant": Utc(),
    "date": Date(),
    "json": JSON(none_as_null=True),
}


def read_header(file: Path) -> Header:
    """What a whole backup says of itself; all of it is read, and held against its checksum.

    Raises:
        UnusableBackup: it is none, was cut off or changed, or has a format or schema that is not
            known here.
        OSError: it can't be read.
    """
    told = lines(file)
    header = header_of(next(told, None))
    if header.revision not in revisions():
        raise UnusableBackup(
            f"the backup was made by desk {header.desk} with schema {header.revision}, "
            "which this version does not know"
        )
    for _ in told:
        pass
    return header


async def restore(store: Store, file: Path, *, watch: Watch) -> Header:
    """Put a backup into an empty database of its revision: all of it, or nothing.

    Raises:
        UnusableBackup: the file is no whole backup.
        WrongDatabase: the database has another schema, or rows.
        OSError: the file can't be read.
    """
    # Read to its end first, so that a damaged file is known for one before a row is made of it.
    header = read_header(file)
    told = lines(file)
    next(told)
    async with store.write() as session:
        connection = await session.connection()
        await _refuse_unless_ready(connection, header)
        circular = await _defer_references(connection)
        found = dict.fromkeys(header.tables, 0)
        into: TableClause | None = None
        kinds: list[str] = []
        done = 0
        for part in batched(told, BATCH, strict=False):
            rows: list[dict[str, Any]] = []
            for line in part:
                if isinstance(line, dict):
                    await _insert(connection, into, rows)
                    rows, kinds = [], list(line["columns"].values())
                    into = _table(line)
                else:
                    if into is None:
                        raise UnusableBackup("a row stands before any table")
                    values = zip(into.columns.keys(), kinds, line, strict=True)
                    rows.append({name: _read(kind, value) for name, kind, value in values})
                    found[into.name] += 1
                    done += 1
            await _insert(connection, into, rows)
            watch(done, header.rows)
        if found != header.tables:
            raise UnusableBackup("the backup does not hold the rows that its header promises")
        await _settle_references(connection, circular)
        await _set_sequences(connection, header)
    return header


async def _insert(
    connection: AsyncConnection, into: TableClause | None, rows: list[dict[str, Any]]
) -> None:
    if into is not None and rows:
        await connection.execute(into.insert(), rows)


def _table(line: dict[str, Any]) -> TableClause:
    columns = (column(name, _TYPES[kind]) for name, kind in line["columns"].items())
    return table(line["table"], *columns)


def _read(kind: str, value: Any) -> Any:
    if value is None or kind == "plain":
        return value
    if kind == "instant":
        return datetime.fromisoformat(value)
    if kind == "date":
        return date.fromisoformat(value)
    parsed = json.loads(value)
    return JSON.NULL if parsed is None else parsed


async def _refuse_unless_ready(connection: AsyncConnection, header: Header) -> None:
    revision = await revision_of(connection)
    if revision != header.revision:
        raise WrongDatabase(
            f"the backup has schema {header.revision}, and the database {revision or 'none'}"
        )
    there = set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))
    if there - {"alembic_version"} != set(header.tables):
        raise UnusableBackup("the backup does not hold the tables of its schema")
    for name in header.tables:
        if await connection.scalar(select(exists().select_from(table(name)))):
            raise WrongDatabase(f"the database is not empty: there are rows in {name!r}")


async def _defer_references(connection: AsyncConnection) -> list[tuple[str, str]]:
    """Let rows refer to later rows of their own table; those (table, constraint) on PostgreSQL."""
    if connection.dialect.name == "sqlite":
        await connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        return []
    keys = await connection.run_sync(lambda sync: inspect(sync).get_multi_foreign_keys())
    circular = [
        (name, str(key["name"]))
        for (_, name), found in keys.items()
        for key in found
        if key["referred_table"] == name
    ]
    for name, constraint in circular:
        await _alter(connection, name, constraint, "DEFERRABLE INITIALLY DEFERRED")
    return circular


async def _settle_references(connection: AsyncConnection, circular: list[tuple[str, str]]) -> None:
    if circular:
        await connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    for name, constraint in circular:
        await _alter(connection, name, constraint, "NOT DEFERRABLE")


async def _alter(connection: AsyncConnection, name: str, constraint: str, how: str) -> None:
    quote = connection.dialect.identifier_preparer.quote
    await connection.execute(
        text(f"ALTER TABLE {quote(name)} ALTER CONSTRAINT {quote(constraint)} {how}")
    )


async def _set_sequences(connection: AsyncConnection, header: Header) -> None:
    """PostgreSQL counts ids apart from the rows: go on behind the highest."""
    if connection.dialect.name != "postgresql":
        return
    counted = await connection.execute(
        text(
            "SELECT table_name, pg_get_serial_sequence(quote_ident(table_name), 'id') "
            "FROM information_schema.columns "
            "WHERE table_schema = current_schema() AND column_name = 'id'"
        )
    )
    for name, sequence in counted.all():
        if name in header.tables and sequence is not None:
            ids = column("id", Integer)
            highest = select(func.coalesce(func.max(ids), 0) + 1).select_from(table(name))
            await connection.execute(
                select(func.setval(sequence, highest.scalar_subquery(), false()))
            )
