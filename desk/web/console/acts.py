"""What an analyst can do on a ticket's page: each act, its fields, and whether it is open now."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts.models import User
from desk.accounts.roles import Action, may
from desk.conversations import analysts, presence
from desk.conversations.models import Conversation
from desk.conversations.presence import Viewer
from desk.macros.filling import is_unfinished
from desk.tickets import work
from desk.tickets.ledger import Write, is_new
from desk.tickets.models import Ticket
from desk.tickets.numbers import parse
from desk.tickets.states import MOVES

Form = Mapping[str, str]
_Do = Callable[[AsyncSession, int, Write, Form, User], Awaitable[Any]]
_LARGEST = 2**31 - 1
"""What a column of whole numbers holds on every database."""


class Composing(Exception):
    """Somebody else is writing a reply to the same requester."""

    def __init__(self, viewers: list[Viewer]) -> None:
        super().__init__("somebody else writes a reply")
        self.viewers = viewers


class Unusable(ValueError):
    """A field says nothing that can be used; `key` names the sentence that says why."""

    def __init__(self, field: str, key: str = "unusable") -> None:
        super().__init__(field)
        self.field = field
        self.key = key


@dataclass(frozen=True, kw_only=True)
class Act:
    """One thing that an analyst does, a form of its own on the page."""

    do: _Do
    kind: str | None = None
    """The line that it writes into the log, which says in what states it can happen; None for what
    concerns the conversation."""
    needs: Action = "tickets.work"
    required: tuple[str, ...] = ()
    """Fields that must say something."""
    versioned: bool = True
    """It is refused when the ticket has changed since its author looked."""


async def _reply(
    session: AsyncSession, ticket_id: int, write: Write, form: Form, user: User
) -> None:
    epoch, despite = _EPOCH(form), form.get("despite") == "on"
    if is_unfinished(form["text"]):
        raise Unusable("text", "unfinished")
    if await is_new(session, write):
        await _nobody_else_writes(session, ticket_id, write, form, user)
        if despite:
            before = Write(key=f"{write.key}/take", actor=write.actor, now=write.now)
            taken = await analysts.take_over(session, ticket_id, before, epoch=epoch)
            epoch = taken.epoch
    await analysts.reply_to_requester(
        session, ticket_id, write, text=form["text"], epoch=epoch, seen=_whole("seen")(form)
    )
    await presence.beat(session, ticket_id, user.id, composing=False, now=write.now)


async def _pass_on(
    session: AsyncSession, ticket_id: int, write: Write, form: Form, _user: User
) -> None:
    to = await _named(session, form, "to")
    await analysts.pass_to(session, ticket_id, write, to=to, epoch=_EPOCH(form))


async def _spoke(
    session: AsyncSession, ticket_id: int, write: Write, form: Form, user: User
) -> None:
    if await is_new(session, write):
        await _nobody_else_writes(session, ticket_id, write, form, user)
    await work.spoke(session, ticket_id, write)


async def _assign(
    session: AsyncSession, ticket_id: int, write: Write, form: Form, _user: User
) -> None:
    assignee = await _named(session, form, "to")
    await work.assign(session, ticket_id, write, assignee=assignee, group=_or_none("group")(form))


async def _cancel(
    session: AsyncSession, ticket_id: int, write: Write, form: Form, _user: User
) -> None:
    reason = form["reason"]
    other = _ticket("duplicate_of")(form) if reason == "duplicate" else None
    await analysts.finish(session, work.cancel, ticket_id, write, reason=reason, duplicate_of=other)


async def _categorise(
    session: AsyncSession, ticket_id: int, write: Write, form: Form, _user: User
) -> None:
    category, _, topic = form["category"].partition("/")
    await work.categorise(session, ticket_id, write, category=category, topic=topic or None)


async def _watch(
    session: AsyncSession, ticket_id: int, write: Write, _form: Form, user: User
) -> None:
    await work.watch(session, ticket_id, write, user=user)


async def _unwatch(
    session: AsyncSession, ticket_id: int, write: Write, _form: Form, user: User
) -> None:
    await work.watch(session, ticket_id, write, user=user, remove=True)


async def _describe(
    session: AsyncSession, ticket_id: int, write: Write, form: Form, _user: User
) -> None:
    ticket = await session.get_one(Ticket, ticket_id)
    changed = {
        name: form[name]
        for name in work.REQUESTER
        if name in form and form[name].strip() != ticket.requester.get(name, "")
    }
    if changed:
        await work.describe(session, ticket_id, write, **changed)


def _with(do: Callable[..., Awaitable[Any]], **fields: Callable[[Form], Any]) -> _Do:
    """An act that hands on what its form's fields say."""

    async def act(
        session: AsyncSession, ticket_id: int, write: Write, form: Form, _user: User
    ) -> None:
        values = {name: read(form) for name, read in fields.items()}
        await do(session, ticket_id, write, **values)

    return act


