"""Two workers over one store and one mailbox, as when `acedesk worker` was started twice."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from desk.conversations.models import InboundMail
from desk.store import Store
from desk.tickets.models import Ticket
from tests.dovecot import Dovecot, serving
from tests.e2e.stack import free_port
from tests.sockets import sockets
from tests.unit.mail.mails import raw


@pytest.fixture
def server() -> Iterator[Dovecot]:
    with serving() as started:
        yield started


@pytest.fixture
def workers(
    migrated: Store, tmp_path: Path, server: Dovecot
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two processes that can reach no bot."""
    environment = os.environ | {
        "ACEDESK_HOME": str(tmp_path),
        "ACEDESK_DATABASE_URL": migrated.engine.url.render_as_string(hide_password=False),
        "ACEDESK_BOT_PORT": str(free_port()),
        "ACEDESK_MAILBOXES": server.url,
    }
    command = [sys.executable, "-m", "desk", "worker"]
    started = [subprocess.Popen(command, env=environment) for _ in range(2)]
    yield started
    for process in started:
        process.kill()
        process.wait()


async def until(store: Store, count: int) -> None:
    async with asyncio.timeout(60):
        while await count_of(store, InboundMail) < count:
            await asyncio.sleep(0.1)


async def count_of(store: Store, table: type[InboundMail | Ticket]) -> int:
    async with store.read() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


def reads(worker: subprocess.Popen[bytes], server: Dovecot) -> bool:
    """Whether a worker is connected to the mailbox."""
    return any(there == server.port for _, there in sockets(worker.pid))


async def test_one_of_two_workers_reads_a_mailbox_and_the_other_goes_on_when_it_dies(
    migrated, server, workers
):
    first = [raw("Where is ES-003?", Message_ID=f"<{n}@importer.example>") for n in range(5)]
    await asyncio.to_thread(server.deliver, *first)
    await until(migrated, 5)
    await asyncio.sleep(3)
    (reader,) = [one for one in workers if reads(one, server)]
    reader.kill()
    reader.wait()
    second = [raw("And ES-004?", Message_ID=f"<{n}@other.example>") for n in range(5)]
    await asyncio.to_thread(server.deliver, *second)
    await until(migrated, 10)
    await asyncio.sleep(1)
    assert await count_of(migrated, InboundMail) == 10
