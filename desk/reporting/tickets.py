"""Tickets as documents: the same for commands and for the interface of programs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts.service import emails
from desk.conversations.service import history
from desk.instants import instant
from desk.messages import LANGUAGES
from desk.sla.models import EpisodeRow
from desk.tickets.models import Ticket
from desk.tickets.numbers import spoken
from desk.tickets.service import processed


async def ticket_rows(
    session: AsyncSession, tickets: Sequence[Ticket], *, now: datetime
) -> list[dict[str, Any]]:
    """Each ticket in short, as in a list."""
    clocks = await processed(session, tickets)
    people = await emails(session)
    return [_row(ticket, clocks[ticket.id], people, now) for ticket in tickets]


async def ticket_document(
    session: AsyncSession, ticket: Ticket, *, now: datetime
) -> dict[str, Any]:
    """All of a ticket that `find_ticket` found: what was told, its log, its clocks."""
    [row] = await ticket_rows(session, [ticket], now=now)
    people = await emails(session)
    episodes = await session.scalars(
        select(EpisodeRow)
        .where(EpisodeRow.ticket_id == ticket.id)
        .order_by(EpisodeRow.start, EpisodeRow.metric, EpisodeRow.number)
    )
    messages = await history(session, ticket.conversation_id)
    return row | {
        "spoken": {language: spoken(ticket.id, language) for language in LANGUAGES},
        "conversation": ticket.conversation_id,
        "topic": ticket.topic,
        "impact": ticket.impact,
        "urgency": ticket.urgency,
        "hold_reason": ticket.hold_reason,
        "resolution": ticket.resolution,
        "resolution_notes": ticket.resolution_notes,
        "next_action": ticket.next_action,
        "next_action_at": instant(ticket.next_action_at),
        "tags": ticket.tags,
        "links": ticket.links,
        "watchers": [people[user] for user in ticket.watchers],
        "erased_at": instant(ticket.erased_at),
        "merged_into": ticket.merged_into,
        "notes": [
            {"at": instant(note.at), "by": people.get(note.user_id), "text": note.text}
            for note in ticket.notes
        ],
        "parent": ticket.parent.number if ticket.parent else None,
        "children": [child.number for child in ticket.children],
        "transcript": [
            {"at": instant(message.at), "actor": message.actor, "text": message.text}
            for message in messages
        ],
        "trail": ticket.trail,
        "clocks": [_clock(episode, now) for episode in episodes],
        "events": [
            {
                "id": event.id,
                "at": instant(event.at),
                "recorded_at": instant(event.recorded_at),
                "kind": event.kind,
                "actor": event.actor,
                "by": people.get(event.user_id),
                "reason": event.reason,
                "payload": event.payload,
            }
            for event in ticket.events
        ],
    }


def _row(
    ticket: Ticket, clock: EpisodeRow, people: Mapping[int | None, str], now: datetime
) -> dict[str, Any]:
    return {
        "number": ticket.number,
        "version": ticket.version,
        "state": ticket.state,
        "language": ticket.language,
        "category": ticket.category,
        "priority": ticket.priority,
        "channel": ticket.channel,
        "group": ticket.group,
        "assignee": people.get(ticket.assignee_id),
        "article": ticket.article,
        "requester": ticket.requester,
        "details": ticket.details,
        "summary": ticket.summary,
        "opened_at": instant(ticket.opened_at),
        "due": instant(clock.due),
        "outcome": clock.outcome_at(now),
        "is_test": ticket.is_test,
    }


def _clock(episode: EpisodeRow, now: datetime) -> dict[str, Any]:
    return {
        "metric": episode.metric,
        "number": episode.number,
        "started_at": instant(episode.start),
        "stopped_at": instant(episode.stop),
        "due": instant(episode.due),
        "target_s": episode.target_s,
        "counted_s": episode.counted_s,
        "outcome": episode.outcome_at(now),
    }
