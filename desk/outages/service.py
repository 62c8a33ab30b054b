"""Posting a status, ending an outage, and the parent ticket of reports.

One outage runs at a time. It is current while a status is in force, and for
`REPORTS_BELONG_TOGETHER` after its last open report or after its status expired; then the next
report or status begins another. What the desk does not know it does not say: nothing here judges
whether there is an outage.
"""

import re
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from desk.accounts.models import User
from desk.audit.service import SYSTEM, By, Doer, account
from desk.conversations.opening import conversation_of_sender
from desk.conversations.ownership import want_person
from desk.messages import say
from desk.outages.models import Outage, OutageStatus
from desk.tickets.models import Ticket
from desk.tickets.service import Opening, open_ticket
from desk.tickets.states import DONE

REPORTS_BELONG_TOGETHER = timedelta(hours=2)
"""Without a status in force, a report joins the outage that was last heard of this long ago."""
MAX_TEXT = 600
"""Characters of a status in each language: what fits into one bubble."""
MAX_AHEAD = timedelta(days=7)
"""A status that would hold longer is a slip of the pen, or not an outage."""

_SCOPE = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_NAMES = {"en": "English", "es": "Spanish"}


class UnusableStatus(ValueError):
    """A status that can't be posted; its text says why, for analysts."""


async def post_status(
    session: AsyncSession,
    *,
    en: str,
    es: str,
    until: datetime,
    now: datetime,
    scope: str | None = None,
    by: str | None = None,
) -> OutageStatus:
    """Post a status, in force from now on; one that was in force is replaced by it.

    It joins the outage whose reports are being collected, or begins an outage.

    Raises:
        UnusableStatus: a text is missing or too long, `until` is not ahead or too far ahead, the
            scope is no code, or nobody has the address `by`.
    """
    texts = {"en": _one_paragraph(en), "es": _one_paragraph(es)}
    for language, text in texts.items():
        _check_text(text, language)
    if until <= now:
        raise UnusableStatus(f"the status would end in the past ({until:%Y-%m-%d %H:%M} UTC)")
    if until > now + MAX_AHEAD:
        raise UnusableStatus(f"a status holds for at most {MAX_AHEAD.days} days")
    if scope is not None and not _SCOPE.fullmatch(scope):
        raise UnusableStatus(
            "a scope is a short code of small letters, digits, - and _, such as ace_reports"
        )
    poster = await _poster(session, by)
    outage = await _running(session, is_test=False, language="en", now=now)
    status = OutageStatus(
        outage_id=outage.id,
        text_en=texts["en"],
        text_es=texts["es"],
        scope=scope,
        posted_at=now,
        until=until,
        posted_by=poster.email if poster else None,
    )
    session.add(status)
    await session.flush()
    doer = By.user(poster.id) if poster else SYSTEM
    account(session, "outage_posted", f"outage/{outage.id}", by=doer, now=now, status=status.id)
    return status


async def end_outage(
    session: AsyncSession, outage_id: int, *, now: datetime, by: Doer = SYSTEM
) -> Outage:
    """End an outage: its status is no longer in force, and the next report begins another.

    Its tickets stay as they are.

    Raises:
        LookupError: there is no such outage.
        ValueError: it has ended already.
    """
    outage: Outage | None = await session.get(Outage, outage_id, with_for_update=True)
    if outage is None:
        raise LookupError(f"there is no outage {outage_id}")
    if outage.ended_at is not None:
        raise ValueError(f"outage {outage_id} ended at {outage.ended_at:%Y-%m-%d %H:%M} UTC")
    outage.ended_at = now
    account(session, "outage_ended", f"outage/{outage.id}", by=by, now=now)
    await session.flush()
    return outage


async def status_in_force(session: AsyncSession, *, now: datetime) -> OutageStatus | None:
    """The status that visitors are told, or None when nothing is posted."""
    running: Outage | None = await session.scalar(
        select(Outage)
        .where(Outage.ended_at.is_(None), Outage.is_test.is_(False))
        .options(selectinload(Outage.statuses))
        .execution_options(populate_existing=True)
    )
    return None if running is None else running.status_in_force(now)


