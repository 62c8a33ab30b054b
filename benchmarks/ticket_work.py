"""What the desk does with tickets, timed through its own services from one process."""

import asyncio
import sqlite3
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import asyncpg
from sqlalchemy import insert

from benchmarks.ticket_lives import ANALYSTS, NOW
from benchmarks.ticket_store import Database
from desk.conversations.analysts import reply_to_requester
from desk.conversations.models import Conversation
from desk.store import Store
from desk.tickets import work
from desk.tickets.ledger import Actor, Write
from desk.tickets.service import Opening, open_queue, open_ticket, processed

PAGE = 50
"""Tickets on a page of the queue."""
_NAMESPACE = "bench"
_SUMMARY = "We need another user added to our account, she starts on Monday and runs the reports."


@dataclass(frozen=True, kw_only=True)
class Speed:
    """How fast something was done, again and again."""

    a_second: float
    p50: float
    """Milliseconds, as p95."""
    p95: float


def speed(took: list[float], seconds: float) -> Speed:
    """From the seconds of each and the seconds in all."""
    return Speed(
        a_second=len(took) / seconds,
        p50=statistics.median(took) * 1e3,
        p95=statistics.quantiles(took, n=20)[-1] * 1e3,
    )


def median(speeds: list[Speed]) -> Speed:
    """The middle of several runs, figure by figure."""
    return Speed(
        a_second=statistics.median(speed.a_second for speed in speeds),
        p50=statistics.median(speed.p50 for speed in speeds),
        p95=statistics.median(speed.p95 for speed in speeds),
    )


async def opening(database: Database, *, count: int, tasks: int, runs: int) -> Speed:
    """Open tickets, each in a transaction of its own, in conversations that are there already."""
    speeds = []
    async with _store(database) as store:
        for _ in range(runs):
            conversations = await _conversations(store, count)
            jobs = [_opening(store, conversation) for conversation in conversations]
            speeds.append(await _timed(jobs, tasks))
    return median(speeds)


async def working(database: Database, *, count: int, tasks: int, runs: int) -> Speed:
    """Take, answer and resolve tickets, three writes each; the figures are those of one write."""
    speeds = []
    async with _store(database) as store:
        for _ in range(runs):
            opened = [
                await _opening(store, conversation)()
                for conversation in await _conversations(store, count)
            ]
            jobs = [_writing(store, ticket_id) for ticket_id in opened]
            lives = await _timed(jobs, tasks)
            speeds.append(Speed(a_second=3 * lives.a_second, p50=lives.p50 / 3, p95=lives.p95 / 3))
    return median(speeds)


async def listing(database: Database, *, runs: int) -> float:
    """Milliseconds for the first page of the open queue, with the clock of each ticket."""
    store = Store(database.url)

    async def list_page() -> None:
        async with store.read() as session:
            page = await open_queue(session, limit=PAGE)
            await processed(session, page)

    took = await repeated(list_page, runs=runs)
    await store.close()
    return took


async def repeated(job: Callable[[], Awaitable[object]], *, runs: int) -> float:
    """The median of the milliseconds that something takes, after a first time that is not counted.

    The first time fills the caches and connects.
    """
    await job()
    took = []
    for _ in range(runs):
        began = time.perf_counter()
        await job()
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1e3


# --- Jobs -----------------------------------------------------------------------------------

type Job = Callable[[], Awaitable[int]]


def _opening(store: Store, conversation_id: str) -> Job:
    async def job() -> int:
        given = Opening(
            idempotency_key=uuid4().hex,
            conversation_id=conversation_id,
            language="en",
            channel="chat",
            category="account",
            topic="users",
            article=None,
            requester={"name": "Ana Garza", "email": "ana@example.com", "company": "Example Inc"},
            details={"since": "this morning", "browser": "Chrome"},
            summary=_SUMMARY,
            trail=[{"at": NOW.isoformat(), "message": 1, "intent": "users", "confidence": 0.81}],
            is_test=False,
            actor="bot",
        )
        async with store.write() as session:
            ticket = await open_ticket(session, given, now=NOW)
        return ticket.id

    return job


def _writing(store: Store, ticket_id: int) -> Job:
    actor = Actor(kind="analyst", user_id=1 + ticket_id % ANALYSTS)

    def write(minutes: int) -> Write:
        return Write(key=uuid4().hex, actor=actor, now=NOW + timedelta(minutes=minutes))

    async def job() -> int:
        async with store.write() as session:
            await work.take(session, ticket_id, write(5))
        async with store.write() as session:
            await reply_to_requester(session, ticket_id, write(9), text="I am looking into it.")
        async with store.write() as session:
            await work.resolve(session, ticket_id, write(30), code="done", notes="User added.")
        return ticket_id

    return job


async def _timed(jobs: Iterable[Job], tasks: int) -> Speed:
    waiting = iter(jobs)
    took: list[float] = []

    async def one_task() -> None:
        for job in waiting:
            began = time.perf_counter()
            await job()
            took.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(one_task() for _ in range(tasks)))
    return speed(took, time.perf_counter() - began)


# --- Before and after -----------------------------------------------------------------------


@asynccontextmanager
async def _store(database: Database) -> AsyncIterator[Store]:
    """The database, warm; what is added to it in the meantime is gone afterwards."""
    store = Store(database.url)
    try:
        warm = [_opening(store, conversation) for conversation in await _conversations(store, 128)]
        await _timed(warm, 32)
        yield store
    finally:
        await store.close()
        if database.system == "SQLite":
            _forget_in_sqlite(database)
        else:
            await _forget_in_postgres(database)


async def _conversations(store: Store, count: int, *, at: datetime = NOW) -> list[str]:
    rows = [
        {
            "id": uuid4().hex,
            "namespace": _NAMESPACE,
            "sender": uuid4().hex,
            "channel": "chat",
            "language": "en",
            "state": "waiting",
            "created_at": at,
            "waiting_since": at,
            "changed_at": at,
        }
        for _ in range(count)
    ]
    async with store.write() as session:
        await session.execute(insert(Conversation), rows)
    return [row["id"] for row in rows]


def _forgetting(last: int) -> list[str]:
    return [
        *(
            f"DELETE FROM {table} WHERE ticket_id > {last}"
            for table in ("sla_episode", "outbox_item", "ticket_event")
        ),
        f"DELETE FROM ticket WHERE id > {last}",
        "DELETE FROM message WHERE conversation_id IN "
        f"(SELECT id FROM conversation WHERE namespace = '{_NAMESPACE}')",
        f"DELETE FROM conversation WHERE namespace = '{_NAMESPACE}'",
    ]


async def _forget_in_postgres(database: Database) -> None:
    connection = await asyncpg.connect(database.where)
    # The log can't be changed by its own rules, and its triggers say so.
    await connection.execute("SET session_replication_role = replica")
    for statement in _forgetting(database.tickets):
        await connection.execute(statement)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


def _forget_in_sqlite(database: Database) -> None:
    with closing(sqlite3.connect(database.where)) as connection, connection:
        triggers = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in _forgetting(database.tickets):
            connection.execute(statement)
        for _, definition in triggers:
            connection.execute(definition)
