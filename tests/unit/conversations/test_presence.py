"""Who looks at a ticket and who writes a reply to it."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from desk.accounts.models import User
from desk.conversations.models import Presence
from desk.conversations.presence import BEAT_S, LASTS, beat, leave, others
from desk.store import Store
from tests.desks import Person, analyst, case

NOW = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)
ONE_BEAT = timedelta(seconds=BEAT_S)


async def people(store: Store) -> tuple[int, int, int]:
    """A ticket, its analyst, and Ben."""
    ticket = (await case(store, Person(), sender="luz", done=False)).ticket_id
    ana = await analyst(store)
    async with store.write() as session:
        ben = User(
            email="ben@desk.example",
            name="Ben",
            role="analyst",
            language="en",
            password_hash="none",
            created_at=NOW,
        )
        session.add(ben)
        await session.flush()
        return ticket, ana, ben.id


async def seen(store: Store, ticket: int, by: int, now: datetime) -> list[tuple[str, bool]]:
    async with store.read() as session:
        return [(one.name, one.composing) for one in await others(session, ticket, by, now=now)]


async def test_each_sees_the_other_and_not_themselves(store: Store) -> None:
    ticket, ana, ben = await people(store)
    async with store.write() as session:
        await beat(session, ticket, ana, composing=False, now=NOW)
        await beat(session, ticket, ben, composing=True, now=NOW)
    assert await seen(store, ticket, ana, NOW) == [("Ben", True)]
    assert await seen(store, ticket, ben, NOW) == [("ana@desk.example", False)]


async def test_a_reply_that_is_done_is_no_longer_being_written(store: Store) -> None:
    ticket, ana, ben = await people(store)
    for composing in (True, False):
        async with store.write() as session:
            await beat(session, ticket, ben, composing=composing, now=NOW)
        assert await seen(store, ticket, ana, NOW) == [("Ben", composing)]


async def test_whoever_says_nothing_any_more_is_gone_and_forgotten(store: Store) -> None:
    ticket, ana, ben = await people(store)
    async with store.write() as session:
        await beat(session, ticket, ben, composing=True, now=NOW)
    assert await seen(store, ticket, ana, NOW + 2 * ONE_BEAT) == [("Ben", True)]
    later = NOW + LASTS + timedelta(seconds=1)
    assert await seen(store, ticket, ana, later) == []
    async with store.write() as session:
        await beat(session, ticket, ana, composing=False, now=later)
        assert await session.scalar(select(func.count()).select_from(Presence)) == 1


async def test_whoever_closes_the_page_is_gone_at_once(store: Store) -> None:
    ticket, ana, ben = await people(store)
    async with store.write() as session:
        await beat(session, ticket, ben, composing=True, now=NOW)
        await leave(session, ticket, ben)
    assert await seen(store, ticket, ana, NOW) == []
