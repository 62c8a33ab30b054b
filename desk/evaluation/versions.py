"""What was measured, and with what: names of the data, the model, the articles and the code."""

import asyncio
import hashlib
import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from desk.knowledge.models import ArticleVersion
from desk.knowledge.service import newest_version, published_articles
from desk.routing import decision, judge
from desk.settings import PROJECT, Settings
from desk.store import Store

UNKNOWN = "unknown"
"""The name of what cannot be seen from this machine."""

_DIGITS = 12


@dataclass(frozen=True, kw_only=True)
class Versions:
    """The names; a digest is the first twelve hexadecimal digits of a SHA-256."""

    labels: str
    """Digest of the labelled file."""
    package: str
    """Of acedesk."""
    commit: str
    """Of the checkout, with `-dirty` when files differ from it."""
    model: str
    """The bot's fingerprint: a digest of everything that it was made of."""
    articles: str
    """Digest of the published articles' files."""
    articles_published: int | None
    """How many there are, each language for itself."""
    articles_newest: int | None
    """The number of the newest version in the store."""
    judge: str
    """Digest of `judge.toml`."""
    thresholds: str
    """Digest of `thresholds.toml`."""
    embedder: str
    """The setting."""


async def read_versions(settings: Settings, labels_sha256: str) -> Versions:
    """The names as they are now on this machine, for the desk that `settings` describe."""
    shelf = await _published(settings.store_url)
    newest, rows = shelf or (None, [])
    return Versions(
        labels=labels_sha256[:_DIGITS] or UNKNOWN,
        package=version("acedesk"),
        commit=await asyncio.to_thread(_commit, PROJECT),
        model=UNKNOWN if settings.bot_url else _fingerprint(settings.models / "acedesk.json"),
        articles=digest_of(rows) if shelf else UNKNOWN,
        articles_published=len(rows) if shelf else None,
        articles_newest=newest,
        judge=_file(judge.FILE),
        thresholds=_file(decision.FILE),
        embedder=settings.embedder,
    )


def digest_of(articles: Sequence[ArticleVersion]) -> str:
    """Digest of what the articles say, whatever their order and the numbers of their versions."""
    lines = sorted(f"{one.slug}\0{one.language}\0{one.digest}\n" for one in articles)
    return _digest("".join(lines).encode())


async def _published(url: str) -> tuple[int, list[ArticleVersion]] | None:
    """The newest version's number and the published articles; None without a store to read."""
    if _is_missing(url):
        return None
    store = Store(url)
    try:
        async with store.read() as session:
            return await newest_version(session), await published_articles(session)
    except (SQLAlchemyError, OSError):
        return None
    finally:
        await store.close()


def _is_missing(url: str) -> bool:
    """Whether the store is a file that is not there; connecting would make an empty one."""
    address = make_url(url)
    return address.get_backend_name() == "sqlite" and not Path(address.database or "").is_file()


def _fingerprint(record: Path) -> str:
    try:
        return str(json.loads(record.read_text(encoding="utf-8"))["fingerprint"])[:_DIGITS]
    except (OSError, ValueError, KeyError):
        return UNKNOWN


def _commit(folder: Path) -> str:
    git = shutil.which("git")
    if git is None or not (folder / ".git").exists():
        return UNKNOWN
    # Without optional locks it never stands in the way of somebody's own git command.
    command = [git, "--no-optional-locks", "describe", "--always", "--dirty", "--exclude=*"]
    told = subprocess.run(  # noqa: S603 (nothing in it comes from outside)
        [*command, f"--abbrev={_DIGITS}"], cwd=folder, capture_output=True, text=True, check=False
    )
    return told.stdout.strip() or UNKNOWN


def _file(path: Path) -> str:
    return _digest(path.read_bytes())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_DIGITS]
