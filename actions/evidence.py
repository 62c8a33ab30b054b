"""What the desk knows about a message: the bot's reading, the search, the conversation so far."""

import re
from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.reading import Reading
from desk.conversations.models import Message
from desk.knowledge.hits import Found
from desk.knowledge.library import Library
from desk.routing.evidence import Evidence
from desk.tickets.models import Ticket
from textkit.identifiers import find
from textkit.normalise import fold
from textkit.questions import asks_how

_CODE_QUESTION_WORDS = 6
"""A message of a report code and this many words asks what the code is."""
_BUBBLES = 5
"""More than any reply has."""
_FOLLOW_UP_WORDS = 8
_FOLLOW_UP = re.compile(
    r"\W*(?:and|but|what about|how about|what if|same for|also|in that case"
    r"|y|pero|entonces|que tal|lo mismo|tambien|en ese caso)\b"
)
"""How a message begins that goes on with the question before it; folded."""
_LAST_BUBBLES = (
    select(Message.custom, Message.reply_to)
    .where(
        Message.conversation_id == bindparam("conversation_id"),
        Message.actor == "bot",
        Message.reply_to.is_not(None),
    )
    .order_by(Message.seq.desc())
    .limit(_BUBBLES)
)


@dataclass(frozen=True, kw_only=True)
class _Reply:
    kind: str
    to: str
    """Id of the message that it answers."""


async def gather(
    session: AsyncSession,
    library: Library,
    reading: Reading,
    message: Message,
    ticket: Ticket | None,
) -> Evidence:
    """The evidence for one message; `ticket` is the one open in its conversation."""
    language = reading.reply_language
    last = await _last_reply(session, reading.conversation_id)
    asked = await _asked_before(session, last, reading)
    found = (
        Found()
        if reading.is_payload
        else library.search(reading.text, reading.written, after=asked)
    )
    articles = [library.article(hit.slug, language) for hit in found.hits]
    return Evidence(
        intent=reading.intent,
        confidence=reading.confidence,
        margins=reading.margins,
        language=reading.language,
        language_confidence=reading.language_confidence,
        written=reading.written,
        words=len(reading.text.split()),
        asks_how=asks_how(reading.text),
        secret=bool(message.masked),
        found=found,
        categories={article.slug: article.category for article in articles if article},
        analysts_only=frozenset(
            article.slug for article in articles if article and article.routing == ["C"]
        ),
        chosen_article=_chosen(library, reading),
        asks_report_code=_asks_code(reading.text),
        open_ticket=ticket is not None,
        repeats_ticket=ticket is not None and await _repeats(session, message, ticket),
        follow_up=asked is not None,
        clarified=last is not None and last.kind == "clarify",
    )


def _chosen(library: Library, reading: Reading) -> str | None:
    slug = reading.entities.get("article")
    known = slug and library.article(slug, reading.reply_language)
    return slug if known else None


async def _last_reply(session: AsyncSession, conversation_id: str) -> _Reply | None:
    """The first bubble of the desk's last reply: the one that carries the decision."""
    rows = await session.execute(_LAST_BUBBLES, {"conversation_id": conversation_id})
    bubbles = (_Reply(kind=custom["kind"], to=to) for custom, to in rows if custom)
    return next(bubbles, None)


async def _asked_before(session: AsyncSession, last: _Reply | None, reading: Reading) -> str | None:
    """The question that this message goes on with, or None when it stands for itself."""
    folded = fold(reading.text)
    if last is None or reading.is_payload or last.kind != "answer":
        return None
    if len(folded.split()) > _FOLLOW_UP_WORDS or not _FOLLOW_UP.match(folded):
        return None
    asked = await session.get(Message, last.to)
    return asked.text if asked else None


async def _repeats(session: AsyncSession, message: Message, ticket: Ticket) -> bool:
    """The message says again what opened the ticket."""
    opening = await session.get(Message, ticket.idempotency_key)
    return opening is not None and fold(opening.text) == fold(message.text)


def _asks_code(text: str) -> bool:
    """The message holds one report code and hardly anything else."""
    one = len(set(report_codes(text))) == 1
    return one and len(fold(text).split()) <= _CODE_QUESTION_WORDS


def report_codes(text: str) -> list[str]:
    """The codes of reports in a text, in its order."""
    return [found.value for found in find(text) if found.type == "report_code"]
