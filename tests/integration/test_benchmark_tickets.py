"""The made-up tickets of the benchmark are what the desk itself would have kept."""

import asyncio
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.ticket_lives import NOW, lives
from benchmarks.ticket_store import sqlite_file
from desk.store import Store
from desk.tickets.models import Ticket
from desk.tickets.repair import repair

TICKETS = 300


async def test_the_repair_finds_nothing_to_mend(tmp_path: Path) -> None:
    database = await asyncio.to_thread(sqlite_file, tmp_path, TICKETS)
    store = Store(database.url)
    differences = [found async for batch in repair(store, now=NOW, write=False) for found in batch]
    async with store.read() as session:
        count = await session.scalar(select(func.count()).select_from(Ticket))
    await store.close()
    assert (count, differences) == (TICKETS, [])


def test_the_same_number_is_the_same_tickets() -> None:
    assert list(lives(1, TICKETS)) == list(lives(1, TICKETS))


def test_ids_are_in_the_order_of_opening_and_most_lives_have_ten_lines() -> None:
    made = list(lives(1, TICKETS))
    opened = [life.ticket["opened_at"] for life in made]
    assert opened == sorted(opened)
    assert sum(len(life.events) == 10 for life in made) > TICKETS * 0.9
