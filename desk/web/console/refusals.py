"""Why an act was not done, in plain words, and what has happened meanwhile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.analysts import Overtaken, Unheard
from desk.conversations.models import Conversation, Message, Stretch
from desk.conversations.ownership import Ended, Moved, NotOwner
from desk.conversations.service import UnusableMessage
from desk.messages import say
from desk.tickets.ledger import Conflict, KeyReused
from desk.tickets.models import Ticket, TicketEvent
from desk.tickets.states import IllegalMove
from desk.tickets.work import NotYours
from desk.web.console.acts import ACTS, Composing, Form, Unusable

REFUSALS = (Conflict, Composing, LookupError, ValueError)
"""What an act raises when it can't be done; whatever else comes is an error of ours."""


@dataclass(frozen=True, kw_only=True)
class Happened:
    """Something that the analyst had not seen yet."""

    at: datetime
    text: str


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What is shown in the place of a result; what was typed stays in the form."""

    status: int
    act: str
    text: str
    happened: Sequence[Happened] = ()
    field: str = ""
    """The field that it is about, if it is about one."""


def missing(act: str, form: Form, t: Mapping[str, Any]) -> Refusal | None:
    """The refusal of a form that lacks what the act needs, or None."""
    for name in ACTS[act].required:
        if not form.get(name, "").strip():
            text = t["ticket"]["refusals"]["missing"].format(field=t["ticket"]["fields"][name])
            return Refusal(status=400, act=act, text=text, field=name)
    return None


async def refusal(
    session: AsyncSession,
    error: Exception,
    ticket: Ticket,
    *,
    act: str,
    form: Form,
    people: Mapping[int | None, str],
    language: str,
    t: Mapping[str, Any],
) -> Refusal:
    """Say in the reader's language why an act was not done.

    Args:
        error: one of `REFUSALS`.
        ticket: as it is now.
        people: how users are called, by id.
        t: the page's strings.
    """
    said = t["ticket"]["refusals"]
    status, text, field = 409, "", ""
    happened: Sequence[Happened] = ()
    match error:
        case Conflict():
            text = said["conflict"]
            happened = await _since(session, ticket, form, people, t)
        case Composing():
            text = said["composing"].format(name=_names(error, t))
        case Overtaken():
            text = said["overtaken"]
            happened = await _words_since(session, ticket, form, people, t)
        case NotOwner() | Moved():
            owner = await _owner(session, ticket)
            key = "owner" if owner is not None else "nobody" if act == "hand_back" else "moved"
            text = said[key].format(name=people.get(owner, ""))
            happened = await _changes_of_owner(session, ticket, form, people, t)
        case Ended():
            text = said["ended"]
        case Unheard():
            text = said["unheard"]
        case IllegalMove():
            text = said["illegal"].format(
                act=t["ticket"]["acts"][act], state=t["states"].get(error.state, error.state)
            )
        case NotYours():
            text = said["not_yours"].format(name=people.get(ticket.assignee_id, ""))
        case KeyReused():
            text = said["repeated"]
        case UnusableMessage():
            status, text = 400, say(f"errors.{error.key}", language, **error.values)
        case Unusable():
            status, field = 400, error.field
            text = said[error.key].format(field=t["ticket"]["fields"].get(field, ""))
        case _:
            status, text = 400, t["ticket"]["invalid"].get(act, said["invalid"])
    return Refusal(status=status, act=act, text=text, happened=happened, field=field)


def _names(error: Composing, t: Mapping[str, Any]) -> str:
    return f" {t['ticket']['and']} ".join(viewer.name for viewer in error.viewers)


async def _owner(session: AsyncSession, ticket: Ticket) -> int | None:
    return (await session.get_one(Conversation, ticket.conversation_id)).owner_id


async def _since(
    session: AsyncSession,
    ticket: Ticket,
    form: Form,
    people: Mapping[int | None, str],
    t: Mapping[str, Any],
) -> list[Happened]:
    rows = await session.scalars(
        select(TicketEvent)
        .where(TicketEvent.ticket_id == ticket.id, TicketEvent.seq > _seen(form, "version"))
        .order_by(TicketEvent.seq)
    )
    return [Happened(at=line.at, text=line_in_words(line, people, t)) for line in rows]


def line_in_words(line: TicketEvent, people: Mapping[int | None, str], t: Mapping[str, Any]) -> str:
    """Who did what: `ben@desk.example: On hold (waiting on the requester)`."""
    who = people.get(line.user_id) or t["actors"].get(line.actor, line.actor)
    what = t["kinds"].get(line.kind, line.kind)
    why = f" ({t['reasons'].get(line.reason, line.reason)})" if line.reason else ""
    whom = people.get(line.payload.get("assignee_id"))
    return f"{who}: {what}{f' → {whom}' if whom else ''}{why}"


async def _words_since(
    session: AsyncSession,
    ticket: Ticket,
    form: Form,
    people: Mapping[int | None, str],
    t: Mapping[str, Any],
) -> list[Happened]:
    rows = await session.scalars(
        select(Message)
        .where(
            Message.conversation_id == ticket.conversation_id,
            Message.seq > _seen(form, "seen"),
            Message.actor == "analyst",
        )
        .order_by(Message.seq)
    )
    return [
        Happened(
            at=message.at,
            text=f"{people.get(message.user_id) or t['actors']['analyst']}: {message.text}",
        )
        for message in rows
    ]


async def _changes_of_owner(
    session: AsyncSession,
    ticket: Ticket,
    form: Form,
    people: Mapping[int | None, str],
    t: Mapping[str, Any],
) -> list[Happened]:
    epoch = _seen(form, "epoch")
    said = t["ticket"]["stretches"]
    rows = await session.scalars(
        select(Stretch)
        .where(Stretch.conversation_id == ticket.conversation_id, Stretch.epoch >= epoch)
        .order_by(Stretch.epoch)
    )
    found = []
    for stretch in rows:
        name = people.get(stretch.user_id, "")
        if stretch.epoch > epoch:
            found.append(Happened(at=stretch.started_at, text=said["began"].format(name=name)))
        if stretch.ended_at is not None and stretch.end_reason in said:
            text = said[stretch.end_reason].format(name=name)
            found.append(Happened(at=stretch.ended_at, text=text))
    return found


def _seen(form: Form, name: str) -> int:
    typed = form.get(name, "")
    return int(typed) if typed.isdecimal() and len(typed) < 10 else 0
