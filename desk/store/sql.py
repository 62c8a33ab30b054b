"""Statements that every database spells differently."""

from functools import cache
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from desk.store.base import Base


async def insert_once[Row: Base](
    session: AsyncSession, table: type[Row], **values: Any
) -> Row | None:
    """Insert a row unless one of its unique keys is taken; the row, or None when it was not.

    Unlike a look before the insert this holds against other transactions, which it waits for.
    """
    statement = _insert_once(table, session.get_bind().dialect.name)
    made: Row | None = (await session.scalars(statement, values)).one_or_none()
    return made


@cache
def _insert_once(table: type[Base], dialect: str) -> Executable:
    """The statement without its values: made once, it costs a fraction of one made each time."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing().returning(table)
