"""Outages on each database: reports at once, what may not change, and an older database."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from desk.conversations import opening, service
from desk.conversations.handoff import open_at_once
from desk.outages.models import Outage, OutageStatus
from desk.outages.service import end_outage, parent_of_reports, post_status, status_in_force
from desk.settings import PROJECT
from desk.store import Store
from desk.store.migrate import migrate
from desk.tickets.models import Ticket

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


@pytest.fixture
async def another(migrated: Store) -> AsyncIterator[Store]:
    """The same database, as another process has it: no lock of this process is between them."""
    made = Store(migrated.engine.url.render_as_string(hide_password=False))
    yield made
    await made.close()


async def report(store: Store, sender: str) -> int | None:
    async with store.write() as session:
        conversation = await opening.conversation_of_sender(
            session, sender, channel="chat", is_test=False
        )
        message = await service.receive(session, conversation, "ACE is down", client_id=None)
        parent = await parent_of_reports(session, language="en", is_test=False, now=NOW)
        ticket = await open_at_once(
            session, message, category="outage", priority="urgent", parent=parent
        )
        return ticket.parent_id


async def post(store: Store, minutes: int = 60) -> int:
    async with store.write() as session:
        status = await post_status(
            session,
            en="The portal is slow.",
            es="El portal está lento.",
            until=NOW + timedelta(minutes=minutes),
            now=NOW,
        )
        return status.outage_id


async def count(store: Store, table: type) -> int:
    async with store.read() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def test_reports_at_the_same_moment_make_one_parent(migrated: Store, another: Store) -> None:
    parents = await asyncio.gather(
        *(report((migrated, another)[n % 2], f"visitor-{n}") for n in range(12))
    )
    assert len(set(parents)) == 1
    assert await count(migrated, Outage) == 1
    assert await count(migrated, Ticket) == 13


async def test_a_status_posted_while_reports_come_in_joins_their_outage(
    migrated: Store, another: Store
) -> None:
    outage_id, *parents = await asyncio.gather(
        post(another), *(report(migrated, f"visitor-{n}") for n in range(6))
    )
    assert len(set(parents)) == 1
    async with migrated.read() as session:
        assert (await session.get_one(Outage, outage_id)).parent_id == parents[0]


async def test_reports_after_a_silence_make_one_new_parent(migrated: Store, another: Store) -> None:
    await report(migrated, "early")
    async with migrated.write() as session:
        await session.execute(update(Ticket).values(opened_at=NOW - timedelta(hours=3)))
    parents = await asyncio.gather(
        *(report((migrated, another)[n % 2], f"visitor-{n}") for n in range(8))
    )
    assert len(set(parents)) == 1
    assert await count(migrated, Outage) == 2


async def test_the_database_itself_lets_one_outage_run(migrated: Store) -> None:
    await report(migrated, "visitor")
    async with migrated.read() as session:
        ticket = await session.scalar(select(Ticket).where(Ticket.parent_id.is_not(None)))
    with pytest.raises(IntegrityError):
        async with migrated.write() as session:
            session.add(Outage(started_at=NOW, is_test=False, parent_id=ticket.id))


async def test_a_status_expires_by_itself_and_ends_with_its_outage(migrated: Store) -> None:
    outage_id = await post(migrated, minutes=30)
    async with migrated.read() as session:
        told = await status_in_force(session, now=NOW + timedelta(minutes=29))
        assert told is not None
        assert told.text("es") == "El portal está lento."
        assert await status_in_force(session, now=NOW + timedelta(minutes=30)) is None
    async with migrated.write() as session:
        await end_outage(session, outage_id, now=NOW)
    async with migrated.read() as session:
        assert await status_in_force(session, now=NOW) is None


async def test_posted_statuses_refuse_changes(migrated: Store) -> None:
    await post(migrated)
    for change in (update(OutageStatus).values(text_en="All is well."), delete(OutageStatus)):
        with pytest.raises(DBAPIError, match="never changed"):
            async with migrated.write() as session:
                await session.execute(change)
    async with migrated.read() as session:
        assert await session.scalar(select(OutageStatus.text_en)) == "The portal is slow."


async def test_a_database_of_the_first_version_keeps_its_tickets(migrated: Store) -> None:
    url = migrated.engine.url.render_as_string(hide_password=False)
    async with migrated.write() as session:
        conversation = await opening.conversation_of_sender(
            session, "visitor", channel="chat", is_test=False
        )
        message = await service.receive(session, conversation, "help", client_id=None)
        await open_at_once(session, message, category="support", priority="normal")
    await migrated.engine.dispose()
    config = Config()
    config.set_main_option("script_location", str(PROJECT / "desk" / "store" / "migrations"))
    config.attributes["url"] = url
    await asyncio.to_thread(command.downgrade, config, "0001")
    await asyncio.to_thread(migrate, url)
    await report(migrated, "another visitor")
    async with migrated.read() as session:
        found = list(await session.scalars(select(Ticket).order_by(Ticket.id)))
    first, parent, child = found
    assert (first.summary, first.parent_id) == ("help", None)
    assert (parent.parent_id, child.parent_id) == (None, parent.id)
