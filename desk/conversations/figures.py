"""What the assistant's conversations have come to; a count of its own, beside those of tickets."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Conversation
from desk.sla.cohort import Labels, Names, key
from desk.sla.statistics import wilson

BotStratum = Literal["language", "channel", "day", "week", "month"]
BOT_STRATA: tuple[BotStratum, ...] = get_args(BotStratum)
QUIET = timedelta(minutes=30)
"""A visitor who has written nothing for so long is taken to have left."""
DECIDED = ("confirmed", "assumed", "escalated", "abandoned")
ENDS = (*DECIDED, "active", "no_question")
"""Confirmed by the visitor; answered, which is assumed to have been enough since they left; handed
to a person; left without an answer; still going on; nothing was asked."""

_WHEN_LEFT: Mapping[str | None, str] = {"answered": "assumed", "unresolved": "abandoned"}
"""How a conversation ended that nobody goes on with, by its outcome."""
_BY_PEOPLE = ("phone", "desk")
"""Channels of conversations that the assistant has no part in."""


@dataclass(frozen=True, kw_only=True)
class BotOutcomes:
    """Conversations by how they ended; the ends add up to the total."""

    ends: Mapping[str, int]
    """How many by each of `ENDS`."""

    @property
    def total(self) -> int:
        """All conversations."""
        return sum(self.ends.values())

    @property
    def decided(self) -> int:
        """Those in which something was asked and that are over."""
        return self.total - self.ends["active"] - self.ends["no_question"]

    def share(self, end: str) -> float | None:
        """The part of those decided that ended so; None when none is decided."""
        return self.ends[end] / self.decided if self.decided else None

    def interval(self, end: str) -> tuple[float, float] | None:
        """Wilson's 95 % interval of the share."""
        return wilson(self.ends[end], self.decided) if self.decided else None


async def bot_outcomes(
    session: AsyncSession,
    *,
    since: datetime | None,
    until: datetime | None,
    now: datetime,
    by: tuple[BotStratum, ...] = (),
) -> dict[Labels, BotOutcomes]:
    """The conversations begun within [since, until), by group in the order of their labels.

    Those of evaluations are left out, and those without the assistant, as of a telephone call.
    Without strata there is one group, which may be empty.
    """
    bounds = []
    if since is not None:
        bounds.append(Conversation.created_at >= since)
    if until is not None:
        bounds.append(Conversation.created_at < until)
    last_at = func.coalesce(Conversation.last_at, Conversation.created_at)
    counted = (
        select(
            *(key(stratum, Conversation, Conversation.created_at).label(stratum) for stratum in by),
            Conversation.outcome.label("outcome"),
            (last_at < now - QUIET).label("quiet"),
        )
        .where(Conversation.is_test.is_(False), Conversation.channel.not_in(_BY_PEOPLE), *bounds)
        .subquery()
    )
    rows = await session.execute(select(*counted.c, func.count()).group_by(*counted.c))
    names = Names(by, {})
    found: dict[Labels, dict[str, int]] = defaultdict(lambda: dict.fromkeys(ENDS, 0))
    if not by:
        found[()] = dict.fromkeys(ENDS, 0)
    for *group, outcome, quiet, count in rows:
        found[names.labels(group)][_end(outcome, quiet=quiet)] += count
    return {group: BotOutcomes(ends=ends) for group, ends in sorted(found.items())}


def _end(outcome: str | None, *, quiet: bool) -> str:
    if outcome in ("escalated", "confirmed"):
        return outcome
    if not quiet:
        return "active"
    return _WHEN_LEFT.get(outcome, "no_question")
