"""`POST /api/v1/tickets/{number}/{act}`: what analysts do with a ticket."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Concatenate

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request, json
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts.models import ApiToken
from desk.accounts.roles import Action
from desk.accounts.service import user_of
from desk.conversations.analysts import finish, reply_to_requester
from desk.conversations.service import locked
from desk.services import Services
from desk.tickets import triage, work
from desk.tickets.ledger import LATE, Write
from desk.tickets.models import Ticket
from desk.web.errors import ApiError, body_of
from desk.web.programs.fields import (
    MAX_ID,
    Address,
    Body,
    Category,
    Group,
    Instant,
    Language,
    OneOf,
    Short,
    TicketNumber,
    Words,
)
from desk.web.programs.guard import must, program
from desk.web.programs.writing import existing, refusals, write_of

blueprint = Blueprint("ticket_acts", url_prefix="/api/v1/tickets")

Do = Callable[Concatenate[AsyncSession, int, Write, ...], Awaitable[Ticket]]
_COMMON = ("expected", "at", "late")
_Tags = Annotated[tuple[Annotated[str, Field(max_length=32)], ...], Field(max_length=20)]


class Plain(Body):
    """What every act may say; all of it is optional."""

    expected: int | None = Field(None, ge=1, le=MAX_ID)
    """The version that was seen; refused when the ticket has moved on."""
    at: Instant | None = None
    """When it happened, if not now."""
    late: Annotated[str, OneOf(LATE)] | None = None
    """Why it comes late, when it happened before the log's last line."""


class Assign(Plain):
    """Who is responsible from now on."""

    assignee: Address
    group: Group | None = None


class Escalate(Plain):
    """The group that it goes to, if to another."""

    group: Group | None = None


class Text(Plain):
    """What is said or noted."""

    text: Words


class Reply(Text):
    """What the requester is told, and what its author has seen of the conversation."""

    epoch: int | None = Field(None, ge=0, le=MAX_ID)
    seen: int | None = Field(None, ge=0, le=MAX_ID)
    """Number of the last message."""


class Hold(Plain):
    """What it waits for, and when to come back to it."""

    reason: Annotated[str, OneOf(work.HOLDS)]
    until: Instant | None = None


class Resolve(Plain):
    """How it ended; `notes` say what was found and done."""

    code: Annotated[str, OneOf(work.RESOLUTIONS)]
    notes: Words


class Transfer(Plain):
    """Who has it now, and all that they need."""

    office: Annotated[str, OneOf(work.OFFICES)]
    notes: Words


class Reopen(Plain):
    """Why it opens again."""

    reason: Annotated[str, OneOf(work.REOPENINGS)]


class Cancel(Plain):
    """Why it ends without a result; a duplicate names the ticket that it repeats."""

    reason: Annotated[str, OneOf(work.CANCELLATIONS)]
    duplicate_of: TicketNumber | None = None


class Merge(Plain):
    """The ticket that goes on."""

    into: TicketNumber


class PutUnder(Plain):
    """The ticket that it becomes a part of."""

    parent: TicketNumber


class Prioritise(Plain):
    """Impact and urgency, from which the priority follows."""

    impact: Annotated[str, OneOf(triage.impacts())]
    urgency: Annotated[str, OneOf(triage.urgencies())]


class Categorise(Plain):
    """A category, and one of its topics."""

    category: Category
    topic: Annotated[str, Field(max_length=32)] | None = None


class Describe(Plain):
    """Who the requester is; what is left out stays, an empty text removes it."""

    name: Short | None = None
    email: Short | None = None
    phone: Short | None = None
    company: Short | None = None
    role: Short | None = None
    spoken_language: Language | None = None
    written_language: Language | None = None


class Plan(Plain):
    """What is to be done next, and by when; without an action the plan is taken back."""

    action: Words | None = None
    due: Instant | None = None


class Tag(Plain):
    """Tags to add and to remove."""

    add: _Tags = ()
    remove: _Tags = ()


