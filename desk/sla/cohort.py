"""Which episodes a figure counts, how each has turned out, and what figures are split by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, and_, case, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts.models import User
from desk.sla.models import EpisodeRow
from desk.store.sql import UtcDay, UtcMonth, UtcPart, UtcWeek

Stratum = Literal["language", "channel", "category", "priority", "analyst", "day", "week", "month"]
STRATA: tuple[Stratum, ...] = get_args(Stratum)
UNASSIGNED = "unassigned"
"""The label of what no analyst is responsible for."""

_PERIODS: Mapping[str, type[UtcPart]] = {"day": UtcDay, "week": UtcWeek, "month": UtcMonth}

type Labels = tuple[str, ...]
"""The values of the strata, in their order; of the whole there are none."""


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """The episodes of a metric that started within [since, until), as they stand at `now`.

    Those of evaluations are left out.
    """

    metric: str
    since: datetime | None
    until: datetime | None
    now: datetime

    @property
    def condition(self) -> ColumnElement[bool]:
        """Which rows of the cache belong to it."""
        bounds = []
        if self.since is not None:
            bounds.append(EpisodeRow.start >= self.since)
        if self.until is not None:
            bounds.append(EpisodeRow.start < self.until)
        return and_(EpisodeRow.metric == self.metric, EpisodeRow.is_test.is_(False), *bounds)

    @property
    def outcome(self) -> tuple[ColumnElement[Any], ...]:
        """What tells how an episode has turned out: outcome, why it was cancelled, whether late.

        They are what the cache holds, and are put into words after counting: databases sort, and
        spill, what they would group by longer expressions.
        """
        reason = case((EpisodeRow.outcome == "cancelled", EpisodeRow.reason))
        late = case((EpisodeRow.outcome == "running", EpisodeRow.due < self.now))
        return EpisodeRow.outcome.label("outcome"), reason.label("reason"), late.label("late")


STOPPED: ColumnElement[bool] = EpisodeRow.outcome.in_(("met", "breached_closed"))
"""It came to its end; its counted seconds are the time that it took."""


def key(stratum: Stratum, table: Any, at: Any) -> ColumnElement[Any]:
    """What rows of a table are grouped by for a stratum.

    Args:
        stratum: which.
        table: has the strata as columns, as an episode and a ticket do.
        at: the instant that days, weeks and months are taken of.
    """
    if stratum in _PERIODS:
        return _PERIODS[stratum](at)
    column: ColumnElement[Any] = (
        table.assignee_id if stratum == "analyst" else getattr(table, stratum)
    )
    return column


class Names:
    """What the groups of a query are called: its keys, put into words."""

    def __init__(self, by: Sequence[Stratum], emails: Mapping[int, str]) -> None:
        self._by = by
        self._emails = emails

    @classmethod
    async def load(cls, session: AsyncSession, by: Sequence[Stratum]) -> "Names":
        """Read what is needed for these strata."""
        if "analyst" not in by:
            return cls(by, {})
        return cls(
            by, {row.id: row.email for row in await session.execute(select(User.id, User.email))}
        )

    def labels(self, keys: Sequence[Any]) -> Labels:
        """The labels of one group's keys; of a week its ISO number, `2026-W47`."""
        return tuple(
            self._label(stratum, value) for stratum, value in zip(self._by, keys, strict=True)
        )

    def _label(self, stratum: Stratum, value: Any) -> str:
        if stratum == "analyst":
            return UNASSIGNED if value is None else self._emails[value]
        if stratum == "week":
            year, week, _ = date.fromisoformat(value).isocalendar()
            return f"{year}-W{week:02d}"
        return str(value)
