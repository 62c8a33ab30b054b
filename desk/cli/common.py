"""What the commands share."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from desk import instants
from desk.settings import Settings
from desk.store import Store

instant = instants.instant
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def run[Result](work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine, and turn a missing store into a sentence."""
    try:
        return asyncio.run(work)
    except (OperationalError, ProgrammingError) as error:
        raise click.ClickException(
            f"the store can't be used ({error.orig}); `acedesk migrate` makes or updates it"
        ) from error


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[Store]:
    """The store, closed at the end.

    Raises:
        click.ClickException: there is none, or it does not let the desk in.
    """
    store = Store(settings.store_url)
    try:
        try:
            async with store.engine.connect():
                pass
        except (OSError, DBAPIError) as error:
            where = "ACEDESK_DATABASE_URL" if settings.database_url else settings.home
            reason = error.orig if isinstance(error, DBAPIError) else error
            hint = "" if settings.database_url else "; `acedesk migrate` makes it"
            raise click.ClickException(
                f"the store can not be opened at {where} ({reason}){hint}"
            ) from error
        yield store
    finally:
        await store.close()


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error; tell it how many are done, and how many there are."""
    columns = (*Progress.get_default_columns(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def print_json(value: object) -> None:
    """Print a value as JSON; instants become ISO 8601 in UTC with a Z."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return instant(value)
    raise TypeError(type(value).__name__)
