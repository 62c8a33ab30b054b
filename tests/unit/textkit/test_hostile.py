"""Texts that mean no good pass through every part of textkit: no fault, nothing of them obeyed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import HOSTILE, hostile
from textkit.identifiers import find, mask_business, mistyped
from textkit.language import detect
from textkit.masking import Masked, find_secrets, mask
from textkit.normalise import fold, plain, printable

SIZE = 100_000
SEEDS = (
    "pw:", "1 ", "a@", "password is ", "account 1234567 ", "born 1975", "https://1", "one ",
    "[ssn] ", "ssn last ",
    "from Laredo2026 to ", '{"a":"', "1\u200b", "\u202e1", "port ", "scac is ", "🚚",
    "in-bond 257700030 ", "entry 1", " ", "\n", "(", "ñ", "﷽",
)  # fmt: skip


def everything(text: str) -> None:
    """Call every public function of the package that reads a visitor's text."""
    once = mask(text)
    assert mask(once.text) == Masked(once.text, ())
    for secret in find_secrets(text):
        assert 0 <= secret.start < secret.end <= len(text)
    for item in find(text):
        assert text[item.start : item.end] == item.value
    assert printable(printable(text)) == printable(text)
    assert fold(fold(text)) == fold(text)
    assert 0 <= detect(text).confidence <= 1
    mask_business(text)
    mistyped(text)


@settings(deadline=None)
@given(hostile)
def test_hostile_texts_do_no_harm(text: str) -> None:
    everything(text)


@settings(deadline=None)
@given(st.text(st.characters(), max_size=60))
def test_no_character_does_harm_not_even_half_a_surrogate_pair(text: str) -> None:
    everything(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_each_hostile_text_alone_does_no_harm(text: str) -> None:
    everything(text)


def test_a_hundred_kilobytes_of_hostile_texts_do_no_harm() -> None:
    share = SIZE // len(SEEDS)
    text = "".join((seed * share)[:share] for seed in SEEDS)
    assert len(text) > 0.99 * SIZE
    everything(text)


def test_the_plain_form_is_of_the_order_of_the_text() -> None:
    # U+FDFA stands for eighteen characters, and nothing for more (Unicode, NFKD).
    assert len(plain("\ufdfa" * SIZE).text) == 18 * SIZE
