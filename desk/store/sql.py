"""Statements that every database spells differently."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from desk.store.base import Base


async def insert_once[Row: Base](
    session: AsyncSession, table: type[Row], **values: Any
) -> Row | None:
    """Insert a row unless one of its unique keys is taken; the row, or None when it was not.

    Unlike a look before the insert this holds against other transactions, which it waits for.
    """
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(table).values(**values).on_conflict_do_nothing().returning(table)
    made: Row | None = (await session.scalars(statement)).one_or_none()
    return made
