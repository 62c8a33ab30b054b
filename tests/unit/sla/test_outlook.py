from datetime import timedelta

import pytest
from sqlalchemy import update

from desk.sla import outlook as room
from desk.sla.models import EpisodeRow
from desk.sla.outlook import outlook
from desk.sla.policies import in_use
from desk.tickets.clocks import episodes
from tests.tickets import NOW, fill, logs


async def test_the_past_is_what_the_logs_say(store):
    await fill(store, seed=31, count=80)
    async with store.read() as session:
        told = await outlook(session, now=NOW)
    expected = {
        episode.start: episode
        for _, lines in await logs(store)
        for episode in episodes(lines, in_use(), now=NOW)
        if episode.metric == "processed"
    }
    assert told.days == 28
    assert sorted(one.opened for one in told.past) == sorted(expected)
    for one in told.past:
        episode = expected[one.opened]
        counted_s = episode.counted.total_seconds()
        assert one.target_s == episode.target.total_seconds()
        assert one.stopped == (episode.outcome in ("met", "breached_closed"))
        assert one.opened <= one.until <= NOW
        if episode.open and episode.late:
            # A pause behind the due time is not taken out.
            assert one.counted_s >= counted_s - 1e-3 > one.target_s - 1e-3
        else:
            assert one.counted_s == pytest.approx(counted_s)


async def test_open_are_those_that_may_be_breached_by_the_last_horizon(store):
    await fill(store, seed=32, count=80, days=1)
    async with store.read() as session:
        told = await outlook(session, now=NOW)
    expected = sorted(
        episode.counted.total_seconds()
        for _, lines in await logs(store)
        for episode in episodes(lines, in_use(), now=NOW)
        if episode.metric == "processed" and episode.outcome == "running"
    )
    assert expected
    assert sorted(one.counted_s for one in told.open) == pytest.approx(expected)
    assert not any(one.paused for one in told.open)


async def test_a_large_desk_looks_back_fewer_days_but_one_at_least(store, monkeypatch):
    await fill(store, seed=33, count=60, days=20)
    async with store.read() as session:
        starts = sorted(one.opened for one in (await outlook(session, now=NOW)).past)
        monkeypatch.setattr(room, "MOST", 20)
        told = await outlook(session, now=NOW)
        assert told.days == (NOW - starts[-21]).days
        assert len(told.past) <= 20
        monkeypatch.setattr(room, "MOST", 0)
        assert (await outlook(session, now=NOW)).days == 1


async def test_tickets_of_evaluations_tell_nothing(store):
    await fill(store, seed=34, count=20)
    async with store.write() as session:
        await session.execute(update(EpisodeRow).values(is_test=True))
    async with store.read() as session:
        told = await outlook(session, now=NOW + timedelta(hours=1))
        assert told.past == told.open == []
        assert [breaches.high for breaches in await told.forecast()] == [0, 0, 0, 0]
