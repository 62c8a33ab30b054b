"""`tickets`: list, show and open."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import click

from desk.accounts.service import user_of
from desk.cli import attachments, ticket_work
from desk.cli.common import as_json, open_store, print_json, run
from desk.conversations.handoff import open_at_once
from desk.conversations.opening import conversation_of_sender
from desk.conversations.queues import Queue, listed
from desk.conversations.service import UnusableMessage, receive
from desk.messages import say
from desk.reporting.tickets import ticket_document, ticket_rows
from desk.settings import Settings
from desk.tickets import triage
from desk.tickets.service import find_ticket, list_tickets
from desk.tickets.states import STATES

_SHOWN = (
    "number", "version", "state", "hold_reason", "resolution", "merged_into", "language", "channel",
    "category", "topic", "impact", "urgency", "priority", "group", "assignee", "due", "outcome",
    "next_action", "next_action_at", "tags", "links", "watchers", "resolution_notes",
)  # fmt: skip
"""What `show` prints of a ticket, as far as there is anything."""


@click.group()
def tickets() -> None:
    """Tickets."""


for command in (*ticket_work.COMMANDS, *attachments.COMMANDS):
    tickets.add_command(command)


@tickets.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only tickets in this state.")
@click.option("--mine", metavar="EMAIL", help="Only open tickets of this user of the console.")
@click.option("--late", is_flag=True, help="Only open tickets that are late or due soon.")
@click.option("--tests", is_flag=True, help="Also those that evaluations opened.")
@as_json
def list_(state: str | None, mine: str | None, late: bool, tests: bool, as_json: bool) -> None:
    """List tickets, newest first; with --mine or --late, the first to fall due first."""
    try:
        rows = run(_list(state, mine, late, tests))
    except LookupError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(
            f"{row['number']}  {row['state']:<11} {row['priority']:<7} {row['language']}  "
            f"{row['category']:<10} due {row['due']}  {' '.join(row['summary'].split())[:60]}"
        )
    click.echo(f"{len(rows)} tickets")


@tickets.command()
@click.argument("number")
@as_json
def show(number: str, as_json: bool) -> None:
    """Show one ticket with its transcript and events."""
    ticket = run(_show(number))
    if ticket is None:
        raise click.ClickException(f"there is no ticket {number}")
    if as_json:
        print_json(ticket)
        return
    _print_facts(ticket)
    _print_course(ticket)


@tickets.command("open")
@click.argument("text")
@click.option("--language", type=click.Choice(["en", "es"]), default="en")
@click.option("--category", type=click.Choice(list(triage.categories())), default="support")
@click.option(
    "--priority", type=click.Choice(["urgent", "high", "normal", "low"]), default="normal"
)
@as_json
def open_(text: str, language: str, category: str, priority: str, as_json: bool) -> None:
    """Open a ticket by hand, as after a telephone call; secrets in TEXT are masked."""
    try:
        opened = run(_open(text, language, category, priority))
    except UnusableMessage as error:
        raise click.ClickException(say(f"errors.{error.key}", "en", **error.values)) from error
    if as_json:
        print_json({"number": opened})
    else:
        click.echo(opened)


async def _list(
    state: str | None, mine: str | None, late: bool, tests: bool
) -> list[dict[str, Any]]:
    async with open_store(Settings()) as store, store.read() as session:
        if mine or late:
            user_id = (await user_of(session, mine)).id if mine else 0
            queue = Queue(view="late" if late else "mine", user_id=user_id, tests=tests)
            rows = await listed(session, queue, now=datetime.now(UTC), limit=None)
            found = [
                ticket
                for ticket, _ in rows
                if state in (None, ticket.state) and (not mine or ticket.assignee_id == user_id)
            ]
        else:
            found = await list_tickets(session, states=[state] if state else (), tests=tests)
        return await ticket_rows(session, found, now=datetime.now(UTC))


async def _show(number: str) -> dict[str, Any] | None:
    async with open_store(Settings()) as store, store.read() as session:
        ticket = await find_ticket(session, number)
        if ticket is None:
            return None
        return await ticket_document(session, ticket, now=datetime.now(UTC))


async def _open(text: str, language: str, category: str, priority: str) -> str:
    async with open_store(Settings()) as store, store.write() as session:
        conversation = await conversation_of_sender(
            session, f"phone-{uuid4().hex}", channel="phone", is_test=False, language=language
        )
        message = await receive(session, conversation, text, client_id=None)
        message.answered_at = message.at
        ticket = await open_at_once(
            session,
            message,
            category=category,
            priority=priority,
            story=message.text,
            actor="analyst",
        )
        return str(ticket.number)


def _plain(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _print_facts(ticket: dict[str, Any]) -> None:
    for name in _SHOWN:
        if ticket[name] not in (None, [], ""):
            click.echo(f"{name:>16}  {_plain(ticket[name])}")
    for name, value in (ticket["requester"] | ticket["details"]).items():
        click.echo(f"{name:>16}  {value}")
    for name, numbers in (("parent", [ticket["parent"]]), ("children", ticket["children"])):
        if any(numbers):
            click.echo(f"{name:>16}  {' '.join(numbers)}")
    click.echo(f"{'summary':>16}  {ticket['summary']}\n")


def _print_course(ticket: dict[str, Any]) -> None:
    """What was said and done, in order of each kind."""
    if ticket["erased_at"]:
        click.echo(f"what was told was erased at {ticket['erased_at']}")
    for line in ticket["transcript"]:
        if line["text"]:
            click.echo(f"{line['at']}  {line['actor']:<8} {line['text']}")
    for note in ticket["notes"]:
        if note["text"]:
            click.echo(f"{note['at']}  note by {note['by']}: {note['text']}")
    click.echo()
    for event in ticket["events"]:
        by = event["by"] or event["actor"]
        click.echo(f"{event['at']}  {event['kind']:<12} {by}  {event['reason'] or ''}".rstrip())
