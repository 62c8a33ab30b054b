"""Vectors of single texts are made once and travel."""

import base64

import numpy as np
import pytest

from textkit.embedding import Remembering, UnusableVector


class Counting:
    name = "counting"
    width = 3

    def __init__(self) -> None:
        self.seen: list[str] = []

    def encode(self, texts):
        self.seen += texts
        return np.array([[len(text), 0.5, 1] for text in texts], dtype=np.float32)


def test_a_text_is_embedded_once():
    model = Counting()
    remembering = Remembering(model)
    for _ in range(3):
        assert remembering.encode(["abc"]).tolist() == [[3, 0.5, 1]]
    assert model.seen == ["abc"]


def test_a_vector_travels_as_it_is():
    here, there = Counting(), Counting()
    packed = Remembering(here).pack("abcd")
    elsewhere = Remembering(there)
    elsewhere.take_over("abcd", packed)
    assert elsewhere.encode(["abcd"]).tolist() == [[4, 0.5, 1]]
    assert there.seen == []


def test_only_the_latest_are_remembered():
    model = Counting()
    remembering = Remembering(model)
    for number in range(1000):
        remembering.encode([str(number)])
    model.seen.clear()
    remembering.encode(["999"])
    remembering.encode(["0"])
    assert model.seen == ["0"]


@pytest.mark.parametrize(
    "packed", ["", "§", "AAAA", "AAAAA", base64.b64encode(b"\0" * 16).decode(), "A" * 40_000]
)
def test_what_is_no_vector_is_refused(packed):
    with pytest.raises(UnusableVector):
        Remembering(Counting()).take_over("abc", packed)
