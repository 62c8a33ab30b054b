"""kill -9 at random points of many writes: no acknowledged one is lost, none is made twice."""

import asyncio
import os
import random
import signal
import sys
from datetime import UTC, datetime

from sqlalchemy import func, select

from desk.settings import PROJECT
from desk.store import Store
from desk.tickets.models import Ticket, TicketEvent, TicketNote
from desk.tickets.repair import repair
from tests.integration.writer import A_TICKET

WRITES, KILLS, LONGEST_S = (10_000, 100, 1.0) if os.environ.get("ACEDESK_PROVE") else (300, 6, 0.4)
"""A writer is killed at some moment of its first so many seconds of writing."""


async def until_killed(url: str, first: int, *, seconds: float | None) -> set[int]:
    """Let a writer go on from a write, kill it after a while; what it has acknowledged."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.writer", url, str(first), str(WRITES),
        cwd=PROJECT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    began = await process.stdout.readline()
    if seconds is not None:
        await asyncio.sleep(seconds)
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
    rest = await process.stdout.read()
    assert await process.wait() in ((0,) if seconds is None else (0, -signal.SIGKILL))
    # A line that was cut off in the middle was not heard of.
    heard = (began + rest).rpartition(b"\n")[0].split()
    return {int(number) for number in heard}


async def test_no_acknowledged_write_is_lost_and_none_is_made_twice(migrated: Store) -> None:
    rng = random.Random(11)
    acknowledged: set[int] = set()
    for seconds in [*(rng.uniform(0, LONGEST_S) for _ in range(KILLS)), None]:
        first = next((n for n in range(WRITES) if n not in acknowledged), WRITES)
        acknowledged |= await until_killed(migrated.url, first, seconds=seconds)
    assert acknowledged == set(range(WRITES))

    async with migrated.read() as session:
        keys = list(await session.scalars(select(TicketEvent.id).order_by(TicketEvent.id)))
        tickets = list(await session.scalars(select(Ticket)))
        notes = await session.scalar(select(func.count()).select_from(TicketNote))
    assert sorted(keys) == sorted(f"w{number}" for number in range(WRITES))
    assert len(tickets) == notes == WRITES // A_TICKET
    assert {ticket.state for ticket in tickets} == {"resolved"}
    assert [d async for batch in repair(migrated, now=datetime.now(UTC), write=False)
            for d in batch] == []  # fmt: skip
