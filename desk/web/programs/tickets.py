"""`/api/v1/tickets`: listing, reading and opening tickets."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request, json
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts.models import ApiToken
from desk.accounts.service import user_of
from desk.conversations.handoff import open_at_once
from desk.conversations.opening import conversation_of_sender
from desk.conversations.service import receive
from desk.reporting.tickets import ticket_document, ticket_rows
from desk.services import Services
from desk.tickets import work
from desk.tickets.ledger import Write
from desk.tickets.listing import SORTS, Wanted, page_of_tickets
from desk.tickets.models import Ticket
from desk.tickets.numbers import number as number_of
from desk.tickets.numbers import parse
from desk.tickets.service import find_ticket
from desk.tickets.states import STATES
from desk.web.errors import ApiError, body_of
from desk.web.programs.fields import (
    Body,
    Category,
    Group,
    Instant,
    Language,
    OneOf,
    PageQuery,
    Short,
    query_of,
)
from desk.web.programs.guard import program
from desk.web.programs.writing import account_transcript, actor, existing, write_key
from textkit.masking import mask
from textkit.normalise import printable

blueprint = Blueprint("tickets_for_programs", url_prefix="/api/v1/tickets")

NOBODY = "nobody"
Priority = Literal["urgent", "high", "normal", "low"]


class TicketQuery(PageQuery):
    """Which tickets; several values of one parameter are alternatives."""

    state: tuple[Annotated[str, OneOf(STATES)], ...] = ()
    category: tuple[Category, ...] = ()
    group: tuple[Group, ...] = ()
    priority: tuple[Priority, ...] = ()
    language: tuple[Language, ...] = ()
    channel: tuple[Literal["chat", "email", "phone", "desk"], ...] = ()
    assignee: tuple[Annotated[str, Field(max_length=255)], ...] = ()
    """Addresses of users, or `nobody`."""
    opened_from: Instant | None = None
    opened_to: Instant | None = None
    tests: bool = False


class Requester(Body):
    """Who asks, as far as they said."""

    name: Short | None = None
    email: Short | None = None
    phone: Short | None = None
    company: Short | None = None
    role: Short | None = None
    spoken_language: Language | None = None
    written_language: Language | None = None


class NewTicket(Body):
    """A ticket for what somebody told; secrets in it are masked before anything is kept."""

    text: str
    language: Language = "en"
    channel: Literal["phone", "email"] = "phone"
    category: Category = "support"
    priority: Priority = "normal"
    requester: Requester = Requester()


@blueprint.get("/")
@program("tickets.read")
async def listed(request: Request, *, by: ApiToken) -> HTTPResponse:
    """Tickets in short, the newest first."""
    services: Services = request.app.ctx.services
    asked = query_of(request, TicketQuery)
    async with services.store.read() as session:
        found = await page_of_tickets(
            session,
            await _wanted(session, asked),
            before=_before(asked.cursor),
            limit=asked.limit + 1,
        )
        page = found[: asked.limit]
        rows = await ticket_rows(session, page, now=datetime.now(UTC))
    return json({"tickets": rows, "next": page[-1].number if len(found) > len(page) else None})


@blueprint.get("/<number:str>")
@program("tickets.read")
async def shown(request: Request, *, by: ApiToken, number: str) -> HTTPResponse:
    """One ticket with its transcript, log and clocks."""
    services: Services = request.app.ctx.services
    async with services.store.read() as session:
        ticket = await existing(session, number)
        document = await _document(session, number)
    await account_transcript(services, ticket.id, by)
    return json(document)


@blueprint.post("/")
@program("tickets.work")
async def opened(request: Request, *, by: ApiToken) -> HTTPResponse:
    """Open a ticket; the same `Idempotency-Key` opens it once."""
    services: Services = request.app.ctx.services
    body = body_of(request, NewTicket)
    key = write_key(request, by)
    async with services.store.write() as session:
        ticket = await _open(session, by, key, body)
        document = await _document(session, ticket.number)
    location = f"/api/v1/tickets/{ticket.number}"
    return json(document, status=201, headers={"Location": location})


async def _open(session: AsyncSession, by: ApiToken, key: str, body: NewTicket) -> Ticket:
    conversation = await conversation_of_sender(
        session, key, channel=body.channel, is_test=False, language=body.language
    )
    message = await receive(session, conversation, body.text, client_id=key)
    if message.text != _as_kept(body.text):
        raise ApiError(422, "key_reused")
    known = select(Ticket).where(Ticket.idempotency_key == message.id)
    if (opened_before := await session.scalar(known)) is not None:
        return opened_before
    # An analyst answers it, not the assistant.
    message.answered_at = message.at
    ticket = await open_at_once(
        session,
        message,
        category=body.category,
        priority=body.priority,
        story=message.text,
        actor="analyst",
    )
    told = body.requester.model_dump(exclude_none=True)
    if told:
        write = Write(key=f"{key}/who", actor=actor(by), now=datetime.now(UTC))
        ticket = await work.describe(session, ticket.id, write, **told)
    return ticket


def _as_kept(text: str) -> str:
    """A text as `receive` keeps it, to tell whether a key has come with another one before."""
    return mask(re.sub(r"^[/\s]+", "", printable(text).strip())).text


async def _document(session: AsyncSession, number: str) -> dict[str, Any]:
    ticket = await find_ticket(session, number)
    if ticket is None:
        raise ApiError(404, "no_such_ticket")
    return await ticket_document(session, ticket, now=datetime.now(UTC))


async def _wanted(session: AsyncSession, asked: TicketQuery) -> Wanted:
    users: list[int | None] = []
    for address in asked.assignee:
        try:
            users.append(None if address == NOBODY else (await user_of(session, address)).id)
        except LookupError as error:
            raise ApiError(400, "invalid_field", field="assignee") from error
    return Wanted(
        sorts={name: values for name in SORTS if (values := getattr(asked, name))},
        assignees=users,
        opened_from=asked.opened_from,
        opened_to=asked.opened_to,
        tests=asked.tests,
    )


def _before(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    found = parse(cursor)
    if found is None or number_of(found) != cursor:
        raise ApiError(400, "invalid_field", field="cursor")
    return found