def _ending(do: Callable[..., Awaitable[Ticket]], **fields: Callable[[Form], Any]) -> _Do:
    """The same for what ends a ticket, so that its conversation is let go."""

    async def finish(session: AsyncSession, ticket_id: int, write: Write, **values: Any) -> None:
        await analysts.finish(session, do, ticket_id, write, **values)

    return _with(finish, **fields)


def _text(name: str) -> Callable[[Form], str]:
    return lambda form: form[name]


def _or_none(name: str) -> Callable[[Form], str | None]:
    return lambda form: form.get(name, "").strip() or None


def _words(name: str) -> Callable[[Form], tuple[str, ...]]:
    return lambda form: tuple(re.split(r"[\s,]+", form[name].strip()))


def _ticket(name: str) -> Callable[[Form], int]:
    def read(form: Form) -> int:
        found = parse(form.get(name, ""))
        if found is None:
            raise Unusable(name)
        return found

    return read


def _moment(name: str) -> Callable[[Form], datetime | None]:
    """A field for date and time, which is filled in in UTC, as all of the page is."""

    def read(form: Form) -> datetime | None:
        typed = form.get(name, "").strip()
        try:
            return datetime.fromisoformat(typed).replace(tzinfo=UTC) if typed else None
        except ValueError:
            raise Unusable(name) from None

    return read


def _whole(name: str) -> Callable[[Form], int | None]:
    def read(form: Form) -> int | None:
        typed = form.get(name, "")
        number = int(typed) if re.fullmatch(r"[0-9]{1,10}", typed) else None
        return number if number is not None and number <= _LARGEST else None

    return read


_EPOCH = _whole("epoch")
_REPLY: Action = "conversations.reply"

