"""Quality lots on each database: draws and reviews at once, what may not change, an older store."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import delete, inspect, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from desk.quality.errors import AlreadyReviewed, Decided, OverlappingLots
from desk.quality.models import QualityLot, QualityReview, QualitySample
from desk.quality.service import decide_lot
from desk.settings import PROJECT
from desk.store import Store
from desk.store.migrate import migrate
from tests.unit.quality.lots import (
    BAD,
    BEST,
    NOW,
    add_tickets,
    add_users,
    drawn,
    loaded,
    review,
    review_all,
)


@pytest.fixture
async def another(migrated: Store) -> AsyncIterator[Store]:
    """The same database, as another process has it: no lock of this process is between them."""
    made = Store(migrated.engine.url.render_as_string(hide_password=False))
    yield made
    await made.close()


async def decide(store: Store, lot_id: int) -> QualityLot:
    async with store.write() as session:
        return await decide_lot(session, lot_id, now=NOW)


async def test_draws_at_the_same_moment_make_one_lot(migrated: Store, another: Store) -> None:
    await add_tickets(migrated, 5)
    results = await asyncio.gather(
        *(drawn((migrated, another)[n % 2]) for n in range(6)), return_exceptions=True
    )
    assert sum(isinstance(result, int) for result in results) == 1
    assert sum(isinstance(result, OverlappingLots) for result in results) == 5


async def test_of_reviewers_at_the_same_moment_one_counts(migrated: Store, another: Store) -> None:
    ids = await add_tickets(migrated, 2)
    await add_users(migrated, "ana", "ben", "cleo", "dan")
    lot_id = await drawn(migrated)
    results = await asyncio.gather(
        *(
            review((migrated, another)[place % 2], lot_id, ids[0], by=name)
            for place, name in enumerate(("ana", "ben", "cleo", "dan"))
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(result, QualityReview) for result in results) == 1
    assert sum(isinstance(result, AlreadyReviewed) for result in results) == 3


async def test_a_lot_is_decided_once_by_whomever(migrated: Store, another: Store) -> None:
    await add_tickets(migrated, 2)
    await add_users(migrated, "ana")
    lot_id = await drawn(migrated)
    await review_all(migrated, lot_id)
    results = await asyncio.gather(
        *(decide(store, lot_id) for store in (migrated, another)), return_exceptions=True
    )
    assert sum(isinstance(result, QualityLot) for result in results) == 1
    assert sum(isinstance(result, Decided) for result in results) == 1


async def test_the_database_itself_lets_one_review_count(migrated: Store) -> None:
    ids = await add_tickets(migrated, 2)
    users = await add_users(migrated, "ana", "ben")
    lot_id = await drawn(migrated)
    kept = await review(migrated, lot_id, ids[0])
    with pytest.raises(IntegrityError):
        async with migrated.write() as session:
            session.add(
                QualityReview(
                    lot_id=lot_id,
                    ticket_id=ids[0],
                    reviewer_id=users["ben"],
                    revision=kept.revision,
                    scores=BAD,
                    score=0.7,
                    conforming=False,
                    comment="",
                    is_calibration=False,
                    at=NOW,
                )
            )


async def test_draws_reviews_and_decisions_refuse_changes(migrated: Store) -> None:
    ids = await add_tickets(migrated, 2)
    await add_users(migrated, "ana")
    lot_id = await drawn(migrated)
    await review(migrated, lot_id, ids[0], scores=BAD)
    await review(migrated, lot_id, ids[1])
    changes = [
        update(QualityLot).values(seed="another"),
        update(QualityLot).values(accept=99),
        update(QualityLot).values(population=[]),
        delete(QualityLot),
        update(QualitySample).values(position=99),
        delete(QualitySample),
        update(QualityReview).values(conforming=True),
        delete(QualityReview),
    ]
    await decide(migrated, lot_id)
    changes.append(update(QualityLot).values(decision="accepted"))
    for change in changes:
        with pytest.raises(DBAPIError, match="never changed"):
            async with migrated.write() as session:
                await session.execute(change)
    lot = await loaded(migrated, lot_id)
    assert (lot.seed, lot.population, lot.nonconforming) == ("s", ids, 1)
    assert [row.scores for row in lot.reviews] == [BAD, BEST]


async def test_the_migration_can_be_undone_and_done_again(migrated: Store) -> None:
    await add_tickets(migrated, 2)
    await add_users(migrated, "ana")
    lot_id = await drawn(migrated)
    await review_all(migrated, lot_id)
    url = migrated.engine.url.render_as_string(hide_password=False)
    await migrated.engine.dispose()
    config = Config()
    config.set_main_option("script_location", str(PROJECT / "desk" / "store" / "migrations"))
    config.attributes["url"] = url
    await asyncio.to_thread(command.downgrade, config, "0004")
    async with migrated.engine.connect() as connection:
        tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    assert "ticket" in tables
    assert not [name for name in tables if name.startswith("quality")]
    await asyncio.to_thread(migrate, url)
    async with migrated.read() as session:
        assert await session.scalar(select(QualityLot.id)) is None
    assert await drawn(migrated)
