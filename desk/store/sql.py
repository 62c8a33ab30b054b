"""Statements and expressions that every database spells differently."""

import re
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Executable,
    Integer,
    String,
    Table,
    and_,
    func,
    inspect,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from desk.store.base import Base
from textkit.normalise import fold

_SPELLINGS = {
    "sqlite": {
        "utc_hour": "CAST(substr({0}, 12, 2) AS INTEGER)",
        "utc_day": "substr({0}, 1, 10)",
        "utc_week": "date(substr({0}, 1, 10), 'weekday 0', '-6 days')",
        "utc_month": "substr({0}, 1, 7)",
    },
    "postgresql": {
        "utc_hour": "CAST(extract(hour FROM {0} AT TIME ZONE 'UTC') AS INTEGER)",
        "utc_day": "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
        "utc_week": "to_char(date_trunc('week', {0} AT TIME ZONE 'UTC'), 'YYYY-MM-DD')",
        "utc_month": "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM')",
    },
}


# With more letters that may be written in several ways, LIKE would rule out fewer texts.
_ACCENTED = tuple("aeioun-'")


class UtcPart(FunctionElement[Any]):
    """A part of an instant in UTC, the same value on every database."""


class UtcHour(UtcPart):
    """The hour of the day, from 0."""

    inherit_cache = True
    name = "utc_hour"
    type = Integer()


class UtcDay(UtcPart):
    """The day: `2026-11-22`."""

    inherit_cache = True
    name = "utc_day"
    type = String()


class UtcWeek(UtcPart):
    """The Monday of the ISO week: `2026-11-16`."""

    inherit_cache = True
    name = "utc_week"
    type = String()


class UtcMonth(UtcPart):
    """The month: `2026-11`."""

    inherit_cache = True
    name = "utc_month"
    type = String()


@compiles(UtcPart)
def _spell(element: UtcPart, compiler: SQLCompiler, **options: Any) -> str:
    spelling = _SPELLINGS[compiler.dialect.name][element.name]
    return spelling.format(compiler.process(element.clauses, **options))


def contains(session: AsyncSession, text: Any, word: str) -> ColumnElement[bool]:
    """Whether a text holds a word, in any case and with any accents on vowels and n.

    It reads every text: there is no index that it could use.

    Args:
        text: a column or expression.
        word: as `textkit.normalise.fold` levels it. A text whose accents are characters of their
            own (Unicode's decomposed form) is not recognised.
    """
    forms = [_forms().get(letter, letter) for letter in word]
    loose = "".join("_" if letter in _ACCENTED else f"\\{letter}" for letter in word)
    if session.get_bind().dialect.name == "postgresql":
        classes = "".join(f"[{form}]" if len(form) > 1 else re.escape(form) for form in forms)
        return and_(text.ilike(f"%{loose}%", escape="\\"), text.op("~")(classes))
    # LIKE, ten times as fast, leaves few texts for GLOB to look into.
    classes = "".join(f"[{form}]" if len(form) > 1 or form in "*?[" else form for form in forms)
    return and_(text.like(f"%{loose}%", escape="\\"), text.op("GLOB")(f"*{classes}*"))


@cache
def _forms() -> dict[str, str]:
    """By plain character, all that are levelled to it, itself last: a hyphen is no range there."""
    found: dict[str, str] = {}
    for letter in map(chr, (*range(0x21, 0x7F), *range(0xC0, 0x100), *range(0x2010, 0x201A))):
        plain = fold(letter)
        if letter.isascii() or plain in _ACCENTED:
            found[plain] = letter + found.get(plain, "")
    return found


async def one_at_a_time(session: AsyncSession, what: str) -> None:
    """Wait for other writing transactions that have named the same, and hold off those to come.

    SQLite has one writer at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.pg_advisory_xact_lock(func.hashtext(what))))


async def insert_once[Row: Base](
    session: AsyncSession, table: type[Row], **values: Any
) -> Row | None:
    """Insert a row unless one of its unique keys is taken; the row, or None when it was not.

    Unlike a look before the insert this holds against other transactions, which it waits for.
    """
    statement = _insert_once(table, session.get_bind().dialect.name)
    columns = inspect(table).columns
    row = {columns[name].name: value for name, value in values.items()}
    made: Row | None = (await session.scalars(statement, row)).one_or_none()
    return made


@cache
def _insert_once(table: type[Base], dialect: str) -> Executable:
    """The statement without its values: made once, it costs a fraction of one made each time.

    It inserts into the table and not the class, as the ORM's own insert takes half as long again.
    """
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    plain = insert(cast("Table", table.__table__))
    return select(table).from_statement(plain.on_conflict_do_nothing().returning(table))
