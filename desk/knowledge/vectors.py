"""Texts as rows of numbers: weighted stems and letters, and beside them their meaning."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import snowballstemmer
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from textkit.normalise import fold

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
MEANING = 0.8
"""The length of the meaning beside stems and letters, each of length 1; of 0.7 to 2 the best in
development."""


class Vectors:
    """Learns the weights of stems and letters from some rows, and turns rows into vectors.

    A vector has three parts: stems and pairs of stems of the row's language, groups of two to five
    letters, both with the rare ones weighing more, and the text's meaning, which callers bring.
    """

    def __init__(self) -> None:
        self._parts = {
            "stems": TfidfVectorizer(analyzer=_stems, sublinear_tf=True),
            "letters": TfidfVectorizer(
                analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True
            ),
        }
        self._analyse = {name: part.build_analyzer() for name, part in self._parts.items()}

    def fit(self, rows: Sequence[Row], meanings: Floats) -> csr_matrix:
        """Learn the weights; the vectors of these very rows."""
        texts = _texts(rows)
        words = [part.fit_transform(texts[name]) for name, part in self._parts.items()]
        return hstack([*words, csr_matrix(MEANING * meanings)], format="csr")

    def words(self, row: Row) -> tuple[Indices, Floats]:
        """The first two parts of another row's vector: which places are not 0, and what is there.

        The same as `TfidfVectorizer.transform` says. For a single row that spends nine tenths of
        its time on making matrices and looking at what it was given.
        """
        texts = _texts([row])
        places: list[int] = []
        weights: list[Floats] = []
        begin = 0
        for name, part in self._parts.items():
            known = part.vocabulary_
            counts = Counter(
                known[term] for term in self._analyse[name](texts[name][0]) if term in known
            )
            here = np.fromiter(counts, dtype=np.intp, count=len(counts))
            often = np.fromiter(counts.values(), dtype=np.float64, count=len(counts))
            weight = (1 + np.log(often)) * part.idf_[here]
            weights.append(weight / max(float(np.linalg.norm(weight)), _SMALLEST))
            places += (here + begin).tolist()
            begin += len(known)
        return np.array(places, dtype=np.intp), np.concatenate(weights).astype(np.float32)

    def arrays(self) -> dict[str, np.ndarray[Any, Any]]:
        """What `fit` has learnt, as plain arrays."""
        arrays: dict[str, np.ndarray[Any, Any]] = {}
        for name, part in self._parts.items():
            arrays[f"{name}_terms"] = np.array(part.get_feature_names_out(), dtype=str)
            arrays[f"{name}_weights"] = part.idf_
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "Vectors":
        """What `arrays` gave."""
        vectors = cls()
        for name, part in vectors._parts.items():
            # The weights can be set once the vectorizer knows its terms.
            part.vocabulary = {str(t): place for place, t in enumerate(arrays[f"{name}_terms"])}
            part._validate_vocabulary()
            part.idf_ = arrays[f"{name}_weights"]
        return vectors


def _texts(rows: Sequence[Row]) -> dict[str, list[Any]]:
    folded = [(language, fold(text)) for language, text in rows]
    return {"stems": folded, "letters": [text for _, text in folded]}


def _stems(row: Row) -> list[str]:
    """Stems of the words of a folded text, and pairs of neighbours."""
    language, folded = row
    stem = _STEMMERS[language].stemWord
    stems = [stem(word) for word in _WORD.findall(folded)]
    return stems + [f"{one} {two}" for one, two in pairwise(stems)]
