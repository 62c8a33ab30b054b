"""`/console/bulk`: one act on several tickets, each a write of its own.

First a page says what will happen to which ticket and what can't; the act is done when that page's
form is posted. Its key makes each ticket's idempotency key, so that a form that is posted again
does nothing twice.
"""

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sanic import Blueprint, HTTPResponse, Request
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts.models import User
from desk.accounts.roles import Action, may
from desk.accounts.service import emails
from desk.conversations.analysts import finish
from desk.services import Services
from desk.tickets import triage, work
from desk.tickets.ledger import Actor, Conflict, KeyReused, Write
from desk.tickets.models import Ticket
from desk.tickets.numbers import number
from desk.tickets.states import MOVES, IllegalMove
from desk.web.console.guard import field, page, page_language, refused, render_page
from desk.web.errors import ApiError
from desk.web.pages import strings

blueprint = Blueprint("bulk", url_prefix="/console/bulk")

MOST = 200
"""Tickets that one act takes."""
_NOTES = 4000
"""Characters of the notes."""
_TAG = re.compile(r"(?:(?=[\w-]*[^\W_])[\w-]{1,32})(?:[\s,]+(?=[\w-]*[^\W_])[\w-]{1,32})*")
_PICKED = re.compile(r"([0-9]{1,9}):([0-9]{1,9})")
_KEY = re.compile(r"[0-9a-f]{16}")

_Do = Callable[[AsyncSession, int, Write, dict[str, str], User], Awaitable[Ticket]]


@dataclass(frozen=True, kw_only=True)
class Act:
    """Something that can be done to several tickets at once."""

    kind: str
    """The event that it writes, which says in what states it can happen."""
    do: _Do
    fields: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    needs: Action = "tickets.work"
    takes: bool = False
    """It makes the analyst responsible, which a colleague's ticket does not allow."""


async def _assign_me(
    session: AsyncSession, ticket_id: int, write: Write, _given: dict[str, str], user: User
) -> Ticket:
    return await work.assign(session, ticket_id, write, assignee=user)


async def _assign(
    session: AsyncSession, ticket_id: int, write: Write, given: dict[str, str], _user: User
) -> Ticket:
    assignee = await session.get_one(User, int(given["assignee"]))
    return await work.assign(session, ticket_id, write, assignee=assignee)


async def _take(
    session: AsyncSession, ticket_id: int, write: Write, _given: dict[str, str], _user: User
) -> Ticket:
    return await work.take(session, ticket_id, write)


async def _hold(
    session: AsyncSession, ticket_id: int, write: Write, given: dict[str, str], _user: User
) -> Ticket:
    return await work.hold(session, ticket_id, write, reason=given["reason"])


async def _resume(
    session: AsyncSession, ticket_id: int, write: Write, _given: dict[str, str], _user: User
) -> Ticket:
    return await work.resume(session, ticket_id, write)


async def _tag(
    session: AsyncSession, ticket_id: int, write: Write, given: dict[str, str], _user: User
) -> Ticket:
    names = tuple(re.split(r"[\s,]+", given["tags"]))
    return await work.tag(session, ticket_id, write, add=names)


async def _escalate(
    session: AsyncSession, ticket_id: int, write: Write, given: dict[str, str], _user: User
) -> Ticket:
    return await work.escalate(session, ticket_id, write, group=given["group"] or None)


async def _resolve(
    session: AsyncSession, ticket_id: int, write: Write, given: dict[str, str], _user: User
) -> Ticket:
    return await finish(
        session, work.resolve, ticket_id, write, code=given["code"], notes=given["notes"]
    )


async def _categorise(
    session: AsyncSession, ticket_id: int, write: Write, given: dict[str, str], _user: User
) -> Ticket:
    category, _, topic = given["category"].partition("/")
    return await work.categorise(session, ticket_id, write, category=category, topic=topic or None)


