"""Announcements on each database: many workers at once, workers that are killed, bad receivers."""

import asyncio
import os
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from desk.accounts.models import User
from desk.conversations import drafts
from desk.conversations.models import Message
from desk.conversations.opening import conversation_of_sender
from desk.outbox import delivery
from desk.outbox.delivery import deliver
from desk.outbox.models import OutboxItem
from desk.outbox.senders import Webhook
from desk.outbox.service import put
from desk.settings import PROJECT
from desk.store import Store
from desk.tickets import work
from desk.tickets.announce import announce_due
from desk.tickets.closing import close_old
from desk.tickets.ledger import Actor, Write
from desk.tickets.models import Ticket, TicketEvent
from desk.tickets.repair import repair
from desk.tickets.service import Opening, open_ticket
from desk.worker import finish_idle_drafts
from tests.receiver import Received, Receiver, receiving

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECRET = "a secret of some length"
WORKERS = 4
BY_SHARE = {
    0.75: "sla.warning", 0.9: "sla.warning", 1.0: "sla.breached", 1.25: "sla.escalated",
}  # fmt: skip


@pytest.fixture
async def stores(migrated: Store) -> AsyncIterator[list[Store]]:
    """The same database as several processes have it: no lock of a process is between them."""
    url = migrated.engine.url.render_as_string(hide_password=False)
    made = [Store(url) for _ in range(WORKERS)]
    yield made
    for store in made:
        await store.close()


async def open_tickets(store: Store, opened_at: list[datetime]) -> list[int]:
    async with store.write() as session:
        conversation = await conversation_of_sender(session, "v", channel="chat", is_test=False)
        opening = {
            "conversation_id": conversation.id,
            "language": "en",
            "channel": "chat",
            "category": "reports",
            "article": None,
            "requester": {},
            "summary": "",
            "trail": [],
            "is_test": False,
            "actor": "customer",
        }
        return [
            (await open_ticket(session, Opening(idempotency_key=uuid4().hex, **opening), now=at)).id
            for at in opened_at
        ]


async def outbox(store: Store) -> list[OutboxItem]:
    async with store.read() as session:
        return list(await session.scalars(select(OutboxItem).order_by(OutboxItem.id)))


async def until_done(go) -> int:
    """Go on, as a worker does, until several rounds in a row have found nothing."""
    total = idle = 0
    while idle < 3:
        count = await go()
        total += count
        idle = 0 if count else idle + 1
        await asyncio.sleep(0.02 * random.random())
    return total


async def test_many_workers_announce_each_milestone_once(migrated, stores):
    ids = await open_tickets(migrated, [NOW] * 40)
    for hours in (0.4, 0.6, 4.5, 5.5):
        now = NOW + timedelta(hours=hours)
        await asyncio.gather(
            *(
                until_done(lambda store=store, now=now: announce_due(store, now, 7))
                for store in stores
            )
        )
    told = Counter(item.subject for item in await outbox(migrated))
    passed = [
        ("sla.warning", "first_response", 0.75),
        *((topic, "first_response", share) for share, topic in list(BY_SHARE.items())[2:]),
        *((topic, "processed", share) for share, topic in list(BY_SHARE.items())[2:]),
    ]
    assert told == {
        f"{topic}/{ticket}/{metric}/1/{share:g}": 1
        for ticket in ids
        for topic, metric, share in passed
    }


