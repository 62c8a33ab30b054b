"""Writing down what must be accounted for."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from desk.privacy.models import AuditEntry
from desk.tickets.ledger import Actor


def account(
    session: AsyncSession, action: str, of: str, *, by: Actor, now: datetime, **detail: Any
) -> None:
    """Add an entry, in the transaction of what it accounts for.

    Args:
        of: the object, such as `attachment/12`.
        detail: codes and numbers.
    """
    session.add(
        AuditEntry(
            at=now, actor=by.kind, user_id=by.user_id, action=action, object=of, detail=detail
        )
    )
