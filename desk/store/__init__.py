"""The desk's database: engine, sessions, migrations."""

from desk.store.base import Base, Utc
from desk.store.engine import Store
from desk.store.kept import Kept
from desk.store.sql import contains, insert_once, one_at_a_time

__all__ = ["Base", "Kept", "Store", "Utc", "contains", "insert_once", "one_at_a_time"]
