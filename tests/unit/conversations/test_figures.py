from datetime import UTC, datetime, timedelta

import pytest

from desk.conversations.figures import ENDS, QUIET, bot_outcomes
from desk.conversations.models import Conversation
from desk.store import Store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LONG_AGO = NOW - QUIET - timedelta(seconds=1)


async def add(store: Store, *kept: dict) -> None:
    async with store.write() as session:
        for number, changes in enumerate(kept):
            values = {
                "channel": "chat",
                "language": "en",
                "is_test": False,
                "created_at": LONG_AGO,
                "last_at": LONG_AGO,
                "outcome": None,
            }
            name = f"{number}"
            session.add(Conversation(id=name, namespace="rest", sender=name, **(values | changes)))


async def counted(store: Store, *by: str, since=None, until=None):
    async with store.read() as session:
        return await bot_outcomes(session, since=since, until=until, now=NOW, by=by)


@pytest.mark.parametrize(
    ("outcome", "last_at", "end"),
    [
        ("confirmed", NOW, "confirmed"),
        ("confirmed", LONG_AGO, "confirmed"),
        ("escalated", NOW, "escalated"),
        ("answered", LONG_AGO, "assumed"),
        ("answered", NOW - QUIET, "active"),
        ("unresolved", LONG_AGO, "abandoned"),
        ("unresolved", NOW, "active"),
        (None, LONG_AGO, "no_question"),
        (None, NOW, "active"),
        (None, None, "no_question"),
    ],
)
async def test_how_a_conversation_ended(store, outcome, last_at, end):
    await add(store, {"outcome": outcome, "last_at": last_at})
    found = (await counted(store))[()]
    assert {name for name, count in found.ends.items() if count} == {end}
    assert tuple(found.ends) == ENDS
    assert found.total == 1
    assert found.decided == (0 if end in ("active", "no_question") else 1)


async def test_shares_are_of_those_decided(store):
    outcomes = ["confirmed", "answered", "answered", "escalated", None]
    await add(store, *({"outcome": outcome} for outcome in outcomes))
    found = (await counted(store))[()]
    assert (found.total, found.decided) == (5, 4)
    assert found.share("assumed") == 0.5
    low, high = found.interval("assumed")
    assert low < 0.5 < high


async def test_evaluations_and_what_the_assistant_has_no_part_in_are_left_out(store):
    await add(
        store,
        {"is_test": True, "outcome": "answered"},
        {"channel": "phone"},
        {"channel": "desk"},
    )
    found = (await counted(store))[()]
    assert found.total == 0
    assert found.share("confirmed") is None
    assert found.interval("confirmed") is None


async def test_groups_sum_to_the_whole_and_the_period_holds(store):
    days = [NOW - timedelta(days=days) for days in (1, 1, 8, 40)]
    await add(
        store,
        *(
            {"created_at": at, "last_at": at, "language": language, "outcome": "answered"}
            for at, language in zip(days, ["en", "es", "en", "es"], strict=True)
        ),
    )
    whole = (await counted(store))[()]
    for by in (("language",), ("week",), ("month", "language"), ("day",), ("channel",)):
        parts = await counted(store, *by)
        assert sum(part.total for part in parts.values()) == whole.total == 4
    assert list(await counted(store, "week")) == [("2026-W42",), ("2026-W46",), ("2026-W47",)]
    assert (await counted(store, since=days[2], until=days[0]))[()].total == 1
