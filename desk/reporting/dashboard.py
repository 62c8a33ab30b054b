"""All that the page of figures shows of a period."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.feedback import helpfulness
from desk.conversations.figures import BotOutcomes, bot_outcomes
from desk.conversations.satisfaction import Rated, satisfaction
from desk.messages import LANGUAGES
from desk.quality.models import QualityLot
from desk.quality.reports import PeriodReport, quality_report
from desk.quality.service import newest_lots
from desk.reporting.questions import Unanswered, unanswered
from desk.sla.clock import METRICS
from desk.sla.cohort import Cohort, Labels
from desk.sla.figures import hourly
from desk.sla.forecast import Breaches
from desk.sla.outlook import Outlook, outlook
from desk.sla.profile import Profile, profile
from desk.sla.statistics import Attainment, Share
from desk.store import Store
from desk.tickets.backlog import backlog

QUESTIONS = 30
"""Questions without an answer that are shown."""
_AT_ONCE = 3
"""Parts that are read at the same time; more would keep the others of the desk waiting."""

type Read = Callable[[Callable[[AsyncSession], Awaitable[Any]]], Awaitable[Any]]


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
    satisfaction: Mapping[str, Rated]
    """How requesters rated their tickets: of `all`, and by language."""
    helpfulness: Mapping[str, Share]
    """Answers that helped: of `all`, and by language."""
    questions: Sequence[Unanswered]
    """What was asked in vain, the most frequent first."""
    quality: PeriodReport
    """The lots whose periods lie within this one."""
    newest_lot: QualityLot | None
    """The lot drawn last, whatever its period."""

    @property
    def reasons(self) -> list[str]:
        """Every code for which a clock of some metric was excluded."""
        found = (profile.whole.attainment.exclusions for profile in self.profiles.values())
        return sorted(set(chain.from_iterable(found)))

    @property
    def last_day(self) -> datetime:
        """The last instant of the period."""
        return self.until - timedelta(microseconds=1)


async def dashboard(store: Store, *, since: datetime, until: datetime, now: datetime) -> Dashboard:
    """Gather them, several at a time: each part reads for itself."""
    cohorts = {
        metric: Cohort(metric=metric, since=since, until=until, now=now) for metric in METRICS
    }
    turns = asyncio.Semaphore(_AT_ONCE)

    async def read[Found](part: Callable[[AsyncSession], Awaitable[Found]]) -> Found:
        async with turns, store.read() as session:
            return await part(session)

    async with asyncio.TaskGroup() as tasks:
        begin = tasks.create_task
        expected = begin(_forecast(read, now))
        profiles = {
            metric: begin(read(partial(profile, cohort=cohort)))
            for metric, cohort in cohorts.items()
        }
        hours = begin(read(partial(hourly, cohort=cohorts["processed"])))
        bot = begin(read(partial(bot_outcomes, since=since, until=until, now=now)))
        rated = begin(read(partial(_by_language, satisfaction, since=since, until=until)))
        helped = begin(read(partial(_by_language, helpfulness, since=since, until=until)))
        ages = begin(read(partial(backlog, now=now)))
        questions = begin(read(partial(unanswered, since=since, until=until, limit=QUESTIONS)))
        quality = begin(read(partial(quality_report, since=since, until=until)))
        lots = begin(read(partial(newest_lots, limit=1)))
    forecast, past_days = expected.result()
    return Dashboard(
        since=since,
        until=until,
        now=now,
        profiles={metric: found.result() for metric, found in profiles.items()},
        hours=hours.result(),
        backlog=ages.result()[()],
        forecast=forecast,
        past_days=past_days,
        bot=bot.result()[()],
        satisfaction=rated.result(),
        helpfulness=helped.result(),
        questions=questions.result(),
        quality=quality.result(),
        newest_lot=next(iter(lots.result()), None),
    )


async def _forecast(read: Read, now: datetime) -> tuple[Sequence[Breaches], int]:
    told: Outlook = await read(partial(outlook, now=now))
    return await told.forecast(), told.days


async def _by_language(
    figures: Callable[..., Awaitable[Mapping[Labels, Any]]],
    session: AsyncSession,
    **period: datetime,
) -> Mapping[str, Any]:
    [whole] = (await figures(session, **period)).values()
    parts = await figures(session, **period, by=("language",))
    sides = {side: parts[side,] for side in LANGUAGES if (side,) in parts}
    return {"all": whole} | sides
