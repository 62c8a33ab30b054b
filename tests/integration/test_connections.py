"""Connections to a server that may go away."""

import pytest
from sqlalchemy import text

from desk.store import Store


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_a_rested_connection_that_its_server_dropped_is_replaced(
    migrated: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.store.engine._RESTED_S", 0.0)
    async with migrated.read() as session:
        before = await session.scalar(text("SELECT pg_backend_pid()"))
    another = Store(migrated.url)
    async with another.read() as session:
        await session.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": before})
    await another.close()
    async with migrated.read() as session:
        assert await session.scalar(text("SELECT pg_backend_pid()")) != before
