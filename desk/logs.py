"""Logs: one JSON object a line on standard error, without anything that a visitor typed."""

import logging
import sys

from pythonjsonlogger.json import JsonFormatter

_QUIET = ("httpx", "httpcore", "asyncio", "aiosqlite", "rasa_sdk")


def configure(level: str) -> None:
    """Send every logger's lines to standard error; chatty libraries only when they warn."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonFormatter(
            "%(asctime)s %(levelname)s %(name)s %(message)s",
            rename_fields={"asctime": "at", "levelname": "level", "name": "logger"},
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
