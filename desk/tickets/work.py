"""What analysts do with a ticket, each as one write to its log.

Every function takes the session, the ticket's id and a `Write`, returns the ticket as it is then,
and raises what `ledger.record` raises.
"""

import re
from datetime import datetime
from typing import get_args

from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts.models import User
from desk.accounts.roles import may
from desk.sla.policies import HoldReason
from desk.tickets import triage
from desk.tickets.ledger import Act, KeyReused, Write, is_new, lines_of, record
from desk.tickets.models import Ticket, TicketEvent, TicketNote
from desk.tickets.numbers import number
from textkit.masking import mask

HOLDS: tuple[str, ...] = get_args(HoldReason)
RESOLUTIONS = ("answered", "done", "explained", "no_fault", "no_reply", "withdrawn")
"""How a ticket can be resolved."""
CANCELLATIONS = ("duplicate", "spam", "mistake", "withdrawn")
REOPENINGS = ("customer_wrote", "not_solved", "mistake")
OFFICES = (
    "client_representative", "center", "port", "revenue", "census", "agency", "software_vendor",
    "broker", "tier1", "tier3",
)  # fmt: skip
"""Where a ticket can be passed on to, out of Tier II."""
REQUESTER = (
    "name", "email", "phone", "company", "role", "spoken_language", "written_language",
)  # fmt: skip
"""What an analyst may write down of the requester."""


