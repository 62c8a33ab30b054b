"""All that the page of figures shows of a period."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.figures import BotOutcomes, bot_outcomes
from desk.sla.backlog import backlog
from desk.sla.clock import METRICS
from desk.sla.cohort import Cohort
from desk.sla.figures import hourly
from desk.sla.forecast import Breaches
from desk.sla.outlook import outlook
from desk.sla.profile import Profile, profile
from desk.sla.statistics import Attainment


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """The figures of [since, until); backlog and forecast are those of `now`."""

    since: datetime
    until: datetime
    now: datetime
    profiles: Mapping[str, Profile]
    """By metric."""
    hours: Mapping[tuple[int, str], Attainment]
    """Processed in time, by hour of the opening (UTC) and language."""
    backlog: Mapping[str, int]
    """Open tickets by age."""
    forecast: Sequence[Breaches]
    bot: BotOutcomes


async def dashboard(
    session: AsyncSession, *, since: datetime, until: datetime, now: datetime
) -> Dashboard:
    """Gather them."""
    cohorts = {
        metric: Cohort(metric=metric, since=since, until=until, now=now) for metric in METRICS
    }
    # The forecast is reckoned while the database counts.
    reckoning = asyncio.create_task((await outlook(session, now=now)).forecast())
    try:
        profiles = {metric: await profile(session, cohort) for metric, cohort in cohorts.items()}
        hours = await hourly(session, cohorts["processed"])
        ages = await backlog(session, now=now)
        bot = await bot_outcomes(session, since=since, until=until, now=now)
    finally:
        forecast = await reckoning
    return Dashboard(
        since=since,
        until=until,
        now=now,
        profiles=profiles,
        hours=hours,
        backlog=ages[()],
        forecast=forecast,
        bot=bot[()],
    )
