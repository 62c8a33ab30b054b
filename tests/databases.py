"""SQLite stores at the newest schema, as copies of one that the migrations made.

Running every migration takes half a second, which a test of something else need not wait for.
"""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import make_url

from desk.store.migrate import migrate


def lay_down(url: str) -> None:
    """Put an empty store where a SQLite address says that it is."""
    path = Path(make_url(url).database or "")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_made())


@cache
def _made() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "acedesk.db"
        migrate(f"sqlite+aiosqlite:///{path}")
        assert [one.name for one in path.parent.iterdir()] == [path.name], "all is in one file"
        return path.read_bytes()
