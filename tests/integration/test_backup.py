"""Backups, from and into either database."""

import asyncio
import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import JSON, Text, cast, select

from desk.accounts import second_factor, sign_ins
from desk.accounts.models import SignInThrottle, User
from desk.attachments.models import Attachment
from desk.audit.service import account
from desk.conversations.models import Satisfaction
from desk.knowledge.files import read_folder
from desk.knowledge.service import import_articles
from desk.settings import PROJECT
from desk.store import Store
from desk.store.backup import backup
from desk.store.backup_file import UnusableBackup, WrongDatabase
from desk.store.migrate import migrate
from desk.store.restore import read_header, restore
from desk.store.tables import Base
from desk.tickets import work
from desk.tickets.ledger import Actor
from desk.tickets.repair import repair
from tests import desks
from tests.desks import Person
from tests.integration.conftest import DATABASES, NewDatabase

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


FILLED = {
    "article_version", "attachment", "audit_entry", "conversation", "handoff_draft", "message",
    "outage", "outage_status", "outbox_item", "pending_sign_in", "recovery_code", "satisfaction",
    "second_factor", "sign_in", "sign_in_throttle", "sla_episode", "ticket", "ticket_event",
    "ticket_note", "user",
}  # fmt: skip
"""Tables that `fill` puts rows into."""


async def ready(new_database: NewDatabase, kind: str) -> Store:
    url = await new_database(kind)
    await asyncio.to_thread(migrate, url)
    return Store(url)


async def fill(store: Store) -> None:
    """Some rows in every table, and references to later rows of the same table."""
    first = await desks.case(store, Person(), sender="luz")
    second = await desks.case(store, Person(email="al@x.example"), sender="al", done=False)
    third = await desks.case(store, Person(email="bo@x.example"), sender="bo", done=False)
    await desks.draft_only(store, Person(), sender="half")
    await desks.outage(store)
    by = await desks.analyst(store)
    articles = list(read_folder(PROJECT / "data" / "kb"))[:4]
    async with store.write() as session:
        await import_articles(session, articles)
        user = await session.get_one(User, by)
        await sign_ins.begin(session, user, browser="Firefox", how="password", now=NOW)
        await sign_ins.suspend(session, user_id=by, now=NOW, detail={"how": "openid"})
        key = Fernet.generate_key().decode().rstrip("=")
        await second_factor.propose(session, by, key=key)
        await second_factor.renew_codes(session, by, key=key, now=NOW)
        session.add(SignInThrottle(key="0" * 64, failures=3, last_at=NOW))
        account(session, "opened", "attachment/1", by=Actor(kind="system"), now=NOW, ticket=1)
        session.add(
            Attachment(
                ticket_id=first.ticket_id,
                event_id="file",
                name="año.pdf",
                media_type="application/pdf",
                size=1,
                at=NOW,
                actor="system",
            )
        )
        session.add(
            Satisfaction(
                ticket_id=first.ticket_id, score=5, comment="¡Gracias!", at=NOW, language="es",
                channel="chat",
            )
        )  # fmt: skip
        write = desks.writes("up", by=by, now=datetime.now(UTC))
        await work.escalate(session, third.ticket_id, write)
        write = desks.writes("under", by=by, now=datetime.now(UTC))
        await work.put_under(session, second.ticket_id, write, parent=third.ticket_id)
        write = desks.writes("merge", by=by, now=datetime.now(UTC))
        await work.merge(session, second.ticket_id, write, into=third.ticket_id)
    assert first.ticket_id < second.ticket_id < third.ticket_id


async def rows_of(store: Store) -> dict[str, list[Any]]:
    """Every row; JSON as it is written."""
    found = {}
    async with store.read() as session:
        for table in Base.metadata.sorted_tables:
            columns = [
                cast(column, Text) if isinstance(column.type, JSON) else column
                for column in table.columns
            ]
            rows = (tuple(row) for row in await session.execute(select(*columns)))
            found[table.name] = sorted(rows, key=str)
    return found


def folder(path: Path) -> list[Path]:
    return list(path.iterdir())


def nothing(done: int, total: int) -> None:
    assert done <= total


