"""The audit as a file: for spreadsheets, and for programs."""

import csv
import json
from collections.abc import AsyncIterator, Mapping
from io import StringIO
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from desk.audit.service import Wanted, all_entries
from desk.instants import instant

COLUMNS = ("id", "at", "actor", "user", "action", "object", "detail")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet compute a cell: https://owasp.org/www-community/attacks/CSV_Injection"""


async def exported(
    session: AsyncSession, wanted: Wanted, people: Mapping[int | None, str]
) -> AsyncIterator[dict[str, Any]]:
    """Every entry by its columns, the newest first.

    Args:
        people: the addresses of users, by id.
    """
    async for entry in all_entries(session, wanted):
        yield {
            "id": entry.id,
            "at": instant(entry.at),
            "actor": entry.actor,
            "user": people.get(entry.user_id),
            "action": entry.action,
            "object": entry.object,
            "detail": entry.detail,
        }


def csv_head() -> str:
    """The first line of a table."""
    return _line(COLUMNS)


def csv_line(row: Mapping[str, Any]) -> str:
    """A line of a table, in which no cell is one that a spreadsheet would compute."""
    detail = json.dumps(row["detail"], sort_keys=True) if row["detail"] else ""
    return _line(tuple(detail if column == "detail" else row[column] for column in COLUMNS))


def _line(cells: tuple[object, ...]) -> str:
    written = StringIO()
    csv.writer(written).writerow(["" if cell is None else _harmless(str(cell)) for cell in cells])
    return written.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
