"""Every step of the schema, up and down, on a database that is in use."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, bindparam, inspect, text
from sqlalchemy.exc import DBAPIError

from desk.store import Store, Utc
from desk.store.migrate import migrate, migrate_down, revisions
from desk.store.tables import Base
from desk.tickets.repair import repair, without_episodes
from tests.integration.conftest import DATABASES, NewDatabase

OLD = "0003"
OPENED = datetime(2026, 3, 7, 9, 30, 15, 123456, tzinfo=UTC)
SORTS = (
    ("reports", "normal", "es", "chat", None),
    ("outage", "high", "en", "desk", None),
    ("outage", "high", "en", "chat", 2),
    ("sign_in", "urgent", "en", "phone", None),
    ("security", "urgent", "es", "email", None),
    ("payments", "low", "en", "chat", None),
    ("cargo", "high", "es", "email", None),
)
"""Category, priority, language, channel and parent of the tickets, whose ids count from 1."""
APPEND_ONLY = {"ticket_event": "seq", "outage_status": "scope"}
"""Tables that only grow, and a column of each."""


def at(hours: float) -> datetime:
    return OPENED + timedelta(hours=hours)


def insert(connection: Connection, table: str, **values: Any) -> None:
    names = [f'"{name}"' for name in values]
    given = {
        name: json.dumps(value) if isinstance(value, list | dict) else value
        for name, value in values.items()
    }
    places = [
        f"CAST(:{name} AS JSON)"
        if isinstance(value, list | dict) and connection.dialect.name == "postgresql"
        else f":{name}"
        for name, value in values.items()
    ]
    statement = text(f'INSERT INTO "{table}" ({", ".join(names)}) VALUES ({", ".join(places)})')
    instants = [name for name, value in values.items() if isinstance(value, datetime)]
    connection.execute(
        statement.bindparams(*(bindparam(name, type_=Utc()) for name in instants)), given
    )


def fill(connection: Connection) -> None:
    """What a desk of the old schema has after some days."""
    for number, role in enumerate(("admin", "analyst"), start=1):
        insert(
            connection, "user", id=number, email=f"u{number}@desk.example", role=role,
            language="es", password_hash="$argon2id$", must_change_password=number == 1,
            created_at=OPENED,
        )  # fmt: skip
    insert(connection, "sign_in", token_hash="f" * 64, user_id=2, expires_at=at(12))
    for number, (category, priority, language, channel, parent) in enumerate(SORTS, start=1):
        conversation = f"{number:032x}"
        insert(
            connection, "conversation", id=conversation, namespace="rest", sender=f"s{number}",
            channel=channel, token_hash=None, language=language, language_locked=False,
            state="waiting", epoch=number, is_test=number == 6, created_at=at(number), last_seq=2,
        )  # fmt: skip
        for seq, actor in ((1, "visitor"), (2, "bot")):
            insert(
                connection, "message", id=f"{number:030x}{seq:02}", conversation_id=conversation,
                seq=seq, at=at(number), actor=actor, text=f"¿Ñandú {number}/{seq}? “ok”",
                language=language, payload=None, buttons=[{"title": "Sí", "payload": "/si"}],
                custom=None if seq == 1 else {"kind": "handoff"}, client_id=None, masked=["ssn"],
                reply_to=None, answered_at=None if number == 7 else at(number),
                evidence={"intent": "reports"} if seq == 1 else None,
            )  # fmt: skip
        insert(
            connection, "ticket", id=number, number=f"ASD-{number:06d}",
            idempotency_key=f"k{number}", conversation_id=conversation, state="new",
            language=language, channel=channel, category=category, priority=priority,
            article="es-003" if number == 1 else None,
            requester={"name": "Núñez", "email": "n@x.example"}, summary=f"Asunto {number}",
            trail=[{"intent": "reports"}], is_test=number == 6, opened_at=at(number),
            processed_due=at(number + 4), parent_id=parent, details={"report": "ES-003"},
        )  # fmt: skip
        told = {"category": category, "priority": priority}
        insert(
            connection, "ticket_event", id=f"e{number}", ticket_id=number, seq=1, at=at(number),
            recorded_at=at(number), kind="opened", actor="customer",
            payload=told | ({"parent": f"ASD-{parent:06d}"} if parent else {}),
        )  # fmt: skip
    insert(
        connection, "handoff_draft", conversation_id=f"{7:032x}", started_at=at(7),
        updated_at=at(7), idempotency_key="k8", category="reports", priority="normal",
        article=None, asks=["story", "email", "confirm"], asking="email", answered_by=None,
        fields={"story": "¿Por qué?"},
    )  # fmt: skip
    insert(connection, "outage", id=1, started_at=at(2), ended_at=at(9), is_test=False, parent_id=2)
    insert(
        connection, "outage_status", id=1, outage_id=1, text_en="Slow", text_es="Lento",
        scope="portal", posted_at=at(2), until=at(4), posted_by="u2@desk.example",
    )  # fmt: skip
    if connection.dialect.name == "postgresql":
        for table in ("user", "ticket", "outage", "outage_status"):
            connection.execute(
                text(f"SELECT setval(pg_get_serial_sequence('\"{table}\"', 'id'), 100)")
            )


def content(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, by column; JSON as values."""
    found = {}
    for table in inspect(connection).get_table_names():
        columns = {
            column["name"]: column["type"] for column in inspect(connection).get_columns(table)
        }
        rows = connection.execute(text(f'SELECT * FROM "{table}"')).mappings()
        found[table] = sorted(
            ({name: plain(row[name], str(kind)) for name, kind in columns.items()} for row in rows),
            key=in_order,
        )
    return found


