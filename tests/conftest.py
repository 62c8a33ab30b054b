"""What tests of several folders share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings

from desk.store import Store
from desk.store.tables import Base
from tests.traced import spans as spans

settings.register_profile("long", max_examples=20_000, deadline=None)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An empty SQLite store in a file of its own."""
    made = Store(f"sqlite+aiosqlite:///{tmp_path / 'desk.db'}")
    async with made.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield made
    await made.close()