_RECORD = re.compile(r"([a-z][a-z0-9_-]{1,19}):[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_PAGE = re.compile(r"https://[A-Za-z0-9.-]{1,100}(?::\d{1,5})?(?:/[A-Za-z0-9._~/-]{0,99})?")
_TO_PEOPLE = {"fax", "mailto", "name", "phone", "sip", "sms", "tel", "whatsapp"}


class NotYours(ValueError):
    """Somebody else is responsible for the ticket."""


async def assign(
    session: AsyncSession,
    ticket_id: int,
    write: Write,
    *,
    assignee: User,
    group: str | None = None,
    reason: str | None = None,
) -> Ticket:
    """Make somebody responsible; they are told.

    Raises:
        ValueError: they are disabled, or their role does not work on tickets.
    """
    if assignee.disabled_at is not None or not may(assignee.role, "tickets.work"):
        raise ValueError(f"{assignee.email} does not work on tickets")
    payload = {"assignee_id": assignee.id} | _group(group)
    return await record(
        session, ticket_id, write, [Act(kind="assigned", reason=reason, payload=payload)]
    )


async def take(session: AsyncSession, ticket_id: int, write: Write) -> Ticket:
    """Begin work, as the one who is responsible from now on.

    Raises:
        NotYours: somebody else is responsible already.
    """
    ticket = await session.get(Ticket, ticket_id, with_for_update=True, populate_existing=True)
    free = ticket is None or ticket.assignee_id in (None, write.actor.user_id)
    if not free and await is_new(session, write):
        raise NotYours(f"{number(ticket_id)} is somebody else's; have it assigned to you first")
    return await record(session, ticket_id, write, [Act(kind="started")])


async def give_back(session: AsyncSession, ticket_id: int, write: Write) -> Ticket:
    """Return it to the queue."""
    return await record(session, ticket_id, write, [Act(kind="returned")])


async def escalate(
    session: AsyncSession, ticket_id: int, write: Write, *, group: str | None = None
) -> Ticket:
    """Call for the leads, and hand it to another group if one is named; they are told."""
    return await record(session, ticket_id, write, [Act(kind="escalated", payload=_group(group))])


async def hold(
    session: AsyncSession,
    ticket_id: int,
    write: Write,
    *,
    reason: str,
    until: datetime | None = None,
) -> Ticket:
    """Put it on hold: waiting on the user, on another office, or as directed."""
    _one_of(reason, HOLDS, "reason of a hold")
    acts = [Act(kind="paused", reason=reason)]
    if until is not None:
        acts.append(_planned(until))
    return await record(session, ticket_id, write, acts)


async def resume(session: AsyncSession, ticket_id: int, write: Write) -> Ticket:
    """End the hold."""
    return await record(session, ticket_id, write, [Act(kind="resumed")])


async def resolve(
    session: AsyncSession, ticket_id: int, write: Write, *, code: str, notes: str
) -> Ticket:
    """Resolve it.

    Args:
        code: one of `RESOLUTIONS`.
        notes: what was found and done; masked before it is kept.
    """
    _one_of(code, RESOLUTIONS, "resolution")
    return await _dispose(session, ticket_id, write, Act(kind="resolved", reason=code), notes)


async def transfer(
    session: AsyncSession, ticket_id: int, write: Write, *, office: str, notes: str
) -> Ticket:
    """Pass it on out of Tier II, with everything that the next desk needs in the notes."""
    _one_of(office, OFFICES, "office")
    return await _dispose(session, ticket_id, write, Act(kind="transferred", reason=office), notes)


async def _dispose(
    session: AsyncSession, ticket_id: int, write: Write, act: Act, notes: str
) -> Ticket:
    if not notes.strip():
        raise ValueError("whoever ends a ticket writes down what was found and done")
    new = await is_new(session, write)
    ticket = await record(session, ticket_id, write, [act])
    if new:
        ticket.resolution_notes = mask(notes.strip()).text
    return ticket


async def close(session: AsyncSession, ticket_id: int, write: Write) -> Ticket:
    """Close what is resolved or transferred; it can't be opened again."""
    return await record(session, ticket_id, write, [Act(kind="closed")])


async def reopen(session: AsyncSession, ticket_id: int, write: Write, *, reason: str) -> Ticket:
    """Open it again: a new episode of its resolution begins, the old one stays as it was."""
    _one_of(reason, REOPENINGS, "reason for reopening")
    return await record(session, ticket_id, write, [Act(kind="reopened", reason=reason)])


async def cancel(
    session: AsyncSession,
    ticket_id: int,
    write: Write,
    *,
    reason: str,
    duplicate_of: int | None = None,
) -> Ticket:
    """End it without a result; its clocks are cancelled and it is left out of the figures."""
    _one_of(reason, CANCELLATIONS, "reason for cancelling")
    if (duplicate_of is None) is (reason == "duplicate"):
        raise ValueError("a duplicate, and nothing else, names the ticket that it repeats")
    payload = (
        {} if duplicate_of is None else {"of_id": await _other(session, ticket_id, duplicate_of)}
    )
    return await record(
        session, ticket_id, write, [Act(kind="cancelled", reason=reason, payload=payload)]
    )


async def merge(session: AsyncSession, ticket_id: int, write: Write, *, into: int) -> Ticket:
    """Merge it into another ticket, which inherits its earlier start; the one that survives.

    Its own clocks are cancelled. Both logs are written, or neither.
    """
    await _other(session, ticket_id, into)
    # Always in the same order, so that two merges can't wait for each other.
    for one in sorted((ticket_id, into)):
        await session.get(Ticket, one, with_for_update=True, populate_existing=True)
    log = await lines_of(session, ticket_id)
    responded = next(
        (line.at for line in log if line.kind == "responded" and line.actor == "analyst"), None
    )
    await record(session, ticket_id, write, [Act(kind="merged", payload={"into_id": into})])
    inherited = {
        "from_id": ticket_id,
        "opened_at": log[0].at.isoformat(),
        "responded_at": responded.isoformat() if responded else None,
    }
    beside = Write(key=f"{write.key}/into", actor=write.actor, now=write.now)
    return await record(session, into, beside, [Act(kind="absorbed", payload=inherited)])


async def put_under(session: AsyncSession, ticket_id: int, write: Write, *, parent: int) -> Ticket:
    """Make it a part of another ticket, as a report is of an outage."""
    await _other(session, ticket_id, parent)
    return await record(
        session, ticket_id, write, [Act(kind="put_under", payload={"parent_id": parent})]
    )


async def prioritise(
    session: AsyncSession, ticket_id: int, write: Write, *, impact: str, urgency: str
) -> Ticket:
    """Change impact and urgency; the targets of what is open follow, its start and pauses stay."""
    payload = {
        "impact": impact,
        "urgency": urgency,
        "priority": triage.priority(impact, urgency),
    }
    return await record(session, ticket_id, write, [Act(kind="prioritised", payload=payload)])


async def categorise(
    session: AsyncSession, ticket_id: int, write: Write, *, category: str, topic: str | None
) -> Ticket:
    """Sort it under another category or topic."""
    triage.check(category, topic)
    payload = {"category": category, "topic": topic}
    return await record(session, ticket_id, write, [Act(kind="categorised", payload=payload)])


async def plan(
    session: AsyncSession, ticket_id: int, write: Write, *, action: str | None, due: datetime | None
) -> Ticket:
    """Say what is to be done next, and by when; no action takes the plan back."""
    new = await is_new(session, write)
    ticket = await record(session, ticket_id, write, [_planned(due)])
    if new:
        ticket.next_action = mask(action.strip()).text if action else None
    return ticket


async def tag(
    session: AsyncSession,
    ticket_id: int,
    write: Write,
    *,
    add: tuple[str, ...] = (),
    remove: tuple[str, ...] = (),
) -> Ticket:
    """Add and remove tags: short codes for finding tickets again."""
    payload = {"add": [_code(name) for name in add], "remove": [_code(name) for name in remove]}
    return await record(session, ticket_id, write, [Act(kind="tagged", payload=payload)])


async def link(
    session: AsyncSession, ticket_id: int, write: Write, *, to: str, remove: bool = False
) -> Ticket:
    """Add or remove a link to another record: `csms:68228015`, `servicenow:INC0012345`, a URL.

    It stands in the log for good, so that it is a code: no words, no addresses of people.
    """
    kind = "unlinked" if remove else "linked"
    return await record(session, ticket_id, write, [Act(kind=kind, payload={"to": _reference(to)})])


async def watch(
    session: AsyncSession, ticket_id: int, write: Write, *, user: User, remove: bool = False
) -> Ticket:
    """Let somebody follow it, or no longer."""
    kind = "unwatched" if remove else "watched"
    return await record(session, ticket_id, write, [Act(kind=kind, payload={"user_id": user.id})])


async def describe(
    session: AsyncSession, ticket_id: int, write: Write, **requester: str | None
) -> Ticket:
    """Write down who the requester is; the log keeps which fields, not what they say.

    Args:
        requester: by the names of `REQUESTER`; None leaves a field as it is, an empty text
            removes it.
    """
    given = {name: value.strip() for name, value in requester.items() if value is not None}
    if unknown := given.keys() - set(REQUESTER):
        raise ValueError(f"{', '.join(sorted(unknown))}: not a field of the requester")
    for name in ("spoken_language", "written_language"):
        if given.get(name):
            _one_of(given[name], ("en", "es"), name.replace("_", " "))
    new = await is_new(session, write)
    fields = {"fields": sorted(given)}
    ticket = await record(session, ticket_id, write, [Act(kind="described", payload=fields)])
    if new:
        told = ticket.requester | {name: mask(value).text for name, value in given.items()}
        ticket.requester = {name: value for name, value in told.items() if value}
    return ticket


async def note(session: AsyncSession, ticket_id: int, write: Write, *, text: str) -> Ticket:
    """Write an internal note; its secrets are masked, and no clock hears of it."""
    if not text.strip():
        raise ValueError("the note is empty")
    text = mask(text.strip()).text
    line = await session.get(TicketEvent, write.key)
    if line is None:
        kept = TicketNote(
            ticket_id=ticket_id,
            at=write.now,
            user_id=write.actor.user_id,
            text=text,
        )
        session.add(kept)
        await session.flush()
    else:
        known = await session.get(TicketNote, line.payload.get("note", 0))
        if known is None or known.text != text:
            raise KeyReused(f"the idempotency key {write.key!r} is that of another write")
        kept = known
    return await record(session, ticket_id, write, [Act(kind="noted", payload={"note": kept.id})])


async def spoke(session: AsyncSession, ticket_id: int, write: Write) -> Ticket:
    """Write down that the requester was answered by telephone."""
    said = Act(kind="responded", payload={"how": "telephone"})
    return await record(session, ticket_id, write, [said])


async def received(
    session: AsyncSession, ticket_id: int, write: Write, *, message_id: str, waits: bool = True
) -> Ticket:
    """The requester wrote: a hold that waited for them ends, and what was resolved opens again.

    Args:
        message_id: where the words are kept.
        waits: they wait for a reply; a mere thank-you starts, resumes and reopens nothing.
    """
    ticket = await session.get_one(Ticket, ticket_id, with_for_update=True, populate_existing=True)
    log = await lines_of(session, ticket_id)
    answered = any(line.kind == "responded" and line.actor == "analyst" for line in log)
    heard = {"message": message_id, "waits": waits and answered}
    acts = [Act(kind="received", payload=heard)]
    if waits and ticket.hold_reason == "user":
        acts.append(Act(kind="resumed"))
    if waits and ticket.state in ("resolved", "transferred"):
        acts.append(Act(kind="reopened", reason="customer_wrote"))
    return await record(session, ticket_id, write, acts)


def _planned(at: datetime | None) -> Act:
    return Act(kind="planned", payload={"at": at.isoformat() if at else None})


def _group(group: str | None) -> dict[str, str]:
    if group is None:
        return {}
    _one_of(group, triage.groups(), "group")
    return {"group": group}


async def _other(session: AsyncSession, ticket_id: int, other: int) -> int:
    if other == ticket_id:
        raise ValueError("that is the same ticket")
    if await session.get(Ticket, other) is None:
        raise LookupError(f"there is no ticket {number(other)}")
    return other


def _one_of(code: str, codes: tuple[str, ...], what: str) -> None:
    if code not in codes:
        raise ValueError(f"{code!r} is no {what}: {', '.join(codes)}")


def _reference(to: str) -> str:
    link = to.strip()
    found = _RECORD.fullmatch(link)
    if found is None and _PAGE.fullmatch(link) is None:
        raise ValueError(
            "a link is system:number, such as servicenow:INC0012345, or an https address "
            "without a query"
        )
    if mask(link).kinds or (found is not None and found[1] in _TO_PEOPLE):
        raise ValueError("a link leads to a record, and never holds a secret or a person's number")
    return link


def _code(name: str) -> str:
    code = name.strip().lower()
    if not code.replace("_", "").replace("-", "").isalnum() or len(code) > 32:
        raise ValueError(f"a tag is up to 32 letters, digits, - and _, not {name!r}")
    return code
