"""`backup` and `restore`: the whole store as one file."""

from datetime import UTC, datetime
from pathlib import Path

import click

from desk.cli.common import open_store, progress, run
from desk.cli.setup import bring_up_to_date
from desk.home import Home
from desk.settings import Settings
from desk.store.backup import backup as back_up
from desk.store.backup_file import Header, UnusableBackup, WrongDatabase
from desk.store.migrate import migrate, revision_of
from desk.store.restore import read_header
from desk.store.restore import restore as restore_rows


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Write every table of the store to FILE, as it is at this moment.

    The desk may go on working meanwhile. Files of the home, such as attachments, are not in it.
    """
    if not file.absolute().parent.is_dir():
        raise click.ClickException(f"there is no folder {file.parent}")
    try:
        header = run(_backup(Settings(), file))
    except (WrongDatabase, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{file}: {header.rows} rows of {len(header.tables)} tables, {header.revision}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--into-empty",
    is_flag=True,
    help="Also into a database that has its tables already, as long as they hold no row.",
)
def restore(file: Path, into_empty: bool) -> None:
    """Put the backup FILE into a fresh database, all of it or nothing.

    The file may come from the other kind of database, and from an older version of the desk.
    """
    settings = Settings()
    Home(settings.home)
    try:
        header = read_header(file)
        there = run(_revision(settings))
        if there is not None and not into_empty:
            raise WrongDatabase(
                "the database has tables already; --into-empty fills them if they hold no row"
            )
        if there is None:
            migrate(settings.store_url, header.revision)
        run(_restore(settings, file))
    except (UnusableBackup, WrongDatabase, OSError) as error:
        raise click.ClickException(str(error)) from error
    bring_up_to_date(settings)
    click.echo(f"{header.rows} rows of {len(header.tables)} tables, as of {header.at}")


async def _backup(settings: Settings, file: Path) -> Header:
    async with open_store(settings) as store:
        with progress("rows") as watch:
            return await back_up(store, file, at=datetime.now(UTC), watch=watch)


async def _restore(settings: Settings, file: Path) -> None:
    async with open_store(settings) as store:
        with progress("rows") as watch:
            await restore_rows(store, file, watch=watch)


async def _revision(settings: Settings) -> str | None:
    async with open_store(settings) as store, store.engine.connect() as connection:
        return await revision_of(connection)
