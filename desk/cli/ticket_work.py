"""`tickets …`: what analysts do with a ticket."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Concatenate
from uuid import uuid4

import click
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts.service import user_of
from desk.cli.common import as_json, open_store, print_json, run
from desk.cli.moments import Moment
from desk.conversations.analysts import finish, reply_to_requester
from desk.conversations.service import UnusableMessage
from desk.messages import say
from desk.settings import Settings
from desk.tickets import triage, work
from desk.tickets.ledger import LATE, Actor, Conflict, Write
from desk.tickets.models import Ticket
from desk.tickets.numbers import parse

_Do = Callable[Concatenate[AsyncSession, int, Write, ...], Awaitable[Ticket]]
_CATEGORY = click.Choice(list(triage.categories()))


def _command(
    name: str, do: _Do, help_text: str, *parameters: click.Parameter, **options: Any
) -> click.Command:
    """A command that makes one write; its own parameters go on to `do` by name."""

    def call(number: str, as_json: bool, **values: Any) -> None:
        common = {key: values.pop(key) for key in ("by", "key", "expected", "at", "late")}
        try:
            ticket = run(_make(do, number, values, **common))
        except UnusableMessage as error:
            raise click.ClickException(say(f"errors.{error.key}", "en", **error.values)) from error
        except (Conflict, LookupError, ValueError) as error:
            raise click.ClickException(str(error)) from error
        if as_json:
            print_json(ticket)
        else:
            click.echo(f"{ticket['number']} is {ticket['state']} (version {ticket['version']})")

    command = click.Command(name, callback=call, help=help_text, params=[], **options)
    command.params += [
        click.Argument(["number"]),
        *parameters,
        click.Option(
            ["--by"],
            metavar="EMAIL",
            required=True,
            envvar="ACEDESK_USER",
            help="The user of the console who does it.",
        ),
        click.Option(["--key"], help="Idempotency key: the same one writes once."),
        click.Option(
            ["--version", "expected"],
            type=int,
            help="The version you have seen; refused when the ticket has moved on.",
        ),
        click.Option(["--at"], type=Moment(), help="When it happened, if not now."),
        click.Option(
            ["--late"],
            type=click.Choice(LATE),
            help="Why it comes late, when it happened before the log's last line.",
        ),
    ]
    return as_json(command)


async def _make(
    do: _Do,
    number: str,
    values: dict[str, Any],
    *,
    by: str,
    key: str | None,
    expected: int | None,
    at: datetime | None,
    late: str | None,
) -> dict[str, Any]:
    async with open_store(Settings()) as store, store.write() as session:
        ticket_id = parse(number)
        if ticket_id is None:
            raise LookupError(f"there is no ticket {number}")
        for name in ("assignee", "user"):
            if name in values:
                values[name] = await user_of(session, values[name])
        for name in ("into", "parent", "duplicate_of"):
            if values.get(name) is not None:
                values[name] = parse(values[name]) or 0
        write = Write(
            key=key or uuid4().hex,
            actor=Actor(kind="analyst", user_id=(await user_of(session, by)).id),
            now=datetime.now(UTC),
            expected=expected,
            at=at,
            late=late,
        )
        if do in _ENDING:
            ticket = await finish(session, do, ticket_id, write, **values)
        else:
            ticket = await do(session, ticket_id, write, **values)
        return {"number": ticket.number, "state": ticket.state, "version": ticket.version}


def _choice(name: str, codes: tuple[str, ...], *, required: bool = True) -> click.Option:
    return click.Option([name], type=click.Choice(codes), required=required)


_NOTES = click.Option(["--notes"], required=True, help="What was found and done.")

_ENDING = (work.resolve, work.transfer, work.cancel, work.merge, work.close)
"""What lets the requester's conversation go."""

COMMANDS = (
    _command("assign", work.assign, "Make somebody responsible.",
             click.Option(["--to", "assignee"], metavar="EMAIL", required=True),
             _choice("--group", triage.groups(), required=False)),
    _command("take", work.take, "Begin work on it, responsible from now on."),
    _command("return", work.give_back, "Return it to the queue."),
    _command("escalate", work.escalate, "Call for the leads.",
             _choice("--group", triage.groups(), required=False)),
    _command("reply", reply_to_requester, "Answer the requester.", click.Argument(["text"])),
    _command("spoke", work.spoke, "Write down that you answered by telephone."),
    _command("note", work.note, "Write an internal note.", click.Argument(["text"])),
    _command("hold", work.hold, "Put it on hold.", _choice("--reason", work.HOLDS),
             click.Option(["--until"], type=Moment(), help="When to come back to it.")),
    _command("resume", work.resume, "End the hold."),
    _command("resolve", work.resolve, "Resolve it.", _choice("--code", work.RESOLUTIONS), _NOTES),
    _command("transfer", work.transfer, "Pass it on out of Tier II.",
             _choice("--office", work.OFFICES), _NOTES),
    _command("close", work.close, "Close it for good."),
    _command("reopen", work.reopen, "Open it again.", _choice("--reason", work.REOPENINGS)),
    _command("cancel", work.cancel, "End it without a result.",
             _choice("--reason", work.CANCELLATIONS),
             click.Option(["--duplicate-of"], metavar="NUMBER")),
    _command("merge", work.merge, "Merge it into another ticket.",
             click.Option(["--into"], metavar="NUMBER", required=True)),
    _command("put-under", work.put_under, "Make it a part of another ticket.",
             click.Option(["--parent"], metavar="NUMBER", required=True)),
    _command("prioritise", work.prioritise, "Change impact and urgency.",
             _choice("--impact", triage.impacts()), _choice("--urgency", triage.urgencies())),
    _command("categorise", work.categorise, "Sort it under another category.",
             click.Option(["--category"], type=_CATEGORY, required=True),
             click.Option(["--topic"], help="One of the category's topics.")),
    _command("describe", work.describe, "Write down who the requester is.",
             *(click.Option([f"--{name.replace('_', '-')}"]) for name in work.REQUESTER)),
    _command("plan", work.plan, "Say what is to be done next.",
             click.Argument(["action"], required=False),
             click.Option(["--due"], type=Moment(), help="By when.")),
    _command("tag", work.tag, "Add or remove tags.",
             click.Option(["--add"], multiple=True), click.Option(["--remove"], multiple=True)),
    _command("link", work.link, "Add or remove a link to another record.",
             click.Argument(["to"]), click.Option(["--remove"], is_flag=True)),
    _command("watch", work.watch, "Let somebody follow it, or no longer.",
             click.Option(["--user"], metavar="EMAIL", required=True),
             click.Option(["--remove"], is_flag=True)),
)  # fmt: skip
"""The commands, for the group `tickets`."""
