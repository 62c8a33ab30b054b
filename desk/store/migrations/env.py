"""Alembic's entry: connects as the desk does and runs the migrations in one transaction."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from desk.store import Store
from desk.store.tables import Base


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


async def _migrate(url: str) -> None:
    store = Store(url)
    async with store.engine.connect() as connection:
        await connection.run_sync(_run)
        await connection.commit()
    await store.close()


asyncio.run(_migrate(context.config.attributes["url"]))
