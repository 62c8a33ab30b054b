"""The macros for a ticket, filled in: the same for the console and for programs."""

from dataclasses import asdict
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from desk.macros import service
from desk.macros.filling import fill
from desk.macros.values import values_of
from desk.messages import LANGUAGES
from desk.services import Services
from desk.tickets.models import Ticket
from desk.tickets.service import processed


async def filled_macros(
    services: Services,
    session: AsyncSession,
    ticket: Ticket,
    *,
    analyst: str | None,
    language: str,
    category: str | None = None,
) -> list[dict[str, Any]]:
    """The macros for a ticket: slug, name, category, text with its values, and its gaps.

    Args:
        analyst: the name that requesters know the analyst by.
        category: one in the place of the ticket's own.
    """
    clock = (await processed(session, [ticket]))[ticket.id]
    article = services.library.article(ticket.article, language) if ticket.article else None
    values = values_of(ticket, language, due=clock.due, analyst=analyst, article=article)
    return [
        {"slug": one.slug, "name": one.name(language), "category": one.category}
        | asdict(fill(one.text(language), values))
        for one in await service.list_for(session, category or ticket.category, language)
    ]


def reply_language(ticket: Ticket) -> str:
    """The language in which the requester reads, English where that is unknown."""
    written = ticket.requester.get("written_language", ticket.language)
    return written if written in LANGUAGES else "en"
