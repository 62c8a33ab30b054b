"""Finding tickets by any of the words that were told, written or noted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Conversation, Message
from desk.store import contains
from desk.tickets.models import Ticket, TicketNote
from desk.tickets.numbers import heard
from textkit.normalise import fold

MOST = 1000
"""Tickets that a search finds at most, the newest ones."""
_WORDS = 6
_LONGEST = 60
_REQUESTER = ("name", "email", "company", "phone")


@dataclass(frozen=True, kw_only=True)
class Search:
    """What somebody looks for."""

    words: tuple[str, ...]
    """Levelled; a ticket is found when it has each of them somewhere."""
    ticket_id: int | None
    """What was typed may be a ticket's number."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A text of a ticket that one of the words may stand in."""

    where: str
    """The actor of a message, or summary, requester, tags, note, or notes (of the resolution)."""
    text: str
    language: str | None = None


def read(typed: str) -> Search:
    """What somebody typed into the box; words of one character are left out."""
    words = [word[:_LONGEST] for word in fold(typed).split() if len(word) > 1]
    return Search(words=tuple(dict.fromkeys(words))[:_WORDS], ticket_id=heard(typed))


async def found(session: AsyncSession, search: Search) -> list[int]:
    """The ids of the tickets, the one of the number first and then the newest."""
    ids: list[int] = []
    if search.words:
        query = select(Ticket.id).where(Ticket.is_test.is_(False))
        for word in search.words:
            query = query.where(_somewhere(session, word))
        ids = list(await session.scalars(query.order_by(Ticket.id.desc()).limit(MOST)))
    named = await session.scalar(select(Ticket.id).where(Ticket.id == search.ticket_id))
    return ids if named is None else [named, *(one for one in ids if one != named)]


async def shown(
    session: AsyncSession, search: Search, ids: Sequence[int]
) -> list[tuple[Ticket, Conversation, Place]]:
    """Tickets in this order, each with a text in which the search found something."""
    rows = await session.execute(
        select(Ticket, Conversation)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .where(Ticket.id.in_(ids))
    )
    by_id = {ticket.id: (ticket, conversation) for ticket, conversation in rows}
    said: dict[str, list[Place]] = {}
    noted: dict[int, list[Place]] = {}
    if search.words:
        conversations = [conversation.id for _, conversation in by_id.values()]
        for message in await session.scalars(
            select(Message)
            .where(Message.conversation_id.in_(conversations), _any(session, Message.text, search))
            .order_by(Message.seq)
        ):
            text = Place(where=message.actor, text=message.text, language=message.language)
            said.setdefault(message.conversation_id, []).append(text)
        for note in await session.scalars(
            select(TicketNote)
            .where(TicketNote.ticket_id.in_(ids), _any(session, TicketNote.text, search))
            .order_by(TicketNote.id)
        ):
            noted.setdefault(note.ticket_id, []).append(Place(where="note", text=note.text))
    result = []
    for one in ids:
        ticket, conversation = by_id[one]
        texts = [*_told(ticket), *said.get(conversation.id, []), *noted.get(one, [])]
        result.append((ticket, conversation, _best(texts, search.words)))
    return result


def _told(ticket: Ticket) -> list[Place]:
    """The texts that stand in a ticket's own row."""
    who = ticket.requester
    requester = " · ".join(str(who[name]) for name in _REQUESTER if who.get(name))
    shown_ids = " · ".join(str(one.get("shown", "")) for one in who.get("identifiers", []))
    return [
        Place(where="summary", text=ticket.summary, language=ticket.language),
        Place(where="requester", text=" · ".join(filter(None, (requester, shown_ids)))),
        Place(where="notes", text=ticket.resolution_notes or ""),
        Place(where="tags", text=" ".join(ticket.tags)),
    ]


def _best(texts: Sequence[Place], words: Sequence[str]) -> Place:
    """The first of those texts that hold the most of the words."""
    folded = [fold(one.text) for one in texts]
    hits = [sum(word in text for word in words) for text in folded]
    return texts[hits.index(max(hits))]


def _somewhere(session: AsyncSession, word: str) -> ColumnElement[bool]:
    """That a ticket has a word anywhere."""
    in_message = select(Message.conversation_id).where(contains(session, Message.text, word))
    in_note = select(TicketNote.ticket_id).where(contains(session, TicketNote.text, word))
    places = [
        contains(session, Ticket.summary, word),
        contains(session, Ticket.resolution_notes, word),
        *(contains(session, Ticket.requester[name].as_string(), word) for name in _REQUESTER),
        contains(session, cast(Ticket.tags, Text), word),
        Ticket.conversation_id.in_(in_message),
        Ticket.id.in_(in_note),
    ]
    if len(word) == 4 and word.isalnum():
        # Of identifiers, their last four characters are all that is kept.
        identifiers = cast(Ticket.requester["identifiers"], Text)
        places.append(identifiers.ilike(f'%{word}"%'))
    return or_(*places)


def _any(session: AsyncSession, column: Any, search: Search) -> ColumnElement[bool]:
    return or_(*(contains(session, column, word) for word in search.words))
