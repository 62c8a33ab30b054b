"""The store as the migrations make it, on each database."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations import service
from desk.conversations.handoff import open_at_once
from desk.conversations.models import Conversation
from desk.conversations.opening import conversation_of_sender
from desk.knowledge.files import read_folder
from desk.knowledge.service import import_articles, published_articles
from desk.settings import PROJECT
from desk.store import Store
from desk.store.tables import Base
from desk.tickets.models import Ticket, TicketEvent
from desk.tickets.service import Opening, open_ticket
from tests import openings

type Change = Callable[[AsyncSession], Awaitable[None]]


def opening(conversation_id: str, key: str) -> Opening:
    told = {"language": "es", "requester": {"name": "Lourdes Núñez"}, "summary": "¿Cuándo abren?"}
    return openings.opening(conversation_id, key, **told)


async def conversation_id(store: Store) -> str:
    async with store.write() as session:
        conversation = await conversation_of_sender(
            session, "visitor", channel="chat", is_test=False
        )
        return conversation.id


async def test_the_migrations_make_what_the_models_say(migrated: Store) -> None:
    async with migrated.engine.connect() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync), Base.metadata)
        )
    assert differences == []


async def test_an_instant_comes_back_as_it_went_in(migrated: Store) -> None:
    key = await conversation_id(migrated)
    now = datetime(2026, 11, 22, 12, 30, 15, 123456, tzinfo=UTC)
    async with migrated.write() as session:
        await open_ticket(session, opening(key, "k"), now=now)
    async with migrated.read() as session:
        ticket = await session.scalar(select(Ticket))
    assert ticket.opened_at == now
    assert ticket.requester == {"name": "Lourdes Núñez"}


async def _add(session: AsyncSession) -> None:
    await conversation_of_sender(session, "another", channel="chat", is_test=False)


async def _set(session: AsyncSession) -> None:
    (await session.scalars(select(Conversation))).one().language = "es"


async def _set_and_look(session: AsyncSession) -> None:
    await _set(session)
    await session.scalar(select(func.count()).select_from(Conversation))


async def _delete(session: AsyncSession) -> None:
    await session.delete((await session.scalars(select(Conversation))).one())


async def _update(session: AsyncSession) -> None:
    await session.execute(update(Conversation).values(language="es"))


@pytest.mark.parametrize("change", [_add, _set, _set_and_look, _delete, _update])
async def test_a_change_that_nobody_would_keep_is_refused(migrated: Store, change: Change) -> None:
    await conversation_id(migrated)
    with pytest.raises(RuntimeError, match="writes nothing"):
        async with migrated.read() as session:
            await change(session)
    async with migrated.read() as session:
        kept = (await session.scalars(select(Conversation))).one()
    assert kept.language != "es"


async def test_the_event_log_refuses_changes(migrated: Store) -> None:
    key = await conversation_id(migrated)
    async with migrated.write() as session:
        await open_ticket(session, opening(key, "k"), now=datetime.now(UTC))
    for change in (update(TicketEvent).values(kind="resolved"), delete(TicketEvent)):
        with pytest.raises(DBAPIError, match="never changed"):
            async with migrated.write() as session:
                await session.execute(change)
    async with migrated.read() as session:
        assert await session.scalar(select(TicketEvent.kind)) == "opened"


async def test_many_at_once_get_numbers_of_their_own(migrated: Store) -> None:
    key = await conversation_id(migrated)

    async def open_one(number: int) -> str | None:
        async with migrated.write() as session:
            made = await open_ticket(session, opening(key, f"k{number}"), now=datetime.now(UTC))
            return made.number

    numbers = await asyncio.gather(*(open_one(n) for n in range(12)))
    assert len(set(numbers)) == 12


async def test_what_fails_leaves_nothing_behind(migrated: Store) -> None:
    with pytest.raises(RuntimeError):
        async with migrated.write() as session:
            conversation = await conversation_of_sender(
                session, "visitor", channel="chat", is_test=False
            )
            message = await service.receive(session, conversation, "hi", client_id=None)
            await open_at_once(session, message, category="support", priority="normal")
            raise RuntimeError
    async with migrated.read() as session:
        assert await session.scalar(select(func.count()).select_from(Ticket)) == 0


async def test_the_seed_is_imported_as_version_one_and_once(migrated: Store) -> None:
    files = list(read_folder(Path(PROJECT) / "data" / "kb"))
    async with migrated.write() as session:
        first = await import_articles(session, files)
        again = await import_articles(session, files)
    assert (first.added, again.added, again.unchanged) == (len(files), 0, len(files))
    async with migrated.read() as session:
        rows = await published_articles(session)
    assert {row.version for row in rows} == {1}
    assert len(rows) == len(files)
