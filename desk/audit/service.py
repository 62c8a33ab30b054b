"""Writing down what must be accounted for, and looking it up."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, Protocol, get_args

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.audit.models import AuditEntry
from desk.store import Store, insert_once

AuditAction = Literal[
    "signed_in",
    "sign_in_failed",
    "signed_out",
    "password_changed",
    "password_reset",
    "second_factor_on",
    "second_factor_off",
    "recovery_codes_made",
    "recovery_code_used",
    "user_added",
    "user_disabled",
    "user_enabled",
    "role_changed",
    "token_issued",
    "token_revoked",
    "ticket_read",
    "transcript_exported",
    "opened",
    "attached",
    "conversation_taken",
    "macro_saved",
    "outage_posted",
    "outage_ended",
    "mail_released",
    "mail_discarded",
    "mail_opened",
    "webhook_added",
    "webhook_enabled",
    "webhook_removed",
    "erased",
    "address_erased",
    "retained",
    "audit_exported",
]
ACTIONS: tuple[AuditAction, ...] = get_args(AuditAction)
_BATCH = 1000


class Doer(Protocol):
    """Whoever acts, such as a ticket's `Actor`."""

    @property
    def kind(self) -> str:
        """customer, bot, analyst, system or unknown."""

    @property
    def user_id(self) -> int | None:
        """Which user, when it is one."""


@dataclass(frozen=True, kw_only=True)
class By:
    """Who acts, for rooms that know no tickets."""

    kind: str
    user_id: int | None = None

    @classmethod
    def user(cls, user_id: int) -> "By":
        """A user of the console."""
        return cls(kind="analyst", user_id=user_id)


SYSTEM = By(kind="system")
"""The desk itself, or whoever works at its command line."""
UNKNOWN = By(kind="unknown")
"""Somebody who did not get in."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which entries are asked for; what is None does not matter."""

    user_id: int | None = None
    action: str | None = None
    of: str | None = None
    """The object, such as `ticket/12`."""
    start: date | None = None
    end: date | None = None
    """Days in UTC; both belong to the period."""


def account(
    session: AsyncSession,
    action: AuditAction,
    of: str,
    *,
    by: Doer,
    now: datetime,
    **detail: str | float | None,
) -> None:
    """Add an entry, in the transaction of what it accounts for.

    Args:
        of: the object, such as `attachment/12`.
        detail: codes and numbers, no words of people.
    """
    session.add(
        AuditEntry(
            at=now, actor=by.kind, user_id=by.user_id, action=action, object=of, detail=detail
        )
    )


async def account_reading(
    store: Store, action: AuditAction, of: str, *, by: Doer, now: datetime
) -> None:
    """Add an entry for something that is looked at again and again: one an hour for each user."""
    once = f"{action}/{of}/{by.user_id}/{now.astimezone(UTC):%Y%m%d%H}"
    async with store.read() as session:
        if await session.scalar(select(AuditEntry.id).where(AuditEntry.once == once)) is not None:
            return
    async with store.write() as session:
        await insert_once(
            session,
            AuditEntry,
            at=now,
            actor=by.kind,
            user_id=by.user_id,
            action=action,
            object=of,
            detail={},
            once=once,
        )


async def entries(
    session: AsyncSession, wanted: Wanted, *, before: int | None = None, limit: int
) -> list[AuditEntry]:
    """The newest entries first.

    Args:
        before: only those that were added before the entry with this id.
    """
    asked = select(AuditEntry).where(*_conditions(wanted)).order_by(AuditEntry.id.desc())
    if before is not None:
        asked = asked.where(AuditEntry.id < before)
    return list(await session.scalars(asked.limit(limit)))


async def all_entries(session: AsyncSession, wanted: Wanted) -> AsyncIterator[AuditEntry]:
    """Every entry, the newest first, read in parts."""
    before = None
    while part := await entries(session, wanted, before=before, limit=_BATCH):
        for entry in part:
            yield entry
        before = part[-1].id
        session.expunge_all()


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.user_id is not None:
        found.append(AuditEntry.user_id == wanted.user_id)
    if wanted.action is not None:
        found.append(AuditEntry.action == wanted.action)
    if wanted.of is not None:
        found.append(AuditEntry.object == wanted.of)
    if wanted.start is not None:
        found.append(AuditEntry.at >= _midnight(wanted.start))
    if wanted.end is not None:
        found.append(AuditEntry.at < _midnight(wanted.end + timedelta(days=1)))
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
