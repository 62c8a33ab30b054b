"""How a search's results are shown."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.web.console.search import snippet
from tests.unit.web.pages import Page, console_page
from tests.unit.web.test_console_pages import LANGUAGES, NASTY, row, user
from textkit.normalise import fold

VALUES = {
    "user": user(),
    "q": NASTY,
    "query": "q=x",
    "size": 2,
    "most": 1000,
    "page": 1,
    "last": 3,
}


def page_of(language: str = "en", **changes: object) -> Page:
    place = SimpleNamespace(where="note", text=NASTY, language="es")
    pieces = [("see ", False), (NASTY, True)]
    return console_page(
        "search", language, **(VALUES | {"rows": [(row(), place, pieces)]} | changes)
    )


def marked(text: str, *words: str) -> str:
    return "".join(f"<{piece}>" if hit else piece for piece, hit in snippet(text, words))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_found_is_marked_and_escaped(language: str) -> None:
    page = page_of(language)
    assert len(page.all("mark")) == 1
    assert page.text.count(NASTY) >= 2
    assert all(script["nonce"] == "nonce" for script in page.all("script"))
    assert {"lang": "es"} in page.all("span")


def test_the_words_stay_in_the_box_and_go_along_to_the_next_page() -> None:
    page = page_of(page=2)
    assert [box["value"] for box in page.all("input") if box.get("name") == "q"] == [NASTY]
    links = [link["href"] for link in page.all("a") if link.get("rel")]
    assert links == ["/console/search?q=x&page=1", "/console/search?q=x&page=3"]


def test_nothing_found_says_what_can_be_looked_for() -> None:
    assert "No se encontró nada" in page_of("es", rows=[], size=0, last=1).text
    assert "What are you looking for?" in page_of(rows=[], q="").text


def test_words_are_marked_as_they_were_written() -> None:
    assert marked("El REPORTE sale vacío.", "vacio", "reporte") == "El <REPORTE> sale <vacío>."
    assert marked("nothing", "x") == "nothing"
    assert marked("aaa", "aa", "aaa") == "<aa>a"


def test_a_long_text_is_cut_between_words() -> None:
    text = "before " * 50 + "factura " + "after " * 80
    shown = marked(text, "factura")
    assert shown.startswith("…before ")
    assert shown.endswith(" after…")
    assert "<factura>" in shown
    assert len(shown) < 260


@given(st.text(), st.lists(st.text(min_size=1), max_size=3))
def test_pieces_are_a_part_of_the_text(text: str, words: list[str]) -> None:
    pieces = snippet(text, [fold(word) for word in words if fold(word)])
    body = "".join(piece for piece, _ in pieces if piece != "…")
    assert body.strip("…") in text
