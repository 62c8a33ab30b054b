"""The values of a ticket that fill a macro, each as its reader's language writes it."""

from collections.abc import Mapping
from datetime import datetime

from desk.knowledge.models import ArticleVersion
from desk.messages import say
from desk.messages.moments import moment
from desk.tickets.models import Ticket


def values_of(
    ticket: Ticket,
    language: str,
    *,
    due: datetime | None,
    analyst: str | None,
    article: ArticleVersion | None,
) -> Mapping[str, str | None]:
    """By the names of `filling.VARIABLES`; None where there is nothing to say.

    Args:
        due: until when the ticket is to be processed.
        analyst: the name that requesters know the analyst by.
        article: the one that the ticket is about, in this language if there is one.
    """
    name = ticket.requester.get("name")
    return {
        "greeting": greeting(name, language),
        "requester_name": name,
        "company": ticket.requester.get("company"),
        "ticket_number": ticket.number,
        "opened": moment(ticket.opened_at, language),
        "due": moment(due, language) if due else None,
        "analyst_name": analyst,
        "article_title": article.title if article else None,
        "article_url": article.sources[0]["url"] if article and article.sources else None,
    }


def samples(language: str) -> Mapping[str, str]:
    """Values to show a macro with where there is no ticket."""
    given = {
        name: say(f"macros.samples.{name}", language)
        for name in ("requester_name", "company", "analyst_name", "article_title")
    }
    opened, due = (datetime.fromisoformat(f"2026-11-23T{hour}:40Z") for hour in ("14", "18"))
    return given | {
        "greeting": greeting(given["requester_name"], language),
        "ticket_number": "ASD-000123",
        "opened": moment(opened, language),
        "due": moment(due, language),
        "article_url": "https://www.cbp.gov/trade/automated",
    }


def greeting(name: str | None, language: str) -> str:
    """How a reply begins, also to somebody whose name nobody knows."""
    if name and name.strip():
        return say("macros.greeting", language, name=name.strip())
    return say("macros.greeting_without_name", language)