ACTS: Mapping[str, Act] = {
    # The conversation.
    "take_over": Act(do=_with(analysts.take_over, epoch=_EPOCH), needs=_REPLY, versioned=False),
    "reply": Act(do=_reply, kind="responded", needs=_REPLY, required=("text",), versioned=False),
    "hand_back": Act(do=_with(analysts.hand_back, epoch=_EPOCH), needs=_REPLY, versioned=False),
    "pass_on": Act(do=_pass_on, needs=_REPLY, required=("to",), versioned=False),
    "spoke": Act(do=_spoke, kind="responded", needs=_REPLY, versioned=False),
    "note": Act(
        do=_with(work.note, text=_text("text")), kind="noted", required=("text",), versioned=False
    ),
    # Who works on it.
    "start": Act(do=_with(work.take), kind="started"),
    "give_back": Act(do=_with(work.give_back), kind="returned"),
    "assign": Act(do=_assign, kind="assigned", needs="tickets.reassign", required=("to",)),
    "escalate": Act(do=_with(work.escalate, group=_or_none("group")), kind="escalated"),
    # Holds and ends.
    "hold": Act(
        do=_with(work.hold, reason=_text("reason"), until=_moment("until")),
        kind="paused",
        required=("reason",),
    ),
    "resume": Act(do=_with(work.resume), kind="resumed"),
    "resolve": Act(
        do=_ending(work.resolve, code=_text("code"), notes=_text("notes")),
        kind="resolved",
        required=("code", "notes"),
    ),
    "transfer": Act(
        do=_ending(work.transfer, office=_text("office"), notes=_text("notes")),
        kind="transferred",
        required=("office", "notes"),
    ),
    "close": Act(do=_ending(work.close), kind="closed"),
    "cancel": Act(do=_cancel, kind="cancelled", required=("reason",)),
    "merge": Act(do=_ending(work.merge, into=_ticket("into")), kind="merged", required=("into",)),
    "reopen": Act(
        do=_with(work.reopen, reason=_text("reason")), kind="reopened", required=("reason",)
    ),
    # How it is sorted and found.
    "prioritise": Act(
        do=_with(work.prioritise, impact=_text("impact"), urgency=_text("urgency")),
        kind="prioritised",
        required=("impact", "urgency"),
    ),
    "categorise": Act(do=_categorise, kind="categorised", required=("category",)),
    "plan": Act(do=_with(work.plan, action=_or_none("action"), due=_moment("due")), kind="planned"),
    "tag": Act(
        do=_with(work.tag, add=_words("tags")), kind="tagged", required=("tags",), versioned=False
    ),
    "untag": Act(
        do=_with(work.tag, remove=_words("tag")), kind="tagged", required=("tag",), versioned=False
    ),
    "link": Act(
        do=_with(work.link, to=_text("to")), kind="linked", required=("to",), versioned=False
    ),
    "unlink": Act(
        do=_with(work.link, to=_text("to"), remove=lambda _form: True),
        kind="unlinked",
        required=("to",),
        versioned=False,
    ),
    "put_under": Act(
        do=_with(work.put_under, parent=_ticket("parent")), kind="put_under", required=("parent",)
    ),
    "describe": Act(do=_describe, kind="described"),
    "watch": Act(do=_watch, kind="watched", versioned=False),
    "unwatch": Act(do=_unwatch, kind="unwatched", versioned=False),
}


def possible(ticket: Ticket, conversation: Conversation, user: User) -> set[str]:
    """The acts that this user could do now, as far as anybody can tell before they try."""
    return {
        name
        for name, act in ACTS.items()
        if may(user.role, act.needs)
        and (act.kind is None or ticket.state in MOVES[act.kind])
        and _makes_sense(name, ticket, conversation, user)
    }


def _makes_sense(name: str, ticket: Ticket, conversation: Conversation, user: User) -> bool:
    heard = ticket.channel in analysts.HEARD and conversation.state != "closed"
    mine, owned = conversation.owner_id == user.id, conversation.owner_id is not None
    leads = may(user.role, "conversations.take_from_other")
    match name:
        case "reply":
            return heard and (mine or not owned or leads)
        case "take_over":
            answerable = ticket.state in MOVES["responded"]
            return heard and answerable and not mine and (not owned or leads)
        case "hand_back":
            return mine
        case "pass_on":
            return mine or (owned and leads)
        case "spoke":
            return ticket.channel not in analysts.HEARD
        case "start":
            return ticket.assignee_id in (None, user.id)
        case "give_back":
            return ticket.assignee_id is not None
        case "watch":
            return user.id not in ticket.watchers
        case "unwatch":
            return user.id in ticket.watchers
        case _:
            return True


async def _nobody_else_writes(
    session: AsyncSession, ticket_id: int, write: Write, form: Form, user: User
) -> None:
    if form.get("despite") == "on":
        return
    there = await presence.others(session, ticket_id, user.id, now=write.now)
    if composing := [viewer for viewer in there if viewer.composing]:
        raise Composing(composing)


async def _named(session: AsyncSession, form: Form, name: str) -> User:
    found = await session.get(User, _whole(name)(form) or 0)
    if found is None:
        raise Unusable(name)
    return found