ACTS: Mapping[str, Act] = {
    "assign_me": Act(kind="assigned", do=_assign_me, takes=True),
    "assign": Act(kind="assigned", do=_assign, fields=("assignee",), needs="tickets.reassign"),
    "take": Act(kind="started", do=_take, takes=True),
    "hold": Act(kind="paused", do=_hold, fields=("reason",)),
    "resume": Act(kind="resumed", do=_resume),
    "tag": Act(kind="tagged", do=_tag, fields=("tags",)),
    "categorise": Act(kind="categorised", do=_categorise, fields=("category",)),
    "escalate": Act(kind="escalated", do=_escalate, fields=("group",), optional=("group",)),
    "resolve": Act(kind="resolved", do=_resolve, fields=("code", "notes")),
}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What will happen, or has happened, to one ticket."""

    number: str
    ticket: Ticket | None
    problem: str | None = None
    """Why not, as a key of the page's strings; None when it can be, or has been, done."""
    state: str = ""
    """The state that stands in the way."""
    picked: str = ""
    """As the form carries it: id and version."""


def offered(user: User) -> list[str]:
    """The acts that somebody's role allows."""
    return [name for name, act in ACTS.items() if may(user.role, act.needs)]


@blueprint.post("/")
@page("tickets.work")
async def confirm(request: Request, *, user: User) -> HTTPResponse:
    """Say what will happen, and ask for what the act needs."""
    name, act = _act(request)
    if not may(user.role, act.needs):
        return refused(request, user)
    return await _confirm_page(request, user, name, act)


@blueprint.post("/run")
@page("tickets.work")
async def run(request: Request, *, user: User) -> HTTPResponse:
    """Do it, ticket by ticket, and say what came of each."""
    services: Services = request.app.ctx.services
    name, act = _act(request)
    if not may(user.role, act.needs):
        return refused(request, user)
    given = {one: field(request, one).strip() for one in act.fields}
    async with services.store.read() as session:
        wrong = await _wrong(session, act, given)
    if wrong:
        return await _confirm_page(request, user, name, act, given=given, wrong=wrong)
    key = _key(request)
    outcomes = [
        await _write(services, user, act, given, picked=picked, key=key)
        for picked in _picked(request)
    ]
    return render_page(
        request,
        user,
        "console/bulk_done",
        act=name,
        back=field(request, "back"),
        done=[one for one in outcomes if one.problem is None],
        undone=[one for one in outcomes if one.problem is not None],
    )


async def _confirm_page(
    request: Request,
    user: User,
    name: str,
    act: Act,
    *,
    given: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
) -> HTTPResponse:
    services: Services = request.app.ctx.services
    picked = _picked(request)
    async with services.store.read() as session:
        found = {
            ticket.id: ticket
            for ticket in await session.scalars(
                select(Ticket).where(Ticket.id.in_([ticket_id for ticket_id, _ in picked]))
            )
        }
        people = await _colleagues(session) if "assignee" in act.fields else {}
        names = await emails(session)
    outcomes = [
        _foreseen(act, user, ticket_id, seen, found.get(ticket_id)) for ticket_id, seen in picked
    ]
    return render_page(
        request,
        user,
        "console/bulk",
        status=400 if wrong else 200,
        act=name,
        fields=act.fields,
        options=_options(page_language(request, user), people),
        given=given or {},
        wrong=wrong or {},
        key=_key(request) if given else secrets.token_hex(8),
        back=field(request, "back"),
        can=[one for one in outcomes if one.problem is None],
        cannot=[one for one in outcomes if one.problem is not None],
        people=names,
    )


def _foreseen(act: Act, user: User, ticket_id: int, seen: int, ticket: Ticket | None) -> Outcome:
    """What would come of the act, as far as it can be told beforehand."""
    problem, state = None, ""
    if ticket is None:
        problem = "gone"
    elif ticket.state not in MOVES[act.kind]:
        problem, state = "illegal", ticket.state
    elif act.takes and not _is_free(ticket, user):
        problem = "not_yours"
    return Outcome(
        number=number(ticket_id),
        ticket=ticket,
        problem=problem,
        state=state,
        picked=f"{ticket_id}:{ticket.version if ticket else seen}",
    )


