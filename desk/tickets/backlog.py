"""What is open, by how long ago it was opened."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.sla.cohort import Labels, Names, Stratum, key
from desk.sla.models import EpisodeRow
from desk.tickets.models import Ticket
from desk.tickets.states import OPEN

AGES: Mapping[str, timedelta] = {
    "under_1h": timedelta(hours=1),
    "1h_to_4h": timedelta(hours=4),
    "4h_to_8h": timedelta(hours=8),
    "8h_to_24h": timedelta(hours=24),
    "1d_to_3d": timedelta(days=3),
}
"""Ages from the youngest, by what they lie below; whatever is older is `OLDEST`."""
OLDEST = "over_3d"
BUCKETS = (*AGES, OLDEST)

# What is open has a clock that runs, or stands still for now. Databases find the few such clocks by
# an index, while they may take a state for as common as the next one and read every ticket.
_WITH_A_CLOCK = select(EpisodeRow.ticket_id).where(
    EpisodeRow.metric == "resolution", EpisodeRow.stop.is_(None)
)

type Backlog = dict[Labels, dict[str, int]]
"""Tickets by group and bucket; each group has every bucket."""


async def backlog(session: AsyncSession, *, now: datetime, by: tuple[Stratum, ...] = ()) -> Backlog:
    """The open tickets, those on hold included and those of evaluations not.

    An age is that since the opening, whatever has happened since. Without strata there is one
    group, which may be empty.
    """
    names = await Names.load(session, by)
    # An age of exactly an hour is not below it.
    age = case(
        *((Ticket.opened_at > now - limit, name) for name, limit in AGES.items()), else_=OLDEST
    )
    counted = (
        select(
            *(key(stratum, Ticket, Ticket.opened_at).label(stratum) for stratum in by),
            age.label("age"),
        )
        .where(Ticket.id.in_(_WITH_A_CLOCK), Ticket.state.in_(OPEN), Ticket.is_test.is_(False))
        .subquery()
    )
    rows = await session.execute(select(*counted.c, func.count()).group_by(*counted.c))
    found: Backlog = defaultdict(lambda: dict.fromkeys(BUCKETS, 0))
    if not by:
        found[()] = dict.fromkeys(BUCKETS, 0)
    for *group, bucket, count in rows:
        found[names.labels(group)][bucket] = count
    return dict(sorted(found.items()))