@pytest.mark.parametrize("into", DATABASES)
@pytest.mark.parametrize("source", DATABASES)
async def test_everything_comes_back_in_either_database(
    source: str, into: str, new_database: NewDatabase, tmp_path: Path
) -> None:
    store, empty = await ready(new_database, source), await ready(new_database, into)
    await fill(store)
    file = tmp_path / "desk.backup"
    made = await backup(store, file, at=NOW, watch=nothing)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.suffix for path in folder(tmp_path) if "backup" in path.name] == [".backup"]
    assert [name for name, rows in made.tables.items() if not rows and name in FILLED] == []
    assert read_header(file) == made == await restore(empty, file, watch=nothing)
    assert await rows_of(empty) == await rows_of(store)
    async for differences in repair(empty, now=datetime.now(UTC), write=False):
        assert differences == []
    later = await desks.case(empty, Person(), sender="later")
    assert later.ticket_id == made.tables["ticket"] + 1
    for one in (store, empty):
        await one.close()


async def test_what_happens_meanwhile_is_not_in_it(migrated: Store, tmp_path: Path) -> None:
    await desks.case(migrated, Person(), sender="luz")
    file = tmp_path / "desk.backup"
    going = asyncio.Event()
    writing: list[asyncio.Task[Any]] = []

    def write_beside(done: int, total: int) -> None:
        if not going.is_set():
            going.set()
            writing.append(asyncio.create_task(desks.case(migrated, Person(), sender="beside")))

    header = await backup(migrated, file, at=NOW, watch=write_beside)
    await asyncio.gather(*writing)
    with gzip.open(file) as packed:
        kept = [line for line in map(json.loads, packed) if isinstance(line, list)]
    assert header.tables["ticket"] == 1
    assert len(kept) == header.rows


async def test_a_database_that_is_not_ready_is_left_alone(
    migrated: Store, new_database: NewDatabase, tmp_path: Path
) -> None:
    file = tmp_path / "desk.backup"
    await desks.case(migrated, Person(), sender="luz")
    await backup(migrated, file, at=NOW, watch=nothing)
    before = await rows_of(migrated)
    with pytest.raises(WrongDatabase, match="not empty"):
        await restore(migrated, file, watch=nothing)
    assert await rows_of(migrated) == before
    bare = Store(await new_database("sqlite"))
    with pytest.raises(WrongDatabase, match="schema"):
        await restore(bare, file, watch=nothing)
    with pytest.raises(WrongDatabase, match="acedesk migrate"):
        await backup(bare, tmp_path / "other", at=NOW, watch=nothing)
    assert not (tmp_path / "other").exists()
    await bare.close()


def packed(lines: list[bytes]) -> bytes:
    return gzip.compress(b"".join(lines))


async def test_a_damaged_file_is_refused_and_nothing_is_written(
    new_database: NewDatabase, tmp_path: Path
) -> None:
    store, empty = await ready(new_database, "sqlite"), await ready(new_database, "sqlite")
    await desks.case(store, Person(), sender="luz")
    file = tmp_path / "desk.backup"
    await backup(store, file, at=NOW, watch=nothing)
    whole = file.read_bytes()
    lines = gzip.decompress(whole).splitlines(keepends=True)
    row = next(number for number, line in enumerate(lines) if b"Luz Vega" in line)
    for damaged in (
        whole[: len(whole) // 2],
        whole[:-9],
        whole[:200] + bytes(50) + whole[250:],
        packed(lines[:-1]),
        packed([*lines[:row], *lines[row + 1 :]]),
        packed([*lines[:row], lines[row].replace(b"Luz Vega", b"Sol Vega"), *lines[row + 1 :]]),
        packed([*lines, lines[row]]),
        packed([lines[0].replace(b'"revision":"', b'"revision":"9'), *lines[1:]]),
        b"",
        b"plain text",
        gzip.compress(b"[]"),
    ):
        file.write_bytes(damaged)
        with pytest.raises(UnusableBackup):
            await restore(empty, file, watch=nothing)
    assert not any((await rows_of(empty)).values())
    file.write_bytes(whole)
    await restore(empty, file, watch=nothing)
    for one in (store, empty):
        await one.close()
