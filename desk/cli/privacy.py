"""`privacy`: erasing what people told, on request and in time."""

from datetime import UTC, datetime

import click

from desk.accounts.service import user_of
from desk.attachments.spool import Spool
from desk.cli.common import as_json, open_store, print_json, run
from desk.home import Home
from desk.privacy.erasure import Erased, NotTheirs, erase_person
from desk.privacy.retention import Retained
from desk.privacy.retention import retain as retain_all
from desk.settings import Settings
from desk.tickets.ledger import Actor
from desk.tickets.numbers import parse

_dry_run = click.option("--dry-run", is_flag=True, help="Only count what would be erased.")


@click.group()
def privacy() -> None:
    """What people told: erasing it on request, and when its time is over."""


@privacy.command()
@click.option("--email", metavar="ADDRESS", help="The person's address, in capitals or not.")
@click.option("--ticket", metavar="NUMBER", help="Only this ticket and its conversation.")
@click.option(
    "--by",
    metavar="EMAIL",
    envvar="ACEDESK_USER",
    required=True,
    help="The user of the console who does it.",
)
@_dry_run
@as_json
def erase(
    email: str | None, ticket: str | None, by: str | None, dry_run: bool, as_json: bool
) -> None:
    """Erase what a person told, for good; every figure stays.

    Their conversations go with all tickets in them. With --ticket alone, it may be somebody who
    gave no address.
    """
    if not (email and email.strip()) and ticket is None:
        raise click.UsageError("name the person with --email, or a ticket with --ticket")
    try:
        erased = run(_erase(email, ticket, by, write=not dry_run))
    except (LookupError, NotTheirs) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        print_json(vars(erased) | {"dry_run": dry_run})
        return
    click.echo(
        f"{'would erase' if dry_run else 'erased'}: {len(erased.tickets)} tickets "
        f"({', '.join(erased.tickets) or 'none'}), {erased.conversations} conversations with "
        f"{erased.messages} messages, {erased.attachments} attachments, "
        f"{erased.mentions} mentions of the address elsewhere"
    )


@privacy.command()
@_dry_run
@as_json
def retain(dry_run: bool, as_json: bool) -> None:
    """Erase what is past its time, as the worker does once a day; every figure stays."""
    done = run(_retain(dry_run=dry_run))
    if as_json:
        print_json(vars(done) | {"dry_run": dry_run})
        return
    click.echo(
        f"{'would erase' if dry_run else 'erased'}: {done.tickets} tickets, "
        f"{done.conversations} conversations, {done.mails} mails, "
        f"the content of {done.attachments} attachments"
    )


async def _erase(email: str | None, ticket: str | None, by: str | None, *, write: bool) -> Erased:
    settings = Settings()
    spool = Spool.of(Home(settings.home))
    async with open_store(settings) as store:
        async with store.write() as session:
            actor = Actor(kind="system")
            if by is not None:
                actor = Actor(kind="analyst", user_id=(await user_of(session, by)).id)
            erased = await erase_person(
                session,
                spool,
                email=email,
                ticket_id=None if ticket is None else parse(ticket) or 0,
                by=actor,
                now=datetime.now(UTC),
                write=write,
            )
        if write:
            await store.let_go()
        return erased


async def _retain(*, dry_run: bool) -> Retained:
    settings = Settings()
    async with open_store(settings) as store:
        return await retain_all(store, settings, datetime.now(UTC), dry_run=dry_run)
