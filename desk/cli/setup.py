"""`train`, `migrate`, `settings`: what the desk needs before it starts."""

import os
import subprocess
from datetime import UTC, datetime

import click
from alembic.util import CommandError

from desk.cli.articles import learn_seed
from desk.cli.common import as_json, open_store, print_json, progress, run
from desk.cli.environment import ensure_environment
from desk.home import Home
from desk.macros.files import import_macros
from desk.settings import PROJECT, Settings
from desk.store.migrate import UnfitSchema, UnknownSchema, check_schema, migrate_down, revisions
from desk.store.migrate import migrate as run_migrations
from desk.tickets.repair import BATCH, repair, without_episodes
from desk.tickets.service import count_tickets

_SECRET = {"database_url", "redis_url", "announce_url"}


@click.command()
@click.option("--force", is_flag=True, help="Train even when nothing changed.")
def train(force: bool) -> None:
    """Train the bot's model when its inputs changed."""
    train_model(Settings(), force=force)


def train_model(settings: Settings, *, force: bool = False) -> None:
    """Make the bot's environment and its model, unless they are up to date."""
    Home(settings.home)
    ensure_environment(settings)
    command = [str(settings.bot_python), "-m", "bot.train", "--model", str(settings.bot_model)]
    command += ["--force"] if force else []
    environment = os.environ | {"RASA_TELEMETRY_ENABLED": "false"}
    with subprocess.Popen(command, cwd=PROJECT, env=environment) as bot:  # noqa: S603
        # The search learns meanwhile, on another core.
        learn_seed(settings)
    if bot.returncode:
        raise click.ClickException("the model could not be trained")


@click.command()
@click.option(
    "--down",
    metavar="REVISION",
    type=click.Choice(revisions()),
    help="Go back to this older schema instead.",
)
@click.option("--yes", is_flag=True, help="With --down: don't ask.")
def migrate(down: str | None, yes: bool) -> None:
    """Bring the database to the newest schema.

    The way back is for returning to an older version of the desk. What only the newer schema can
    hold is lost on it, so make a backup first.
    """
    current = Settings()
    Home(current.home)
    if down is None:
        bring_up_to_date(current)
        click.echo("the database is up to date")
        return
    click.secho(
        f"Whatever schema {down} can't hold will be lost, and this version of the desk does not "
        "work with it. `acedesk backup` keeps a copy; stop the desk first.",
        err=True,
    )
    if not yes:
        click.confirm(f"Go back to {down}?", abort=True, err=True)
    try:
        migrate_down(current.store_url, down)
    except CommandError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"the database is at {down}")


def bring_up_to_date(settings: Settings) -> None:
    """Run the migrations, and start the clocks of tickets without any."""
    refuse_newer_schema(settings)
    run_migrations(settings.store_url)
    run(_start_clocks(settings))


def refuse_newer_schema(settings: Settings) -> None:
    """Stop where a newer version of the desk has been at work, before anything is changed."""
    try:
        run(_check_schema(settings))
    except UnknownSchema as error:
        raise click.ClickException(str(error)) from error
    except UnfitSchema:
        return


def require_schema(settings: Settings) -> None:
    """Stop where the database does not have the schema that this version works with."""
    try:
        run(_check_schema(settings))
    except UnfitSchema as error:
        raise click.ClickException(str(error)) from error


async def _check_schema(settings: Settings) -> None:
    async with open_store(settings) as store, store.engine.connect() as connection:
        await check_schema(connection)


async def take_over_macros(settings: Settings) -> None:
    """Add the macros that come with the desk, where nobody has changed them."""
    async with open_store(settings) as store, store.write() as session:
        await import_macros(session, PROJECT / "data" / "macros", now=datetime.now(UTC))


async def _start_clocks(settings: Settings) -> None:
    async with open_store(settings) as store:
        async with store.read() as session:
            if not await without_episodes(session):
                return
            count = await count_tickets(session)
        with progress("clocks") as watch:
            done = 0
            async for _ in repair(store, now=datetime.now(UTC), write=True):
                done += BATCH
                watch(min(done, count), count)


@click.command()
@as_json
def settings(as_json: bool) -> None:
    """List every setting, its value and what it is for."""
    current = Settings()
    rows = [
        {
            "name": f"ACEDESK_{name.upper()}",
            "value": _shown(name, getattr(current, name)),
            "default": None if field.default is None else str(field.default),
            "description": field.description,
        }
        for name, field in Settings.model_fields.items()
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(f"{row['name']}={'' if row['value'] is None else row['value']}")
        click.echo(f"    {row['description']}")


def _shown(name: str, value: object) -> str | None:
    """A URL may hold a password: what stands before its host is left out."""
    if value is None:
        return None
    text = str(value)
    if name in _SECRET and "@" in text:
        scheme, _, rest = text.partition("://")
        return f"{scheme}://…@{rest.rpartition('@')[2]}"
    return text
