"""Alembic's entry: connects as the desk does and runs the migrations in one transaction."""

import asyncio
from typing import Any

from alembic import context
from sqlalchemy import Connection, event

from desk.store import Store
from desk.store.tables import Base


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise RuntimeError(f"rows refer to what is not there: {broken[:5]}")


def _leave_references_alone(connection: Any, _record: object) -> None:
    # SQLite changes a column by making the table anew; while its references are enforced, that
    # would take with it, or stumble over, whatever refers to the table. They are checked above.
    connection.cursor().execute("PRAGMA foreign_keys = OFF")


async def _migrate(url: str) -> None:
    store = Store(url)
    if store.engine.dialect.name == "sqlite":
        event.listen(store.engine.sync_engine, "connect", _leave_references_alone)
    try:
        async with store.engine.connect() as connection:
            await connection.run_sync(_run)
            await connection.commit()
    finally:
        await store.close()


asyncio.run(_migrate(context.config.attributes["url"]))
