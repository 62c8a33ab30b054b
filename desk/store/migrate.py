"""Bringing a database to another schema."""

import sys
from importlib.metadata import version
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import AsyncConnection

_MIGRATIONS = Path(__file__).parent / "migrations"


class UnfitSchema(Exception):
    """The database has a schema that this version can't work with; the text says what to do."""


class UnknownSchema(UnfitSchema):
    """It is that of a newer version."""


def migrate(url: str, revision: str = "head") -> None:
    """Run every migration up to `revision` that the database has not seen."""
    command.upgrade(_config(url), revision)


def migrate_down(url: str, revision: str) -> None:
    """Go back to an older revision; what only later ones can hold is lost.

    Raises:
        alembic.util.CommandError: no such revision, or not one that lies behind.
    """
    command.downgrade(_config(url), revision)


def revisions() -> list[str]:
    """Every revision that this version of the desk knows, oldest first."""
    script = ScriptDirectory(str(_MIGRATIONS))
    return [step.revision for step in reversed(list(script.walk_revisions()))]


async def revision_of(connection: AsyncConnection) -> str | None:
    """The revision that a database is at; None for one without tables of the desk."""
    return await connection.run_sync(
        lambda sync: MigrationContext.configure(sync).get_current_revision()
    )


async def check_schema(connection: AsyncConnection) -> None:
    """Make sure that a database has the newest schema.

    Raises:
        UnknownSchema: it was brought to another by a version of the desk that is newer.
        UnfitSchema: it has an older one, or none.
    """
    known = revisions()
    there = await revision_of(connection)
    if there is not None and there not in known:
        raise UnknownSchema(
            f"the database is at schema {there}, which acedesk {version('acedesk')} does not know: "
            f"a newer version has used it. Install that version; to stay with this one, let the "
            f"newer run `acedesk migrate --down {known[-1]}`, or restore a backup"
        )
    if there != known[-1]:
        raise UnfitSchema(
            f"the database is at schema {there or 'none'}, and acedesk {version('acedesk')} works "
            f"with {known[-1]}; `acedesk migrate` brings it there"
        )


def _config(url: str) -> Config:
    config = Config(stdout=sys.stderr)
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["url"] = url
    return config
