"""The file of a backup: every row of a store, in a form that either database can take.

A backup is JSON Lines under gzip. Its first line is the header. For each table, in an order in
which rows come after those that they refer to, a line `{"table", "columns": {name: kind}}` is
followed by its rows as arrays. The last line is `{"rows", "sha256"}`, the checksum being that of
all lines before it, so that a file that was cut off or changed is refused.

The file describes itself, so that a backup outlives the schema that it was made from: it is put
into a database of its own revision, which is migrated afterwards.
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

FORMAT = "acedesk-backup-1"
BATCH = 1000
"""Rows that are in memory at once."""
Watch = Callable[[int, int], object]
"""Told now and then how many rows are done, and how many there are."""


class UnusableBackup(ValueError):
    """A file that is no whole backup, or one that this version of the desk can't read."""


class WrongDatabase(ValueError):
    """The database is not in the state that is asked for; nothing was written."""


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a backup says of itself."""

    format: str
    revision: str
    """Of the schema."""
    desk: str
    """Version of the desk that made it."""
    at: str
    """When, in ISO 8601."""
    tables: dict[str, int]
    """Rows by table."""

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(self.tables.values())


class Sink(Protocol):
    """What takes bytes."""

    def write(self, data: bytes, /) -> object: ...  # noqa: D102


class Writer:
    """Writes lines, and the checksum at their end."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._digest = hashlib.sha256()

    def line(self, value: object) -> None:
        """Write a value as the next line."""
        encoded = json.dumps(value, separators=(",", ":")).encode() + b"\n"
        self._digest.update(encoded)
        self._sink.write(encoded)

    def end(self, rows: int) -> None:
        """Write the trailer."""
        self.line({"rows": rows, "sha256": self._digest.hexdigest()})


def header_of(line: Any) -> Header:
    """The header that a file's first line is.

    Raises:
        UnusableBackup: it is none of this format.
    """
    if not isinstance(line, dict) or line.get("format") != FORMAT:
        raise UnusableBackup(f"that is no backup in the format {FORMAT}")
    return Header(**line)


def lines(file: Path) -> Iterator[Any]:
    """The lines before the trailer, which is checked behind them.

    Raises:
        UnusableBackup: the file was cut off or changed, or is no backup.
        OSError: it can't be read.
    """
    digest, rows = hashlib.sha256(), 0
    try:
        with gzip.open(file) as packed:
            for encoded in packed:
                line = json.loads(encoded)
                if isinstance(line, dict) and "sha256" in line:
                    whole = line == {"rows": rows, "sha256": digest.hexdigest()}
                    if not whole or packed.read(1):
                        raise UnusableBackup("the backup was changed: its checksum is wrong")
                    return
                digest.update(encoded)
                rows += isinstance(line, list)
                yield line
    except (EOFError, zlib.error, gzip.BadGzipFile, ValueError) as error:
        if isinstance(error, UnusableBackup):
            raise
        raise UnusableBackup(f"the backup is damaged or no backup: {error}") from error
    raise UnusableBackup("the backup ends before its end")
