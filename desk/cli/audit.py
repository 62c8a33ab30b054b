"""`audit`: who did what, as a file."""

import json
from datetime import UTC, datetime

import click

from desk.accounts import service as accounts
from desk.audit.export import csv_head, csv_line, exported
from desk.audit.service import By, Wanted
from desk.audit.service import account as write_down
from desk.cli.common import open_store, run
from desk.settings import Settings

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def audit() -> None:
    """Who did what."""


@audit.command("export")
@click.option("--from", "start", type=_DAY, help="First day (UTC).")
@click.option("--to", "end", type=_DAY, help="Last day (UTC).")
@click.option("--csv/--json", "as_csv", default=True, help="A table, or a JSON object a line.")
@click.option(
    "--by",
    metavar="EMAIL",
    envvar="ACEDESK_USER",
    required=True,
    help="The user of the console who does it.",
)
def export_(start: datetime | None, end: datetime | None, as_csv: bool, by: str) -> None:
    """Print every entry, the newest first; that they were taken out is an entry too."""
    if start and end and end < start:
        raise click.UsageError("--to lies before --from")
    run(_print(Wanted(start=start and start.date(), end=end and end.date()), by, as_csv))


async def _print(wanted: Wanted, by: str, as_csv: bool) -> None:
    async with open_store(Settings()) as store:
        async with store.write() as session:
            try:
                user = await accounts.user_of(session, by)
            except LookupError as error:
                raise click.ClickException(str(error)) from error
            now = datetime.now(UTC)
            write_down(session, "audit_exported", "audit", by=By.user(user.id), now=now)
        async with store.read() as session:
            people = await accounts.emails(session)
            if as_csv:
                click.echo(csv_head(), nl=False)
            async for row in exported(session, wanted, people):
                line = csv_line(row) if as_csv else f"{json.dumps(row, ensure_ascii=False)}\n"
                click.echo(line, nl=False)
