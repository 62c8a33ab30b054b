"""`webhook`: other systems that are told of what happens."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import click

from desk.accounts.service import user_of
from desk.audit.service import SYSTEM
from desk.cli.common import as_json, instant, open_store, print_json, run
from desk.home import Home
from desk.outbox import subscriptions
from desk.outbox.models import Subscription
from desk.outbox.service import put_for
from desk.outbox.topics import PING, TOPICS
from desk.settings import Settings

_id = click.argument("number", metavar="ID", type=click.IntRange(1, 2**31 - 1))


@click.group()
def webhook() -> None:
    """Webhooks: other systems that are told of what happens, in signed requests."""


@webhook.command()
@click.argument("url")
@click.option(
    "--topic", "topics", type=click.Choice(TOPICS), multiple=True, required=True,
    help="What it is told of; give it as often as needed.",
)  # fmt: skip
@click.option(
    "--by", metavar="EMAIL", required=True, envvar="ACEDESK_USER",
    help="The user of the console who adds it.",
)  # fmt: skip
@as_json
def add(url: str, topics: tuple[str, ...], by: str, as_json: bool) -> None:
    """Have URL told of some topics, and print the secret that its receiver checks."""
    try:
        row = run(_add(url, topics, by))
    except (LookupError, ValueError) as error:
        raise click.ClickException(str(error.args[0])) from error
    if as_json:
        print_json(row)
    else:
        click.echo(f"webhook {row['id']}, secret {row['secret']}")


@webhook.command("list")
@as_json
def list_(as_json: bool) -> None:
    """List webhooks and how telling them goes."""
    rows = run(_list())
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(
            f"{row['id']:>4}  {row['state']:<8}  {row['url']}  {','.join(row['topics'])}  "
            f"last taken {row['delivered_at'] or 'never'}"
            + (f"  {row['error']} since {row['failing_since']}" if row["error"] else "")
        )
    click.echo(f"{len(rows)} webhooks")


@webhook.command()
@_id
def remove(number: int) -> None:
    """Tell a webhook nothing more."""
    _try(_remove(number))
    click.echo(f"webhook {number} is removed")


@webhook.command()
@_id
def enable(number: int) -> None:
    """Tell a webhook again that was disabled since it had failed for days."""
    _try(_enable(number))
    click.echo(f"webhook {number} is told again")


@webhook.command("test")
@_id
def test_(number: int) -> None:
    """Send a webhook a message of the type `ping`, when the worker runs."""
    _try(_ping(number))
    click.echo(f"a ping for webhook {number} is in the outbox")


def _try(work: Any) -> None:
    try:
        run(work)
    except LookupError as error:
        raise click.ClickException(str(error.args[0])) from error


async def _add(url: str, topics: tuple[str, ...], by: str) -> dict[str, Any]:
    settings = Settings()
    async with open_store(settings) as store, store.write() as session:
        made = await subscriptions.subscribe(
            session,
            url=url,
            topics=topics,
            user_id=(await user_of(session, by)).id,
            now=datetime.now(UTC),
            loopback=settings.webhook_loopback,
        )
        key = Home(settings.home).secrets().webhook_key
        return _row(made) | {"secret": subscriptions.secret_of(key, made)}


async def _list() -> list[dict[str, Any]]:
    async with open_store(Settings()) as store, store.read() as session:
        return [_row(found) for found in await subscriptions.subscriptions(session)]


async def _remove(number: int) -> None:
    async with open_store(Settings()) as store, store.write() as session:
        await subscriptions.remove(session, number, by=SYSTEM, now=datetime.now(UTC))


async def _enable(number: int) -> None:
    async with open_store(Settings()) as store, store.write() as session:
        await subscriptions.enable(session, number, by=SYSTEM, now=datetime.now(UTC))


async def _ping(number: int) -> None:
    async with open_store(Settings()) as store, store.write() as session:
        found = await subscriptions.subscription(session, number)
        await put_for(session, found, PING, f"ping/{uuid4().hex}", {}, now=datetime.now(UTC))


def _row(found: Subscription) -> dict[str, Any]:
    return {
        "id": found.id,
        "url": found.url,
        "topics": found.topics,
        "state": found.state,
        "created_at": instant(found.created_at),
        "delivered_at": instant(found.delivered_at),
        "failing_since": instant(found.failing_since),
        "disabled_at": instant(found.disabled_at),
        "error": found.error,
    }
