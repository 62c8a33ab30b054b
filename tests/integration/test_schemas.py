"""A desk and a database of different versions."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from desk.store import Store
from desk.store.migrate import (
    UnfitSchema,
    UnknownSchema,
    check_schema,
    migrate,
    migrate_down,
    revisions,
)
from tests.integration.conftest import DATABASES, NewDatabase

OLDER, NEWEST = revisions()[-2:]
NEWER = "9999"


async def at(store: Store, revision: str) -> None:
    """Make a database at a revision, or at one that only a newer desk could make."""
    await asyncio.to_thread(migrate, store.url)
    if revision == NEWER:
        async with store.write() as session:
            await session.execute(text(f"UPDATE alembic_version SET version_num = '{NEWER}'"))
    elif revision != NEWEST:
        await asyncio.to_thread(migrate_down, store.url, revision)


@pytest.fixture(params=DATABASES)
async def store(request: pytest.FixtureRequest, new_database: NewDatabase):
    made = Store(await new_database(request.param))
    yield made
    await made.close()


async def check(store: Store) -> None:
    async with store.engine.connect() as connection:
        await check_schema(connection)


async def test_the_newest_schema_is_the_one_to_work_with(store: Store) -> None:
    with pytest.raises(UnfitSchema, match=r"at schema none.*`acedesk migrate` brings it there"):
        await check(store)
    await at(store, NEWEST)
    await check(store)


async def test_an_older_and_an_unknown_schema_are_told_apart(store: Store) -> None:
    await at(store, OLDER)
    with pytest.raises(UnfitSchema, match=rf"at schema {OLDER}.*works with {NEWEST}") as caught:
        await check(store)
    assert not isinstance(caught.value, UnknownSchema)
    await at(store, NEWER)
    with pytest.raises(UnknownSchema, match=rf"at schema {NEWER}.*migrate --down {NEWEST}"):
        await check(store)


def acedesk(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "desk", *arguments],
        env=os.environ | {"ACEDESK_HOME": str(home), "ACEDESK_PORT": "0"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("revision", "commands", "says"),
    [
        (OLDER, ("serve", "worker"), "`acedesk migrate` brings it there"),
        (NEWER, ("serve", "worker", "up", "migrate"), "a newer version has used it"),
    ],
)
async def test_processes_refuse_a_database_that_they_do_not_know(
    tmp_path: Path, revision: str, commands: tuple[str, ...], says: str
) -> None:
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'acedesk.db'}")
    await at(store, revision)
    await store.close()
    for command in commands:
        done = await asyncio.to_thread(acedesk, tmp_path, command)
        assert done.returncode == 1
        assert done.stderr.startswith(f"Error: the database is at schema {revision}"), done.stderr
        assert says in done.stderr