async def test_analysts_write_while_workers_announce(migrated, stores):
    """Holds, and their ends, meet with workers that look at the same tickets all the time."""
    ids = await open_tickets(migrated, [NOW - timedelta(hours=3, minutes=n) for n in range(12)])
    async with migrated.write() as session:
        session.add(
            User(email="ana@x", role="analyst", language="en", password_hash="-", created_at=NOW)
        )
    done = asyncio.Event()

    async def announce(store: Store) -> None:
        while not done.is_set():
            await announce_due(store, NOW + timedelta(hours=random.random() / 10), 5)
            await asyncio.sleep(0.01)

    async def analyse(store: Store) -> None:
        for step in range(4):
            for ticket in ids:
                who = Actor(kind="analyst", user_id=1)
                at = NOW + timedelta(minutes=step)
                act, more = ((work.hold, {"reason": "user"}), (work.resume, {}))[step % 2]
                async with store.write() as session:
                    await act(session, ticket, Write(key=uuid4().hex, actor=who, now=at), **more)
        done.set()

    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        for store in stores:
            tasks.create_task(announce(store))
        tasks.create_task(analyse(migrated))
    told = Counter((item.subject, item.edition) for item in await outbox(migrated))
    assert told
    assert set(told.values()) == {1}
    later = NOW + timedelta(days=1)
    assert [found async for found in repair(migrated, now=later, write=False)] == [[]]


async def test_many_workers_close_each_ticket_once(migrated, stores):
    ids = await open_tickets(migrated, [NOW] * 20)
    async with migrated.write() as session:
        for ticket in ids:
            write = Write(key=uuid4().hex, actor=Actor(kind="system"), now=NOW)
            await work.resolve(session, ticket, write, code="done", notes="added")
    now = NOW + timedelta(days=8)
    counts = await asyncio.gather(
        *(until_done(lambda store=store: close_old(store, now, 3)) for store in stores)
    )
    assert sum(counts) == 20
    async with migrated.read() as session:
        closed = await session.scalars(
            select(TicketEvent.ticket_id).where(TicketEvent.kind == "closed")
        )
        assert sorted(closed) == ids


async def test_many_workers_finish_a_draft_once(migrated, stores):
    senders = [f"visitor-{number}" for number in range(6)]
    async with migrated.write() as session:
        for sender in senders:
            conversation = await conversation_of_sender(
                session, sender, channel="chat", is_test=False
            )
            draft = await drafts.begin(
                session, conversation.id, key=sender, category="support", priority="normal",
                article=None, fields=(), story="locked out",
            )  # fmt: skip
            draft.updated_at = datetime.now(UTC) - timedelta(hours=1)
    finished = await asyncio.gather(*(finish_idle_drafts(store, idle_s=60) for store in stores))
    assert sum(map(len, finished)) == len(senders)
    async with migrated.read() as session:
        assert len(list(await session.scalars(select(Ticket)))) == len(senders)
        assert len(list(await session.scalars(select(Message)))) == len(senders)


async def test_a_bad_receiver_gets_every_item_in_the_end(migrated, stores, monkeypatch):
    """It refuses, answers with errors, is silent, and accepts without saying so; then recovers."""
    monkeypatch.setattr(delivery, "FIRST_WAIT_S", 0.02)
    monkeypatch.setattr(delivery, "LONGEST_WAIT_S", 0.1)
    monkeypatch.setattr("desk.outbox.senders.TIMEOUT_S", 0.3)
    rng = random.Random(4)
    async with migrated.write() as session:
        for subject in range(20):
            for edition in range(3):
                await put(
                    session, "t", f"s{subject}", {"n": edition},
                    now=datetime.now(UTC), edition=str(edition),
                )  # fmt: skip
    async with receiving() as receiver, AsyncExitStack() as stack:

        def behave(got: Received) -> str | None:
            if len(receiver.received) > 120:
                return "204 No Content"
            answers = ["500 Oops", "204 No Content", "503 Busy\r\nRetry-After: 0", "lost"]
            answer = rng.choice([*answers, None] if rng.random() < 0.2 else answers)
            if answer == "lost":
                # It has arrived, but the sender does not learn of it.
                receiver.accepted.append(got)
                return "502 Bad Gateway"
            return answer

        receiver.behave = behave

        async def send(store: Store) -> None:
            webhook = Webhook(receiver.url, SECRET)
            stack.push_async_callback(webhook.close)
            while any(item.state == "waiting" for item in await outbox(store)):
                await deliver(store, {"t": webhook})
                await asyncio.sleep(0.02)

        async with asyncio.timeout(120):
            await asyncio.gather(*(send(store) for store in stores[:2]))
        items = await outbox(migrated)
        assert {item.state for item in items} == {"delivered"}
        assert_arrived(receiver, items)


