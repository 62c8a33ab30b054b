"""All that the page of figures shows of a period."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.figures import BotOutcomes, bot_outcomes
from desk.sla.clock import METRICS
from desk.sla.cohort import Cohort
from desk.sla.figures import hourly
from desk.sla.forecast import Breaches
from desk.sla.outlook import outlook
from desk.sla.profile import Profile, profile
from desk.sla.statistics import Attainment
from desk.tickets.backlog import backlog


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
    past_days: int
    """How many days the forecast looks back."""
    bot: BotOutcomes

    @property
    def reasons(self) -> list[str]:
        """Every code for which a clock of some metric was excluded."""
        found = (profile.whole.attainment.exclusions for profile in self.profiles.values())
        return sorted(set(chain.from_iterable(found)))

    @property
    def last_day(self) -> datetime:
        """The last instant of the period."""
        return self.until - timedelta(microseconds=1)


async def dashboard(
    session: AsyncSession, *, since: datetime, until: datetime, now: datetime
) -> Dashboard:
    """Gather them."""
    cohorts = {
        metric: Cohort(metric=metric, since=since, until=until, now=now) for metric in METRICS
    }
    # The forecast is reckoned while the database counts.
    told = await outlook(session, now=now)
    reckoning = asyncio.create_task(told.forecast())
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
        past_days=told.days,
        bot=bot[()],
    )
