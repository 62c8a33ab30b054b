"""A single row's vector is the same by the short way."""

import numpy as np
import pytest
from scipy.sparse import hstack

from desk.knowledge.files import read_folder
from desk.knowledge.vectors import Vectors, _texts
from desk.settings import PROJECT


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    rows = [
        (article.language, question)
        for article in read_folder(PROJECT / "data" / "kb")
        for question in article.meta.questions
    ]
    made = Vectors()
    made.fit(rows, np.zeros((len(rows), 0), dtype=np.float32))
    return made


@pytest.mark.parametrize(
    "row",
    [
        ("en", "How do I add a user, a user, a USER to our ACE account?"),
        ("es", "¿Cómo programo un informe en ACE Reports cada lunes?"),
        ("en", "ES-003"),
        ("en", "zzz qqq"),
        ("es", ""),
        ("en", "the report " * 200),
    ],
)
def test_it_says_what_the_vectorizers_say(vectors, row):
    texts = _texts([row])
    whole = hstack([part.transform(texts[name]) for name, part in vectors._parts.items()])
    places, weights = vectors.words(row)
    dense = np.zeros(whole.shape[1])
    dense[places] = weights
    assert np.allclose(dense, whole.toarray()[0], atol=1e-6)


def test_what_was_kept_says_the_same(vectors):
    row = ("en", "How do I add a user?")
    again = Vectors.from_arrays(vectors.arrays())
    for one, other in zip(vectors.words(row), again.words(row), strict=True):
        assert np.allclose(one, other)
