"""Backing up: one snapshot of the whole store, written row by row."""

import gzip
from dataclasses import asdict
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Column, Date, Select, Text, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.files import written_aside
from desk.store import Store, Utc
from desk.store.backup_file import BATCH, FORMAT, Header, Watch, Writer, WrongDatabase
from desk.store.migrate import UnfitSchema, check_schema, revisions
from desk.store.tables import Base


async def backup(store: Store, file: Path, *, at: datetime, watch: Watch) -> Header:
    """Write every row as it is at this moment; the desk may go on working.

    The rows pass through one by one, so that a store of any size can be backed up.

    Raises:
        WrongDatabase: it is not at the newest schema.
        OSError: the file can't be written.
    """
    snapshot = (
        {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        if store.engine.dialect.name == "postgresql"
        else {}
    )
    async with store.read() as session:
        connection = await session.connection(execution_options=snapshot)
        header = await _header(connection, at)
        with (
            written_aside(file) as aside,
            gzip.GzipFile(filename="", fileobj=aside, mode="wb", compresslevel=6) as packed,
        ):
            writer = Writer(packed)
            writer.line(asdict(header))
            done = 0
            for one in Base.metadata.sorted_tables:
                kinds = {column.name: _kind(column) for column in one.columns}
                writer.line({"table": one.name, "columns": kinds})
                rows = await connection.stream(
                    _rows_of(list(one.columns)), execution_options={"yield_per": BATCH}
                )
                async for part in rows.partitions():
                    for row in part:
                        writer.line([_written(value) for value in row])
                    done += len(part)
                    watch(done, header.rows)
            writer.end(done)
    return header


async def _header(connection: AsyncConnection, at: datetime) -> Header:
    try:
        await check_schema(connection)
    except UnfitSchema as error:
        raise WrongDatabase(str(error)) from error
    counts = {
        one.name: await connection.scalar(select(func.count()).select_from(one)) or 0
        for one in Base.metadata.sorted_tables
    }
    return Header(
        format=FORMAT,
        revision=revisions()[-1],
        desk=version("acedesk"),
        at=at.isoformat(),
        tables=counts,
    )


def _kind(of: Column[Any]) -> str:
    for kind, sort in (("instant", Utc), ("date", Date), ("json", JSON)):
        if isinstance(of.type, sort):
            return kind
    return "plain"


def _rows_of(columns: list[Column[Any]]) -> Select[Any]:
    # JSON is taken as the text that it is: a null in JSON and none at all are two things.
    taken = (cast(one, Text) if isinstance(one.type, JSON) else one for one in columns)
    return select(*taken).order_by(*(one for one in columns if one.primary_key))


def _written(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
