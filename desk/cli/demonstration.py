"""What `up --demo` does besides `up`, and how the two are kept apart."""

from datetime import UTC, datetime
from pathlib import Path

import click

from desk import demo
from desk.cli.common import open_store, run
from desk.settings import Settings

_HOME = Path(".acedesk-demo")
_REAL = ("database_url", "mailboxes", "smtp_url", "announce_url")


def settings_of_demonstration() -> Settings:
    """The settings in force, with a home of its own where none is named."""
    settings = Settings()
    for name in _REAL:
        if getattr(settings, name) is not None:
            raise click.ClickException(
                f"a demonstration works with nothing real: unset ACEDESK_{name.upper()}, or start "
                "it in a folder without this .env"
            )
    given = "home" in settings.model_fields_set
    return settings if given else settings.model_copy(update={"home": _HOME})


def fill_demonstration(settings: Settings) -> None:
    """Make up a history in an empty store, and print how to sign in."""
    try:
        people = run(_prepare(settings))
    except demo.InUse as error:
        raise click.ClickException(
            f"{error}; choose another home with ACEDESK_HOME, such as ACEDESK_HOME={_HOME}"
        ) from error
    for email, password in people:
        click.echo(f"  {email:<20} one-time password: {password}   (shown only now)")


def refuse_demonstration(settings: Settings) -> None:
    """Stop before a demonstration goes into service."""
    if run(_is_demonstration(settings)):
        raise click.ClickException(
            f"{settings.home} holds a demonstration: `acedesk up --demo` runs it, and another "
            "ACEDESK_HOME begins afresh"
        )


async def _prepare(settings: Settings) -> list[tuple[str, str]]:
    async with open_store(settings) as store, store.write() as session:
        return await demo.prepare(session, now=datetime.now(UTC))


async def _is_demonstration(settings: Settings) -> bool:
    async with open_store(settings) as store, store.read() as session:
        return await demo.is_demonstration(session)
