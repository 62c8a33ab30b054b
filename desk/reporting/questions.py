"""What visitors asked and got no answer to: the questions that come most, for whoever writes.

A question has none when the assistant declined it, when it offered a choice and the conversation
came to no answer after that, or when the visitor said that its answer did not help. Insults and
probes are no questions. Only what is stored is read, in which secrets are masked; business numbers
and addresses are taken out besides, since a question that comes often needs none.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from desk.conversations.handoff import find_emails
from desk.conversations.models import Conversation, Message
from textkit.identifiers import mask_business
from textkit.normalise import fold

_NO_QUESTIONS = frozenset({"abuse", "probe", "greet", "thanks", "goodbye"})
_LONGEST = 300
"""Characters of an example."""
_READ = 20_000
"""Questions that are looked at, the newest, so that a year's figures stay quick."""


@dataclass(kw_only=True)
class Unanswered:
    """A question, however it was typed, and how often it had no answer."""

    example: str
    """As it was typed last, without numbers of businesses and addresses."""
    intent: str
    """What the assistant took it for."""
    nearest: str | None
    """Slug of the article that was shown, or else came nearest."""
    last_at: datetime
    by_language: Counter[str] = field(default_factory=Counter)
    by_kind: Counter[str] = field(default_factory=Counter)
    """How often it was `decline`d, only `clarify` came, or the answer was called `unhelpful`."""

    @property
    def total(self) -> int:
        """How often it was asked in vain."""
        return self.by_language.total()


async def unanswered(
    session: AsyncSession,
    *,
    since: datetime | None,
    until: datetime | None,
    limit: int | None = None,
) -> list[Unanswered]:
    """Those asked in [since, until), the most frequent first; evaluations are left out."""
    question, answer = aliased(Message), aliased(Message)
    kind = answer.custom["kind"].as_string()
    unhelpful = answer.helpful.is_(False)
    bounds = []
    if since is not None:
        bounds.append(Conversation.created_at >= since)
    if until is not None:
        bounds.append(Conversation.created_at < until)
    rows = await session.execute(
        select(
            question.text,
            question.at,
            question.evidence["intent"].as_string().label("intent"),
            Conversation.language,
            case((unhelpful, "unhelpful"), else_=kind).label("kind"),
            answer.custom["article"].as_string().label("article"),
            answer.custom["candidates"].label("candidates"),
        )
        .join(answer, answer.reply_to == question.id)
        .join(Conversation, Conversation.id == question.conversation_id)
        .where(
            *bounds,
            Conversation.is_test.is_(False),
            question.payload.is_(None),
            or_(
                unhelpful,
                kind == "decline",
                and_(kind == "clarify", Conversation.outcome == "unresolved"),
            ),
        )
        .order_by(question.at.desc())
        .limit(_READ)
    )
    found = _grouped(rows)
    return found[:limit]


def _grouped(rows: Iterable[Sequence[Any]]) -> list[Unanswered]:
    groups: dict[tuple[str, str], Unanswered] = {}
    for text, at, intent, language, kind, article, candidates in rows:
        words = " ".join(re.findall(r"\w+", fold(mask_business(text))))
        if not words or intent in _NO_QUESTIONS:
            continue
        group = groups.setdefault(
            (intent or "", words),
            Unanswered(
                example=_harmless(text),
                intent=intent or "",
                nearest=article or _first(candidates),
                last_at=at,
            ),
        )
        group.by_language[language] += 1
        group.by_kind[kind] += 1
    return sorted(groups.values(), key=lambda one: (-one.total, -one.last_at.timestamp()))


def _harmless(text: str) -> str:
    masked = mask_business(text)
    for address in find_emails(masked):
        masked = masked.replace(address, "[e-mail]")
    one_line = " ".join(masked.split())
    return one_line if len(one_line) <= _LONGEST else f"{one_line[: _LONGEST - 1]}…"


def _first(candidates: Sequence[str] | None) -> str | None:
    return candidates[0] if candidates else None
