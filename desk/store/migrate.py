"""Bringing a database to another schema."""

import sys
from pathlib import Path

from alembic import command
from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(url: str) -> None:
    """Run every migration that the database has not seen."""
    command.upgrade(_config(url), "head")


def migrate_down(url: str, revision: str) -> None:
    """Go back to an older revision; what only later ones can hold is lost.

    Raises:
        alembic.util.CommandError: no such revision, or not one that lies behind.
    """
    command.downgrade(_config(url), revision)


def _config(url: str) -> Config:
    config = Config(stdout=sys.stderr)
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["url"] = url
    return config
