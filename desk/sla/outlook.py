"""What the forecast is told: the clocks of the last weeks, and those that may soon be breached."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Executable, Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.sla.forecast import Breaches, Open, Past, forecast
from desk.sla.models import EpisodeRow

HORIZONS_H = (1, 2, 4, 8)
METRIC = "processed"
DAYS = 28
"""How far back the past goes: whole weeks, since days of a week differ."""
MOST = 5_000
"""So many clocks of the past tell enough; a desk that has more of them looks back fewer days, one
at the least."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """All that the forecast needs."""

    past: Sequence[Past]
    open: Sequence[Open]
    days: int
    """Of past."""
    now: datetime

    async def forecast(self) -> list[Breaches]:
        """The breaches to be expected; reckoned in a thread, as it takes a tenth of a second."""
        return await asyncio.to_thread(
            forecast,
            self.past,
            self.open,
            now=self.now,
            horizons_h=HORIZONS_H,
            days=self.days,
        )


async def outlook(session: AsyncSession, *, now: datetime) -> Outlook:
    """Read it; tickets of evaluations are left out."""
    days = await _days(session, now)
    past = await session.execute(_clocks(EpisodeRow.start > now - days * _DAY))
    # What is due behind the last horizon is breached in none of them, and so is what is paused.
    soon = now + timedelta(hours=max(HORIZONS_H))
    due = await session.execute(
        _clocks(
            EpisodeRow.stop.is_(None),
            EpisodeRow.outcome == "running",
            EpisodeRow.due >= now,
            EpisodeRow.due <= soon,
        )
    )
    return Outlook(
        past=[_past(row, now) for row in past],
        open=[
            Open(counted_s=_counted_s(row, now), target_s=row.target_s, stratum=row.priority)
            for row in due
        ],
        days=days,
        now=now,
    )


async def _days(session: AsyncSession, now: datetime) -> int:
    """How many days of past hold at most `MOST` clocks, up to `DAYS`."""
    one_too_many = await session.scalar(
        select(EpisodeRow.start)
        .where(
            EpisodeRow.metric == METRIC,
            EpisodeRow.is_test.is_(False),
            EpisodeRow.start > now - DAYS * _DAY,
            EpisodeRow.start <= now,
        )
        .order_by(EpisodeRow.start.desc())
        .offset(MOST)
        .limit(1)
    )
    return DAYS if one_too_many is None else max(1, (now - one_too_many) // _DAY)


def _clocks(*conditions: ColumnElement[bool]) -> Executable:
    return select(
        EpisodeRow.start,
        EpisodeRow.stop,
        EpisodeRow.due,
        EpisodeRow.outcome,
        EpisodeRow.target_s,
        EpisodeRow.counted_s,
        EpisodeRow.priority,
    ).where(EpisodeRow.metric == METRIC, EpisodeRow.is_test.is_(False), *conditions)


def _past(row: Row[Any], now: datetime) -> Past:
    counted_s = _counted_s(row, now)
    until = row.stop
    if until is None:
        # Of a paused clock the cache does not say since when; its pause began at the earliest when
        # this much had been counted.
        running = row.outcome == "running"
        until = now if running else row.start + timedelta(seconds=counted_s)
    return Past(
        opened=row.start,
        until=until,
        counted_s=counted_s,
        # A cancelled clock was given up, not stopped: it only leaves observation.
        stopped=row.outcome in ("met", "breached_closed"),
        target_s=row.target_s,
        stratum=row.priority,
    )


def _counted_s(row: Row[Any], now: datetime) -> float:
    """What has been counted; while a clock runs it follows from how far its due time is.

    Pauses that began behind the due time moved nothing and are not taken out: the clock is
    breached all the same.
    """
    if row.outcome != "running":
        return float(row.counted_s)
    return float(max(0.0, row.target_s - (row.due - now).total_seconds()))
