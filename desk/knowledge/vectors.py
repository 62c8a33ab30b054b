"""Texts as rows of numbers: weighted stems and letters, and beside them their meaning."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import snowballstemmer

from textkit.normalise import fold

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

type Row = tuple[str, str]
"""A language (en or es) and a text."""
type Floats = np.ndarray[Any, np.dtype[np.float32]]
type Indices = np.ndarray[Any, np.dtype[np.intp]]
type Arrays = Mapping[str, np.ndarray[Any, Any]]

_WORD = re.compile(r"\w+")
_STEMMERS = {
    "en": snowballstemmer.stemmer("english"),
    "es": snowballstemmer.stemmer("spanish"),
}
_SMALLEST = 1e-12
_SIZES = range(2, 6)
MEANING = 0.8
"""The length of the meaning beside stems and letters, each of length 1; of 0.7 to 2 the best in
development."""


class Vectors:
    """Learns the weights of stems and letters from some rows, and turns rows into vectors.

    A vector has three parts: stems and pairs of stems of the row's language, groups of two to five
    letters, both with the rare ones weighing more, and the text's meaning, which callers bring.
    """

    def __init__(self, places: Mapping[str, dict[str, int]], weights: Arrays) -> None:
        """What was learnt of each part: the place of each term, and by place what it weighs."""
        self._places = places
        self._weights = weights

    @classmethod
    def fit(cls, rows: Sequence[Row], meanings: Floats) -> "tuple[Vectors, csr_matrix]":
        """Learn the weights; the vectors of these very rows."""
        # They take a hundred megabytes, and only learning needs them.
        from scipy.sparse import csr_matrix, hstack  # noqa: PLC0415
        from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415

        folded = _folded(rows)
        parts = {
            name: TfidfVectorizer(analyzer=terms, min_df=rarest, sublinear_tf=True)
            for name, (terms, rarest) in _PARTS.items()
        }
        words = [part.fit_transform(folded) for part in parts.values()]
        learnt = cls(
            {
                name: {term: int(place) for term, place in part.vocabulary_.items()}
                for name, part in parts.items()
            },
            {name: part.idf_ for name, part in parts.items()},
        )
        return learnt, hstack([*words, csr_matrix(MEANING * meanings)], format="csr")

    def words(self, row: Row) -> tuple[Indices, Floats]:
        """The first two parts of another row's vector: which places are not 0, and what is there.

        The same as `TfidfVectorizer.transform` says. For a single row that spends nine tenths of
        its time on making matrices and looking at what it was given.
        """
        [folded] = _folded([row])
        places: list[int] = []
        weights: list[Floats] = []
        begin = 0
        for name, (terms, _) in _PARTS.items():
            known = self._places[name]
            counts = Counter(known[term] for term in terms(folded) if term in known)
            here = np.fromiter(counts, dtype=np.intp, count=len(counts))
            often = np.fromiter(counts.values(), dtype=np.float64, count=len(counts))
            weight = (1 + np.log(often)) * self._weights[name][here]
            weight /= max(float(np.linalg.norm(weight)), _SMALLEST)
            weights.append(weight.astype(np.float32))
            places += (here + begin).tolist()
            begin += len(known)
        return np.array(places, dtype=np.intp), np.concatenate(weights)

    def arrays(self) -> dict[str, np.ndarray[Any, Any]]:
        """What `fit` has learnt, as plain arrays."""
        arrays: dict[str, np.ndarray[Any, Any]] = {}
        for name, places in self._places.items():
            arrays[f"{name}_terms"] = np.array(sorted(places, key=places.__getitem__), dtype=str)
            arrays[f"{name}_weights"] = self._weights[name]
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "Vectors":
        """What `arrays` gave."""
        return cls(
            {
                name: {str(term): place for place, term in enumerate(arrays[f"{name}_terms"])}
                for name in _PARTS
            },
            {name: arrays[f"{name}_weights"] for name in _PARTS},
        )


def _folded(rows: Sequence[Row]) -> list[Row]:
    return [(language, fold(text)) for language, text in rows]


def _stems(row: Row) -> list[str]:
    """Stems of the words of a folded text, and pairs of neighbours."""
    language, folded = row
    stem = _STEMMERS[language].stemWord
    stems = [stem(word) for word in _WORD.findall(folded)]
    return stems + [f"{one} {two}" for one, two in pairwise(stems)]


def _letters(row: Row) -> list[str]:
    """Groups of two to five neighbouring letters within words and the blanks around them."""
    groups: list[str] = []
    for word in row[1].split():
        padded = f" {word} "
        for size in _SIZES:
            if size >= len(padded):
                groups.append(padded)
                break
            groups += [padded[i : i + size] for i in range(len(padded) - size + 1)]
    return groups


_PARTS: dict[str, tuple[Callable[[Row], list[str]], int]] = {
    "stems": (_stems, 1),
    "letters": (_letters, 2),
}
"""How the terms of each part are made, and in how many rows the rarest must stand."""