def in_order(row: dict[str, Any]) -> str:
    return json.dumps(row, sort_keys=True, default=str)


def plain(value: Any, kind: str) -> Any:
    if kind == "JSON" and isinstance(value, str):
        return json.loads(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(" ").removesuffix("+00:00")
    return value


class Desk:
    """A database of its own, moved from one schema to another."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.store = Store(url)

    async def up(self, revision: str = "head") -> None:
        await asyncio.to_thread(migrate, self.url, revision)

    async def down(self, revision: str) -> None:
        await asyncio.to_thread(migrate_down, self.url, revision)

    async def look(self, how: Any) -> Any:
        """What a function of a connection returns; on one that has not seen the schema before."""
        await self.store.engine.dispose()
        async with self.store.write() as session:
            return await (await session.connection()).run_sync(how)


@pytest.fixture(params=DATABASES)
async def desk(request: pytest.FixtureRequest, new_database: NewDatabase) -> AsyncIterator[Desk]:
    """A desk of the old schema, filled."""
    made = Desk(await new_database(request.param))
    await made.up(OLD)
    await made.look(fill)
    yield made
    await made.store.close()


async def assert_append_only(desk: Desk) -> None:
    rows = await desk.look(content)
    for table, column in APPEND_ONLY.items():
        if not rows.get(table):
            continue
        for change in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
            with pytest.raises(DBAPIError, match="never changed"):
                await desk.look(lambda connection, change=change: connection.execute(text(change)))


async def assert_repaired(desk: Desk) -> None:
    """The caches are rebuilt from the log, once."""
    await desk.store.engine.dispose()
    async with desk.store.read() as session:
        assert await without_episodes(session)
    async for _ in repair(desk.store, now=at(30), write=True):
        pass
    async with desk.store.read() as session:
        assert not await without_episodes(session)
    async for differences in repair(desk.store, now=at(30), write=False):
        assert differences == []


async def test_nothing_is_lost_on_the_way_up(desk: Desk) -> None:
    before = await desk.look(content)
    await desk.up()
    after = await desk.look(content)
    for table, rows in before.items():
        if table == "alembic_version" or not rows:
            continue
        gone = set(rows[0]) - set(after[table][0])
        assert gone <= {"number", "processed_due"}
        if table == "ticket_event":
            # The first line tells more than it did: see below.
            gone = {"payload"}
        columns = set(rows[0]) - gone
        kept = [{name: row[name] for name in columns} for row in after[table]]
        expected = [{name: row[name] for name in columns} for row in rows]
        assert sorted(kept, key=in_order) == sorted(expected, key=in_order), table
    for (category, priority, *_, parent), row in zip(
        SORTS, sorted(after["ticket_event"], key=lambda row: row["ticket_id"]), strict=True
    ):
        told = row["payload"]
        assert (told["category"], told["priority"], told["parent_id"]) == (
            category,
            priority,
            parent,
        )
    await assert_repaired(desk)
    clocks = (await desk.look(content))["sla_episode"]
    assert {row["ticket_id"] for row in clocks} == set(range(1, len(SORTS) + 1))
    due = {row["ticket_id"]: row["due"] for row in clocks if row["metric"] == "processed"}
    for row in before["ticket"]:
        assert due[row["id"]] == row["processed_due"], "the contract's clock is what it was"


async def test_the_schema_is_that_of_the_models_after_every_way_up(desk: Desk) -> None:
    def differences(connection: Connection) -> list[Any]:
        return compare_metadata(MigrationContext.configure(connection), Base.metadata)

    await desk.up()
    assert await desk.look(differences) == []
    await desk.down(revisions()[0])
    await desk.up()
    assert await desk.look(differences) == []


async def test_each_step_down_and_up_again_keeps_what_the_older_schema_holds(desk: Desk) -> None:
    kept = {OLD: await desk.look(content)}
    for revision in revisions()[revisions().index(OLD) + 1 :]:
        await desk.up(revision)
        kept[revision] = await desk.look(content)
        await assert_append_only(desk)
    for revision in reversed(list(kept)[:-1]):
        above = revisions()[revisions().index(revision) + 1]
        await desk.down(revision)
        assert await desk.look(content) == kept[revision], f"down to {revision}"
        await assert_append_only(desk)
        await desk.up(above)
        await assert_append_only(desk)
        assert await desk.look(content) == kept[above], f"up again to {above}"
        await desk.down(revision)
    for revision in reversed(revisions()[: revisions().index(OLD)]):
        await desk.down(revision)
        rows = await desk.look(content)
        assert len(rows["ticket"]) == len(rows["ticket_event"]) == len(SORTS)
        assert len(rows["message"]) == 2 * len(SORTS)
        await assert_append_only(desk)
    await desk.up()
    rows = await desk.look(content)
    assert len(rows["ticket"]) == len(SORTS)
    await assert_append_only(desk)
    await assert_repaired(desk)
