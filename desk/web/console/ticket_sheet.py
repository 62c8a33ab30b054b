"""All that a ticket's page shows, read in one transaction."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts.models import User
from desk.accounts.roles import may
from desk.attachments.service import attachments_of
from desk.conversations import presence
from desk.conversations.analysts import HEARD
from desk.conversations.models import Conversation, Message, Satisfaction
from desk.conversations.post import by_mail, mails_of
from desk.conversations.service import MAX_TEXT, history
from desk.knowledge.library import Library
from desk.messages import catalogue
from desk.services import Services
from desk.sla.policies import in_use
from desk.tickets import triage, work
from desk.tickets.clocks import clocks, explained
from desk.tickets.models import Ticket
from desk.tickets.service import processed
from desk.tickets.states import MOVES
from desk.web.console.acts import possible
from desk.web.console.articles import suggestions
from desk.web.console.rows import Row


async def sheet(
    services: Services,
    session: AsyncSession,
    ticket: Ticket,
    user: User,
    *,
    language: str,
    now: datetime,
    after: int = 0,
    about: str = "",
) -> dict[str, Any]:
    """The values of the page.

    Args:
        ticket: as `find_ticket` reads it.
        language: what the page speaks.
        after: only messages that come after this one.
        about: what to look for articles about; empty for what the requester has said.
    """
    conversation = await session.get_one(Conversation, ticket.conversation_id)
    messages = await history(session, conversation.id, after=after)
    kept = await processed(session, [ticket])
    everybody = list(await session.scalars(select(User).order_by(User.email)))
    colleagues = [one for one in everybody if one.disabled_at is None]
    written = reply_language(ticket, conversation)
    return {
        "row": Row(ticket, kept[ticket.id], now),
        "conversation": conversation,
        "messages": messages,
        "by_mail": await by_mail(session, conversation.id),
        "mails": await mails_of(session, messages),
        "files": await attachments_of(session, ticket.id),
        "rating": await session.get(Satisfaction, ticket.id),
        "viewers": await presence.others(session, ticket.id, user.id, now=now),
        "people": {one.id: one.name or one.email for one in everybody},
        "colleagues": {
            str(one.id): _called(one)
            for one in colleagues
            if one.id != user.id and may(one.role, "conversations.reply")
        },
        "assignees": {
            str(one.id): _called(one) for one in colleagues if may(one.role, "tickets.work")
        },
        "labels": catalogue(language)["handoff"]["summary"],
        "metrics": catalogue(language)["explain"]["metrics"],
        "clocks": partial(_clocks, ticket, language, now),
        "can": possible(ticket, conversation, user),
        "heard": ticket.channel in HEARD,
        "written": written,
        "answerable": _answerable(ticket, conversation, user),
        # The parts of the page that don't show them need not look for them.
        "articles": partial(
            suggestions, services.library, about or _story(ticket, messages), language=written
        ),
        "title_of": partial(_title, services.library),
        "about": about,
        "seen": messages[-1].seq if messages else after,
        "choices": CHOICES,
        "limit": MAX_TEXT,
        "key": secrets.token_hex(16),
        "now": now,
    }


def reply_language(ticket: Ticket, conversation: Conversation) -> str:
    """The language in which the requester reads what is written to them."""
    written = ticket.requester.get("written_language") or ticket.language
    return written if written in ("en", "es") else conversation.language


def _answerable(ticket: Ticket, conversation: Conversation, user: User) -> bool:
    """Whether there is a box for a reply, even if somebody else has the conversation now."""
    return (
        may(user.role, "conversations.reply")
        and ticket.channel in HEARD
        and conversation.state != "closed"
        and ticket.state in MOVES["responded"]
    )


def _title(library: Library, slug: str, language: str) -> str:
    """What an article is called; its name for programs when it is published no more."""
    article = library.article(slug, language)
    return article.title if article else slug


def _called(user: User) -> str:
    return f"{user.name} ({user.email})" if user.name else user.email


def _story(ticket: Ticket, messages: list[Message]) -> str:
    """What the requester wants to know, by what they wrote last or told at first."""
    said = [one.text for one in messages if one.actor == "visitor" and not one.payload]
    return ticket.summary or (said[-1] if said else "")


def _clocks(ticket: Ticket, language: str, now: datetime) -> list[dict[str, Any]]:
    recorded = {line.id: line.recorded_at for line in ticket.events}
    return [
        {
            "metric": clock.metric,
            "outcome": episode.outcome,
            "lines": [
                {"at": step.at, "text": step.told(language)}
                for step in explained(clock, episode, recorded, now=now)
            ],
        }
        for clock in clocks(ticket.events, in_use(), now=now)
        for episode in clock.episodes
    ]


CHOICES: Mapping[str, Any] = {
    "resolutions": work.RESOLUTIONS,
    "cancellations": work.CANCELLATIONS,
    "reopenings": work.REOPENINGS,
    "offices": work.OFFICES,
    "holds": work.HOLDS,
    "groups": triage.groups(),
    "impacts": triage.impacts(),
    "urgencies": triage.urgencies(),
    "categories": triage.categories(),
    "requester": work.REQUESTER,
}
"""Codes that the page's forms offer."""
