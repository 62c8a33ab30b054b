"""Folding and its way back to the characters as typed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import hostile
from textkit.normalise import fold, plain, printable


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("  ¿OLVIDÉ   mi\ncontraseña? ", "¿olvide mi contrasena?"),
        ("１２３‑４５−6789", "123-45-6789"),
        ("123\u00a045\u202f6789", "123 45 6789"),
        ("12\u200b3\u00ad4", "1234"),
        ("١٢٣", "123"),
        ("“don’t”", '"don\'t"'),
        ("n\u0303", "n"),
        ("", ""),
    ],
)
def test_fold_levels_case_accents_digits_hyphens_and_invisible_characters(
    typed: str, folded: str
) -> None:
    assert fold(typed) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_every_plain_character_knows_where_it_comes_from(text: str) -> None:
    view = plain(text)
    assert len(view.text) == len(view.origins)
    for place in range(len(view.text)):
        assert view.text[place] in plain(view.original(place, place + 1)).text


def test_a_span_leads_back_to_the_text_as_typed() -> None:
    view = plain("Mi CONTRASEN\u0303A es X")
    start = view.text.index("contrasena")
    assert view.original(start, start + len("contrasena")) == "CONTRASEN\u0303A"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("see \u202egpj.exe\u202c", "see gpj.exe"),
        ("\u2066a\u2069\u200e\u200f\u061cb", "ab"),
        ("pass\u200bword\ufeff", "password"),
        ("hi\U000e0041\U000e007f", "hi"),
        ("\x1b[31mred\x07", "[31mred"),
        ("a\ud800b", "ab"),
        ("one\n\ttwo", "one\n\ttwo"),
        ("👨\u200d👩\u200d👧 نمی\u200cخواهم", "👨\u200d👩\u200d👧 نمی\u200cخواهم"),
        ("¿Qué pasó? ñandú", "¿Qué pasó? ñandú"),
    ],
)
def test_what_hides_or_turns_text_around_is_not_kept(typed: str, kept: str) -> None:
    assert printable(typed) == kept


@given(st.one_of(hostile, st.text(st.characters())))
def test_a_printable_text_says_what_it_shows(text: str) -> None:
    kept = printable(text)
    assert printable(kept) == kept
    assert not any(
        unicodedata.bidirectional(c) in {"LRE", "RLE", "LRO", "RLO", "PDF"} for c in kept
    )
    assert not any(unicodedata.bidirectional(c) in {"LRI", "RLI", "FSI", "PDI"} for c in kept)
    kept.encode()