async def _write(
    services: Services,
    user: User,
    act: Act,
    given: dict[str, str],
    *,
    picked: tuple[int, int],
    key: str,
) -> Outcome:
    ticket_id, seen = picked
    write = Write(
        key=f"bulk-{key}-{ticket_id}",
        actor=Actor(kind="analyst", user_id=user.id),
        now=datetime.now(UTC),
        expected=seen,
    )
    problem, state, ticket = None, "", None
    try:
        async with services.store.write() as session:
            if act.takes:
                now = await session.get(Ticket, ticket_id, with_for_update=True)
                if now is not None and not _is_free(now, user):
                    raise work.NotYours
            ticket = await act.do(session, ticket_id, write, given, user)
    except IllegalMove as error:
        problem, state = "illegal", error.state
    except work.NotYours:
        problem = "not_yours"
    except Conflict as error:
        problem, state = "changed", error.state
    except KeyReused:
        problem = "used"
    except LookupError:
        problem = "gone"
    return Outcome(number=number(ticket_id), ticket=ticket, problem=problem, state=state)


def _is_free(ticket: Ticket, user: User) -> bool:
    return ticket.assignee_id in (None, user.id) or may(user.role, "tickets.reassign")


async def _wrong(session: AsyncSession, act: Act, given: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with the fields, as keys of the page's strings."""
    people = await _colleagues(session) if "assignee" in act.fields else {}
    options = _options("en", people)
    found = {}
    for name in act.fields:
        value = given[name]
        if not value:
            if name not in act.optional:
                found[name] = f"no_{name}"
        elif name == "notes":
            if len(value) > _NOTES:
                found[name] = "long_notes"
        elif name == "tags":
            if not _TAG.fullmatch(value):
                found[name] = "bad_tags"
        elif value not in options[name]:
            found[name] = f"no_{name}"
    return found


def _options(language: str, people: Mapping[str, str]) -> dict[str, Mapping[str, str]]:
    """What the fields with a choice offer: codes and their words."""
    words = strings("console", language)
    categories = {
        f"{category}/{topic}".rstrip("/"): words["categories"][category]
        + (f": {words['topics'].get(topic, topic)}" if topic else "")
        for category, topics in triage.categories().items()
        for topic in ("", *topics)
    }
    return {
        "assignee": people,
        "reason": {code: words["reasons"][code] for code in work.HOLDS},
        "code": {code: words["reasons"][code] for code in work.RESOLUTIONS},
        "group": {code: words["groups"][code] for code in triage.groups()},
        "category": categories,
    }


async def _colleagues(session: AsyncSession) -> dict[str, str]:
    """Who tickets can be given to."""
    users = await session.scalars(select(User).order_by(User.email))
    return {
        str(user.id): f"{user.name} ({user.email})" if user.name else user.email
        for user in users
        if user.disabled_at is None and may(user.role, "tickets.work")
    }


def _act(request: Request) -> tuple[str, Act]:
    name = field(request, "do")
    if name not in ACTS:
        raise ApiError(400, "invalid_field", field="do")
    return name, ACTS[name]


def _picked(request: Request) -> list[tuple[int, int]]:
    """The tickets of the form with the versions that were seen, each once."""
    given = request.form.getlist("ticket", []) if request.form else []
    found = [_PICKED.fullmatch(str(one)) for one in dict.fromkeys(given)]
    if len(found) > MOST or None in found:
        raise ApiError(400, "invalid_field", field="ticket")
    return [(int(one[1]), int(one[2])) for one in found if one is not None]


def _key(request: Request) -> str:
    key = field(request, "key")
    if not _KEY.fullmatch(key):
        raise ApiError(400, "invalid_field", field="key")
    return key