def assert_arrived(receiver: Receiver, items: list[OutboxItem]) -> None:
    """Each at least once, each repetition under its own key, editions of a subject in order."""
    by_key = {f"outbox-{item.id}": item for item in items}
    first: dict[str, list[str]] = {}
    for got in receiver.accepted:
        item = by_key[got.key]
        assert got.content["id"] == got.key
        assert (got.content["subject"], got.content["data"]) == (item.subject, item.payload)
        editions = first.setdefault(item.subject, [])
        if item.edition not in editions:
            editions.append(item.edition)
    assert {got.key for got in receiver.accepted} == set(by_key)
    assert all(editions == sorted(editions) for editions in first.values())


async def test_workers_that_are_killed_lose_and_repeat_nothing(migrated, tmp_path):
    """Real processes die by SIGKILL at random moments, while deadlines pass and a receiver fails.

    In the outbox each milestone stands once. The receiver gets each at least once.
    """
    rng = random.Random(20)
    late = await open_tickets(migrated, [datetime.now(UTC) - timedelta(hours=6)] * 20)
    expected = {
        f"{BY_SHARE[share]}/{ticket}/{metric}/1/{share:g}": 1
        for ticket in late
        for metric in ("first_response", "processed")
        for share in (1.0, 1.25)
    }
    async with receiving() as receiver:
        receiver.behave = lambda _: rng.choice(["204 No Content"] * 3 + ["500 Oops"])
        environment = os.environ | {
            "ACEDESK_HOME": str(tmp_path),
            "ACEDESK_DATABASE_URL": migrated.engine.url.render_as_string(hide_password=False),
            "ACEDESK_ANNOUNCE_URL": receiver.url,
            "ACEDESK_ANNOUNCE_SECRET": SECRET,
        }
        workers = [await start(environment, tmp_path) for _ in range(3)]
        try:
            await until(lambda: outbox(migrated))
            for leg in range(3):
                # Of these, 0.75 of the time for a first response passes within this second.
                passing = [datetime.now(UTC) + timedelta(seconds=rng.random()) for _ in range(8)]
                opened_at = [at - timedelta(minutes=22.5) for at in passing]
                for ticket in await open_tickets(migrated, opened_at):
                    expected[f"sla.warning/{ticket}/first_response/1/0.75"] = 1
                await asyncio.sleep(rng.random())
                await kill(workers.pop(0))
                if leg == 0:
                    workers.append(await start(environment, tmp_path))
            await until(lambda: told_all(migrated, len(expected)))
        finally:
            for worker in workers:
                await kill(worker)
        assert Counter(item.subject for item in await outbox(migrated)) == expected

        # What the dead ones had leased is taken over when the lease ends; it is not waited for.
        receiver.behave = lambda _: "204 No Content"
        webhook, after = Webhook(receiver.url, SECRET), datetime.now(UTC) + 2 * delivery.LEASE
        senders = dict.fromkeys(BY_SHARE.values(), webhook)
        await until_done(lambda: deliver(migrated, senders, clock=lambda: after))
        await webhook.close()
        items = await outbox(migrated)
        assert {item.state for item in items} == {"delivered"}
        assert_arrived(receiver, items)


async def told_all(store: Store, count: int) -> bool:
    return len(await outbox(store)) >= count


async def until(holds: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(40):
        while not await holds():
            await asyncio.sleep(0.1)


async def start(environment: dict[str, str], folder: Path) -> asyncio.subprocess.Process:
    with (folder / "worker.log").open("ab") as log:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "desk", "worker",
            cwd=PROJECT, env=environment, stdout=log, stderr=log,
        )  # fmt: skip


async def kill(process: asyncio.subprocess.Process) -> None:
    process.kill()
    await process.wait()
