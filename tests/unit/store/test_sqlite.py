"""A connection to SQLite gives its rows in whichever way they are asked for, and waits its turn."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from desk.store import sqlite as room
from desk.store.sqlite import BEGIN_WRITING, Connection, begin, connect


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[Connection]:
    made = await connect(str(tmp_path / "a.db"))
    await made.cursor().execute("CREATE TABLE t (n INTEGER)")
    await made.cursor().executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(1200)])
    await made.commit()
    yield made
    await made.close()


async def test_all_rows_come_whether_few_or_many(connection):
    for count in (0, 1, 499, 500, 501, 1200):
        cursor = await connection.cursor().execute("SELECT n FROM t LIMIT ?", (count,))
        assert [row[0] for row in await cursor.fetchall()] == list(range(count))
        assert await cursor.fetchall() == []
        await cursor.close()


@pytest.mark.parametrize("size", [1, 7, 499, 500, 501, 2000])
async def test_rows_come_in_pieces_in_their_order(connection, size):
    cursor = await connection.cursor().execute("SELECT n FROM t")
    rows = []
    while piece := await cursor.fetchmany(size):
        assert len(piece) <= size
        rows += [row[0] for row in piece]
    assert rows == list(range(1200))
    await cursor.close()


async def test_a_statement_tells_what_it_did(connection):
    cursor = await connection.cursor().execute("INSERT INTO t VALUES (9)")
    assert (cursor.rowcount, cursor.description) == (1, None)
    assert cursor.lastrowid == 1201
    cursor = await connection.cursor().execute("SELECT n AS number FROM t LIMIT 1")
    assert cursor.description[0][0] == "number"
    assert await cursor.fetchone() == (0,)
    assert await cursor.fetchone() is None
    with pytest.raises(sqlite3.OperationalError):
        await connection.cursor().execute("SELECT nothing FROM t")


async def test_what_is_brief_stays_in_the_event_loop(connection):
    connection._conn.create_function("here", 0, threading.get_ident)
    loop = threading.get_ident()
    for brief in (False, True, False):
        connection.brief = brief
        cursor = await connection.cursor().execute("SELECT here()")
        [(thread,)] = await cursor.fetchall()
        assert (thread == loop) == brief


async def test_waiting_for_another_writer_keeps_nobody_else_waiting(tmp_path, connection):
    other = await connect(str(tmp_path / "a.db"))
    other.brief = connection.brief = True
    await other.cursor().execute(BEGIN_WRITING)
    waiting = asyncio.create_task(connection.cursor().execute(BEGIN_WRITING))
    for _ in range(20):
        began = time.monotonic()
        await asyncio.sleep(0.005)
        assert time.monotonic() - began < 1
    assert not waiting.done()
    await other.commit()
    await waiting
    await connection.commit()
    await other.close()


async def test_a_brief_transaction_is_undone(connection):
    connection.brief = True
    await connection.cursor().execute(BEGIN_WRITING)
    await connection.cursor().execute("DELETE FROM t")
    await connection.rollback()
    cursor = await connection.cursor().execute("SELECT count(*) FROM t")
    assert await cursor.fetchall() == [(1200,)]


def test_a_writer_begins_as_soon_as_the_other_has_ended(tmp_path):
    one, other = (
        sqlite3.connect(tmp_path / "b.db", isolation_level=None, check_same_thread=False)
        for _ in range(2)
    )
    begin(one)
    threading.Timer(0.2, lambda: one.execute("COMMIT")).start()
    began = time.monotonic()
    begin(other)
    assert 0.1 < time.monotonic() - began < 5
    assert other.execute("PRAGMA busy_timeout").fetchone() == (10_000,)
    other.execute("COMMIT")
    one.close()
    other.close()


def test_a_writer_gives_up_after_a_while(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "BUSY_S", 0.1)
    one, other = (sqlite3.connect(tmp_path / "c.db", isolation_level=None) for _ in range(2))
    begin(one)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        begin(other)
    one.close()
    other.close()


async def test_connections_take_turns(tmp_path):
    first, second = [await connect(str(tmp_path / "d.db")) for _ in range(2)]
    order: list[int] = []

    async def write(made: Connection, number: int) -> None:
        for _ in range(20):
            await made.cursor().execute("BEGIN IMMEDIATE")
            order.append(number)
            await made.commit()
            await asyncio.sleep(0)

    await asyncio.gather(write(first, 1), write(second, 2))
    assert order.count(1) == order.count(2) == 20
    await first.close()
    await second.close()
