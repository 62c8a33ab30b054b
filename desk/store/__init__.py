"""The desk's database: engine, sessions, migrations."""

from desk.store.base import Base, Utc
from desk.store.engine import Store

__all__ = ["Base", "Store", "Utc"]
