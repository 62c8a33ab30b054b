"""Bringing a database to another schema."""

import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import AsyncConnection

_MIGRATIONS = Path(__file__).parent / "migrations"


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


def _config(url: str) -> Config:
    config = Config(stdout=sys.stderr)
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["url"] = url
    return config
