"""`train`, `migrate`, `settings`: what the desk needs before it starts."""

import os
import subprocess
from pathlib import Path

import click

from desk.cli.articles import learn_seed
from desk.cli.common import as_json, print_json
from desk.home import Home
from desk.settings import PROJECT, Settings
from desk.store.migrate import migrate as run_migrations

_SECRET = {"database_url", "redis_url", "announce_url"}


def bot_python() -> Path:
    """The interpreter of the bot's own environment."""
    return PROJECT / "bot" / ".venv" / "bin" / "python"


@click.command()
@click.option("--force", is_flag=True, help="Train even when nothing changed.")
def train(force: bool) -> None:
    """Train the bot's model when its inputs changed."""
    if not bot_python().exists():
        raise click.ClickException("the bot's environment is missing; `make setup` makes it")
    command = [str(bot_python()), "-m", "bot.train", *(["--force"] if force else [])]
    environment = os.environ | {"RASA_TELEMETRY_ENABLED": "false"}
    with subprocess.Popen(command, cwd=PROJECT, env=environment) as bot:  # noqa: S603
        # The search learns meanwhile, on another core.
        learn_seed()
    if bot.returncode:
        raise click.ClickException("the model could not be trained")


@click.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    current = Settings()
    Home(current.home)
    run_migrations(current.store_url)
    click.echo("the database is up to date")


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
