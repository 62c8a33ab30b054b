"""Finding macros and writing them, as functions over a session."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.audit.service import By, account
from desk.macros.filling import unknown_variables
from desk.macros.models import MacroVersion
from desk.store import insert_once
from desk.tickets import triage
from textkit.masking import mask
from textkit.normalise import fold, printable

MAX_NAME = 80
MAX_TEXT = 4000
"""Characters of a text; a reply holds twice as many."""
FIELDS = ("name_en", "name_es", "text_en", "text_es")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Why a field can't be taken; `code` is missing, too_long, variables or secret."""

    field: str
    code: str
    found: str = ""


class UnusableMacro(ValueError):
    """A macro that can't be kept, with everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{one.field}: {one.code} {one.found}" for one in problems))
        self.problems = problems


class ChangedMeanwhile(ValueError):
    """Somebody else wrote a newer version than the one that was worked on."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What a macro shall say."""

    name_en: str
    name_es: str
    text_en: str
    text_es: str
    category: str | None = None
    active: bool = True

    @property
    def cleaned(self) -> "Draft":
        """The same without what can't be seen, and with the line ends of the house."""
        return Draft(
            **{name: _clean(getattr(self, name)) for name in FIELDS},
            category=self.category or None,
            active=self.active,
        )


def check(draft: Draft) -> None:
    """Both languages are there, with known variables and without a secret.

    Raises:
        UnusableMacro: something is wrong.
        triage.UnknownSort: no such category.
    """
    if draft.category is not None:
        triage.check(draft.category)
    problems = []
    for field in FIELDS:
        text = getattr(draft, field)
        limit = MAX_NAME if field.startswith("name") else MAX_TEXT
        if not text:
            problems.append(Problem(field=field, code="missing"))
        elif len(text) > limit:
            problems.append(Problem(field=field, code="too_long", found=str(limit)))
        elif unknown := unknown_variables(text):
            problems.append(Problem(field=field, code="variables", found=", ".join(unknown)))
        elif mask(text).kinds:
            problems.append(Problem(field=field, code="secret"))
    if problems:
        raise UnusableMacro(problems)


async def list_for(
    session: AsyncSession, category: str | None, language: str
) -> list[MacroVersion]:
    """The active macros for a ticket of this category, its own before those for all, by name."""
    fitting = [
        macro
        for macro in await newest(session)
        if macro.active and macro.category in (None, category)
    ]
    return sorted(fitting, key=lambda one: (one.category is None, fold(one.name(language))))


async def newest(session: AsyncSession) -> list[MacroVersion]:
    """Every macro as it stands, also those that are not offered."""
    latest = select(func.max(MacroVersion.id)).group_by(MacroVersion.slug)
    rows = await session.scalars(
        select(MacroVersion).where(MacroVersion.id.in_(latest)).order_by(MacroVersion.slug)
    )
    return list(rows)


async def versions(session: AsyncSession, slug: str) -> list[MacroVersion]:
    """All that a macro has said, the newest first; empty when there is none."""
    rows = await session.scalars(
        select(MacroVersion).where(MacroVersion.slug == slug).order_by(MacroVersion.version.desc())
    )
    return list(rows)


async def create(
    session: AsyncSession, draft: Draft, *, user_id: int, now: datetime
) -> MacroVersion:
    """A new macro, found under its English name.

    Raises:
        What `check` raises.
    """
    draft = draft.cleaned
    check(draft)
    stem = re.sub(r"\W+", "_", fold(draft.name_en)).strip("_")[:56] or "macro"
    slug, number = stem, 2
    while (made := await _add(session, slug, 1, draft, user_id=user_id, now=now)) is None:
        slug, number = f"{stem}_{number}", number + 1
    return made


async def revise(
    session: AsyncSession, slug: str, draft: Draft, *, based_on: int, user_id: int, now: datetime
) -> MacroVersion:
    """The next version of a macro; the same text again adds none.

    Args:
        based_on: the version that the writer had before them.

    Raises:
        LookupError: there is no such macro.
        ChangedMeanwhile: it has moved on since.
        What `check` raises.
    """
    draft = draft.cleaned
    check(draft)
    known = await versions(session, slug)
    if not known:
        raise LookupError(slug)
    newest_one = known[0]
    if all(getattr(newest_one, name) == value for name, value in vars(draft).items()):
        return newest_one
    if newest_one.version != based_on:
        raise ChangedMeanwhile(slug)
    made = await _add(session, slug, based_on + 1, draft, user_id=user_id, now=now)
    if made is None:
        raise ChangedMeanwhile(slug)
    return made


async def _add(
    session: AsyncSession,
    slug: str,
    version: int,
    draft: Draft,
    *,
    user_id: int | None,
    now: datetime,
    digest: str | None = None,
) -> MacroVersion | None:
    made = await insert_once(
        session,
        MacroVersion,
        slug=slug,
        version=version,
        at=now,
        user_id=user_id,
        digest=digest,
        **vars(draft),
    )
    if made is not None and user_id is not None:
        by = By.user(user_id)
        account(session, "macro_saved", f"macro/{slug}"[:64], by=by, now=now, version=version)
    return made


async def take_over(
    session: AsyncSession, slug: str, draft: Draft, *, digest: str, now: datetime
) -> bool:
    """Add what a file says as the next version; whether it was added.

    What was taken over before is not again, and what a person wrote is never replaced.
    """
    draft = draft.cleaned
    check(draft)
    known = await versions(session, slug)
    if any(one.digest == digest for one in known) or (known and known[0].user_id is not None):
        return False
    version = known[0].version + 1 if known else 1
    return (
        await _add(session, slug, version, draft, user_id=None, now=now, digest=digest) is not None
    )


def _clean(text: str) -> str:
    return printable(text.replace("\r\n", "\n")).strip()
