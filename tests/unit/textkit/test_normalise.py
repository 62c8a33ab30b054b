"""Folding and its way back to the characters as typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textkit.normalise import fold, plain


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
