"""Logs: one JSON object a line on standard error, without anything that people typed.

A line carries the id of the request that it was written for, so that a turn can be followed from
the desk to the bot and back. Of an exception a line tells types and places, since its words may
quote what a visitor wrote.
"""

import logging
import os
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from uuid import uuid4

from pythonjsonlogger.json import JsonFormatter
from sqlalchemy.exc import StatementError

OURS = ("desk", "actions", "textkit")
"""Whose lines the level is about; libraries are heard when they warn."""
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def configure(level: str) -> None:
    """Send every logger's lines to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _Formatter(
            "%(levelname)s %(name)s %(message)s",
            timestamp="at",
            rename_fields={"levelname": "level", "name": "logger"},
        )
    )
    handler.addFilter(_stamp)
    wanted = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(level=max(wanted, logging.WARNING), handlers=[handler], force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(wanted)
    logging.getLogger("sanic.error").addFilter(_quotes_no_address)


def request_id() -> str | None:
    """What the present work is called in the logs: a request, a mail, an item of the outbox."""
    return _request_id.get()


def begin(given: str | None = None) -> str:
    """Call the present work by the name that it was given, where that is one, or by a new one."""
    name = given if given is not None and _ID.fullmatch(given) else uuid4().hex
    _request_id.set(name)
    return name


@contextmanager
def work(name: str) -> Iterator[None]:
    """Call what happens within the block by this name."""
    token = _request_id.set(name)
    try:
        yield
    finally:
        _request_id.reset(token)


def _stamp(record: logging.LogRecord) -> bool:
    if (name := _request_id.get()) is not None:
        record.request_id = name
    return True


def _quotes_no_address(record: logging.LogRecord) -> bool:
    """Whether it does not come from the server's files, of which each one missing is quoted.

    What goes wrong there is raised as well, and told by `desk.web`.
    """
    return record.module != "static"


class _Formatter(JsonFormatter):
    def formatException(  # noqa: N802
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        return "\n".join(_told(ei[1])) if ei[1] is not None else ""


def _told(error: BaseException) -> Iterator[str]:
    """An exception with what it came from, the first cause first."""
    if error.__cause__ is not None:
        yield from _told(error.__cause__)
    elif error.__context__ is not None and not error.__suppress_context__:
        yield from _told(error.__context__)
    yield from (line.rstrip("\n") for line in traceback.format_tb(error.__traceback__))
    yield f"{type(error).__module__}.{type(error).__qualname__}{_harmless(error)}"
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _told(one)


def _harmless(error: BaseException) -> str:
    """What is known of an exception that no visitor has typed."""
    if isinstance(error, OSError) and error.errno is not None:
        return f": {os.strerror(error.errno)}"
    if isinstance(error, StatementError) and error.statement is not None:
        return f": {error.statement}"
    for code in ("sqlite_errorname", "sqlstate"):
        if isinstance(found := getattr(error, code, None), str):
            return f": {found}"
    return ""
