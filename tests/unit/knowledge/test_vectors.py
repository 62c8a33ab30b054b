"""A single row's vector is the same by the short way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from desk.knowledge.files import read_folder
from desk.knowledge.vectors import Row, Vectors, _letters
from desk.settings import PROJECT

ROWS: list[Row] = [
    (article.language, question)
    for article in read_folder(PROJECT / "data" / "kb")
    for question in article.meta.questions
] + [
    ("en", "How do I add a user, a user, a USER to our ACE account?"),
    ("en", "ES-003"),
    ("es", ""),
    ("en", "the report " * 200),
]


@pytest.fixture(scope="module")
def learnt() -> tuple[Vectors, csr_matrix]:
    return Vectors.fit(ROWS, np.zeros((len(ROWS), 0), dtype=np.float32))


def test_it_says_what_the_vectorizers_say(learnt):
    vectors, rows = learnt
    for number in [*range(0, len(ROWS), 97), *range(len(ROWS) - 4, len(ROWS))]:
        places, weights = vectors.words(ROWS[number])
        dense = np.zeros(rows.shape[1])
        dense[places] = weights
        assert np.allclose(dense, rows[[number]].toarray()[0], atol=1e-6), ROWS[number]


def test_nothing_known_has_no_places(learnt):
    places, weights = learnt[0].words(("en", "ƷƷƷ ҨҨ"))
    assert len(places) == len(weights) == 0


@given(st.text(st.sampled_from("abñ1-.,\t \n"), max_size=30))
def test_letters_are_those_of_scikit_learn(text):
    theirs = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5)).build_analyzer()
    assert _letters(("en", text)) == theirs(text)


def test_what_was_kept_says_the_same(learnt):
    row = ("en", "How do I add a user?")
    vectors = learnt[0]
    again = Vectors.from_arrays(vectors.arrays())
    for one, other in zip(vectors.words(row), again.words(row), strict=True):
        assert np.allclose(one, other)
