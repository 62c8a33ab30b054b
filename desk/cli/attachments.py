"""`tickets attach`, `attachments` and `open-attachment`: files on tickets."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import click
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts.service import user_of
from desk.attachments.models import Attachment
from desk.attachments.service import MAX_BYTES, attachments_of
from desk.attachments.service import attach as attach_file
from desk.attachments.spool import Spool
from desk.cli.common import as_json, instant, open_store, print_json, run
from desk.home import Home
from desk.privacy.attachments import open_attachment
from desk.settings import Settings
from desk.tickets.ledger import Actor, Conflict, Write
from desk.tickets.numbers import parse

_by = click.option(
    "--by",
    metavar="EMAIL",
    required=True,
    envvar="ACEDESK_USER",
    help="The user of the console who does it.",
)


@click.command()
@click.argument("number")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_by
@click.option("--key", help="Idempotency key: the same one writes once.")
@as_json
def attach(number: str, file: Path, by: str, key: str | None, as_json: bool) -> None:
    """Put FILE on a ticket: PDF, pictures, Office files without macros, text, CSV or mail."""
    with file.open("rb") as stream:
        # One byte more than is taken shows that it is too large.
        content = stream.read(MAX_BYTES + 1)
    try:
        row = run(_attach(number, file.name, content, by, key))
    except (Conflict, LookupError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        print_json(row)
    else:
        click.echo(f"attachment {row['id']}: {row['name']} ({row['media_type']})")


@click.command()
@click.argument("number")
@as_json
def attachments(number: str, as_json: bool) -> None:
    """List the files of a ticket."""
    rows = run(_attachments(number))
    if as_json:
        print_json(rows)
        return
    for row in rows:
        gone = "" if row["purged_at"] is None else f"  content deleted {row['purged_at']}"
        click.echo(
            f"{row['id']:>6}  {row['at']}  {row['size']:>9}  {row['media_type']}  "
            f"{row['name']}{gone}"
        )
    click.echo(f"{len(rows)} attachments")


@click.command("open-attachment")
@click.argument("attachment_id", metavar="ID", type=click.IntRange(1, 2**31 - 1))
@click.option(
    "--to",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="Where to write the content; never over an existing file.",
)
@_by
def open_(attachment_id: int, file: Path, by: str) -> None:
    """Decrypt a file; who did so is written down."""
    if file.exists():
        raise click.ClickException(f"{file} is there already")
    try:
        name, content = run(_open(attachment_id, by))
    except LookupError as error:
        raise click.ClickException(str(error)) from error
    try:
        file.touch(mode=0o600, exist_ok=False)
        file.write_bytes(content)
    except OSError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{name} is in {file}")


COMMANDS = (attach, attachments, open_)
"""The commands, for the group `tickets`."""


async def _attach(
    number: str, name: str, content: bytes, by: str, key: str | None
) -> dict[str, Any]:
    settings = Settings()
    spool = Spool.of(Home(settings.home))
    async with open_store(settings) as store, store.write() as session:
        made = await attach_file(
            session,
            spool,
            _id(number),
            Write(key=key or uuid4().hex, actor=await _actor(session, by), now=datetime.now(UTC)),
            name=name,
            content=content,
        )
        return _row(made)


async def _attachments(number: str) -> list[dict[str, Any]]:
    async with open_store(Settings()) as store, store.read() as session:
        return [_row(one) for one in await attachments_of(session, _id(number))]


async def _open(attachment_id: int, by: str) -> tuple[str, bytes]:
    settings = Settings()
    spool = Spool.of(Home(settings.home))
    async with open_store(settings) as store, store.write() as session:
        actor = await _actor(session, by)
        found, content = await open_attachment(
            session, spool, attachment_id, by=actor, now=datetime.now(UTC)
        )
        return found.name, content


async def _actor(session: AsyncSession, by: str) -> Actor:
    return Actor(kind="analyst", user_id=(await user_of(session, by)).id)


def _id(number: str) -> int:
    found = parse(number)
    if found is None:
        raise click.ClickException(f"there is no ticket {number}")
    return found


def _row(attachment: Attachment) -> dict[str, Any]:
    return {
        "id": attachment.id,
        "name": attachment.name,
        "media_type": attachment.media_type,
        "size": attachment.size,
        "sha256": attachment.sha256,
        "at": instant(attachment.at),
        "actor": attachment.actor,
        "purged_at": instant(attachment.purged_at),
    }
