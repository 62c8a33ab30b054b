"""`outbox`: what was told to the world or waits for it."""

from datetime import UTC, datetime
from typing import Any

import click

from desk.cli.common import as_json, open_store, print_json, run
from desk.outbox.models import OutboxItem, State
from desk.outbox.service import items, try_again
from desk.settings import Settings
from desk.tickets.numbers import number


@click.group()
def outbox() -> None:
    """Announcements: what was told, what waits, what could not be delivered."""


@outbox.command("list")
@click.option("--topic", help="Only of this topic, such as sla.breached.")
@click.option("--waiting", is_flag=True, help="Only what has not been delivered yet.")
@click.option("--failed", is_flag=True, help="Only what was given up.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True)
@as_json
def list_(topic: str | None, waiting: bool, failed: bool, limit: int, as_json: bool) -> None:
    """List items, newest first."""
    if waiting and failed:
        raise click.UsageError("what was given up no longer waits: --waiting or --failed")
    state: State | None = "waiting" if waiting else "failed" if failed else None
    rows = run(_list(topic, state, limit))
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(
            f"{row['id']:>6}  {row['created_at']:%Y-%m-%d %H:%M:%SZ}  {row['state']:<9}  "
            f"{row['topic']:<16}  {row['ticket'] or '-':<10}  {row['subject']}"
            + (f"  {row['error']} ({row['attempts']})" if row["error"] else "")
        )
    click.echo(f"{len(rows)} items")


@outbox.command()
@click.argument("item", metavar="ID", type=click.IntRange(1, 2**31 - 1))
def retry(item: int) -> None:
    """Have an item tried again at once, also one that was given up."""
    try:
        run(_retry(item))
    except (LookupError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"item {item} will be tried again at once")


async def _list(topic: str | None, state: State | None, limit: int) -> list[dict[str, Any]]:
    async with open_store(Settings()) as store, store.read() as session:
        found = await items(session, topic=topic, state=state, limit=limit)
        return [_row(item) for item in found]


async def _retry(item: int) -> None:
    async with open_store(Settings()) as store, store.write() as session:
        await try_again(session, item, now=datetime.now(UTC))


def _row(item: OutboxItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "topic": item.topic,
        "subject": item.subject,
        "edition": item.edition,
        "ticket": number(item.ticket_id) if item.ticket_id else None,
        "state": item.state,
        "payload": item.payload,
        "created_at": item.created_at,
        "not_before": item.not_before,
        "attempts": item.attempts,
        "settled_at": item.settled_at,
        "error": item.error,
    }