class Link(Plain):
    """A record of another system, `system:number`, or an https address."""

    to: Annotated[str, Field(max_length=255)]
    remove: bool = False


class Watch(Plain):
    """Who follows it, or no longer."""

    user: Address
    remove: bool = False


@dataclass(frozen=True, kw_only=True)
class Act:
    """Something to do with a ticket."""

    do: Do
    body: type[Plain] = Plain
    doubtful: str = "body"
    """The field that is wrong when `do` refuses what it says."""
    needs: Action = "tickets.work"
    ends: bool = False
    """It lets the requester's conversation go."""


ACTS: Mapping[str, Act] = {
    "assign": Act(do=work.assign, body=Assign, doubtful="assignee"),
    "take": Act(do=work.take),
    "return": Act(do=work.give_back),
    "escalate": Act(do=work.escalate, body=Escalate),
    "reply": Act(do=reply_to_requester, body=Reply, doubtful="text", needs="conversations.reply"),
    "spoke": Act(do=work.spoke),
    "note": Act(do=work.note, body=Text, doubtful="text"),
    "hold": Act(do=work.hold, body=Hold, doubtful="reason"),
    "resume": Act(do=work.resume),
    "resolve": Act(do=work.resolve, body=Resolve, doubtful="notes", ends=True),
    "transfer": Act(do=work.transfer, body=Transfer, doubtful="notes", ends=True),
    "close": Act(do=work.close, ends=True),
    "reopen": Act(do=work.reopen, body=Reopen, doubtful="reason"),
    "cancel": Act(do=work.cancel, body=Cancel, doubtful="duplicate_of", ends=True),
    "merge": Act(do=work.merge, body=Merge, doubtful="into", ends=True),
    "put-under": Act(do=work.put_under, body=PutUnder, doubtful="parent"),
    "prioritise": Act(do=work.prioritise, body=Prioritise),
    "categorise": Act(do=work.categorise, body=Categorise, doubtful="topic"),
    "describe": Act(do=work.describe, body=Describe),
    "plan": Act(do=work.plan, body=Plan, doubtful="due"),
    "tag": Act(do=work.tag, body=Tag, doubtful="add"),
    "link": Act(do=work.link, body=Link, doubtful="to"),
    "watch": Act(do=work.watch, body=Watch, doubtful="user"),
}
"""By the last part of the address."""


def _route(name: str, act: Act) -> None:
    @program(act.needs)
    async def handler(request: Request, *, by: ApiToken, number: str) -> HTTPResponse:
        return await _make(request, by, number, name, act)

    blueprint.add_route(
        handler, f"/<number:str>/{name}", methods=("POST",), name=name.replace("-", "_")
    )


for _name, _act in ACTS.items():
    _route(_name, _act)


async def _make(request: Request, by: ApiToken, number: str, name: str, act: Act) -> HTTPResponse:
    services: Services = request.app.ctx.services
    body = body_of(request, act.body) if request.body else _empty(act.body)
    values: dict[str, Any] = {
        field: getattr(body, field) for field in type(body).model_fields if field not in _COMMON
    }
    write = write_of(request, by, expected=body.expected, at=body.at, late=body.late)
    async with services.store.write() as session:
        ticket = await existing(session, number)
        with refusals(act.doubtful):
            for field in ("assignee", "user"):
                if field in values:
                    values[field] = await user_of(session, values[field])
            if name == "assign" and ticket.assignee_id not in (None, by.user_id):
                must(by, "tickets.reassign")
            # Locked first, as in every write to both, so that a key that comes twice writes once.
            await locked(session, ticket.conversation_id)
            if act.ends:
                done = await finish(session, act.do, ticket.id, write, **values)
            else:
                done = await act.do(session, ticket.id, write, **values)
    services.live.announce(ticket.conversation_id)
    return json({"number": done.number, "state": done.state, "version": done.version})


def _empty(model: type[Plain]) -> Plain:
    """What a request without a body says."""
    missing = [name for name, field in model.model_fields.items() if field.is_required()]
    if missing:
        raise ApiError(400, "invalid_field", field=missing[0])
    return model()