async def parent_of_reports(
    session: AsyncSession, *, language: str, is_test: bool, now: datetime
) -> Ticket:
    """The ticket that a report made now goes under; opened by the first report.

    Args:
        language: what a new parent is written in, en or es.
        is_test: for the report of an evaluation, which never meets visitors' reports.
    """
    outage = await _running(session, is_test=is_test, language=language, now=now)
    return await session.get_one(Ticket, outage.parent_id)


async def list_outages(session: AsyncSession, *, tests: bool = False) -> list[Outage]:
    """Outages with statuses, parent and reports, newest first; evaluations' when asked for."""
    query = (
        select(Outage)
        .options(
            selectinload(Outage.statuses),
            selectinload(Outage.parent).selectinload(Ticket.children),
        )
        .order_by(Outage.id.desc())
    )
    if not tests:
        query = query.where(Outage.is_test.is_(False))
    return list(await session.scalars(query))


async def is_current(session: AsyncSession, outage: Outage, *, now: datetime) -> bool:
    """Whether a report made now is taken for one of this outage; its statuses must be loaded."""
    if outage.ended_at is not None:
        return False
    if outage.status_in_force(now) is not None:
        return True
    parent = await session.get_one(Ticket, outage.parent_id)
    if parent.state in DONE:
        return False
    since = now - REPORTS_BELONG_TOGETHER
    if outage.statuses and outage.statuses[-1].until >= since:
        return True
    report = await session.scalar(
        select(Ticket.id)
        .where(Ticket.parent_id == parent.id, Ticket.state.not_in(DONE), Ticket.opened_at >= since)
        .limit(1)
    )
    return report is not None


async def _running(session: AsyncSession, *, is_test: bool, language: str, now: datetime) -> Outage:
    """The current outage, for this transaction alone; made when there is none."""
    found = await _locked(session, is_test=is_test)
    if found is not None:
        if await is_current(session, found, now=now):
            return found
        found.ended_at = now
        await session.flush()
    try:
        async with session.begin_nested():
            parent = await _open_parent(session, is_test=is_test, language=language, now=now)
            outage = Outage(started_at=now, is_test=is_test, parent_id=parent.id)
            session.add(outage)
    except IntegrityError:
        # Another report came in the same moment; its outage is this one's.
        found = await _locked(session, is_test=is_test)
        if found is None:
            raise
        return found
    return outage


async def _locked(session: AsyncSession, *, is_test: bool) -> Outage | None:
    found: Outage | None = await session.scalar(
        select(Outage)
        .where(Outage.ended_at.is_(None), Outage.is_test.is_(is_test))
        .options(selectinload(Outage.statuses))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found


async def _open_parent(
    session: AsyncSession, *, is_test: bool, language: str, now: datetime
) -> Ticket:
    key = f"outage-{uuid4().hex}"
    conversation = await conversation_of_sender(
        session, key, channel="desk", is_test=is_test, language=language
    )
    want_person(conversation, now)
    opening = Opening(
        idempotency_key=key,
        conversation_id=conversation.id,
        language=language,
        channel=conversation.channel,
        category="outage",
        impact="many",
        urgency="high",
        article=None,
        requester={},
        summary=say("outages.parent_summary", language),
        trail=[],
        is_test=is_test,
        actor="system",
    )
    return await open_ticket(session, opening, now=now)


async def _poster(session: AsyncSession, by: str | None) -> User | None:
    if by is None:
        return None
    email = by.strip().lower()
    found: User | None = await session.scalar(select(User).where(User.email == email))
    if found is None:
        raise UnusableStatus(f"{email} is not a user of the console")
    return found


def _one_paragraph(text: str) -> str:
    return " ".join(text.split())


def _check_text(text: str, language: str) -> None:
    name = f"the {_NAMES[language]} text"
    if not text:
        raise UnusableStatus(f"{name} is empty; a status needs both languages")
    if len(text) > MAX_TEXT:
        raise UnusableStatus(f"{name} has {len(text)} characters; at most {MAX_TEXT} are allowed")
    unseen = next((character for character in text if not character.isprintable()), None)
    if unseen is not None:
        raise UnusableStatus(f"{name} holds U+{ord(unseen):04X}, which can't be shown")
