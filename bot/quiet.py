"""What Rasa says and reports by itself, kept down to warnings and errors of its log."""

from __future__ import annotations

import logging
import os
import sys
from contextvars import ContextVar

import structlog

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="-")
"""What the desk calls the turn that goes on."""


def hush() -> None:
    """Turn off telemetry, progress bars and warnings; log from level WARNING up, to standard error.

    Rasa and its libraries read the environment when they are imported, so this comes before them.
    """
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ["SQLALCHEMY_SILENCE_UBER_WARNING"] = "1"
    os.environ["LOG_LEVEL"] = "ERROR"  # Rasa shows its progress bars below this level.
    # Some libraries add filters that let their warnings through; the log is where all of them end.
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").setLevel(logging.ERROR)
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_stamp)
    logging.basicConfig(
        level=logging.WARNING,
        format="%(levelname)s %(name)s [%(request_id)s]: %(message)s",
        handlers=[handler],
    )
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.stdlib.LoggerFactory(),
        processors=[
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
        cache_logger_on_first_use=True,
    )


def _stamp(record: logging.LogRecord) -> bool:
    record.request_id = REQUEST_ID.get()
    return True
