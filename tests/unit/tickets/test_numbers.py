import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.tickets.numbers import heard, number, parse, spoken


@pytest.mark.parametrize(
    "typed",
    [
        "ASD-000123",
        "asd-000123",
        " asd 123 ",
        "ASD000123",
        "A.S.D. 000 123",
        "a s d 0 0 0 1 2 3",
        "#123",
        "123",
        "ASD–000123",
        "０００１２３",
    ],
)
def test_a_number_is_read_however_it_is_typed(typed):
    assert parse(typed) == 123


@pytest.mark.parametrize(
    "typed", ["", "ASD-", "ticket", "INC0012345x", "ASD-000000", "9" * 12, "1" * 13]
)
def test_what_is_no_number_is_none(typed):
    assert parse(typed) is None


@given(st.integers(1, 10**9))
def test_numbers_are_unique_and_read_back(ticket_id):
    assert parse(number(ticket_id)) == ticket_id


@given(st.integers(1, 10**9), st.sampled_from(["en", "es"]))
def test_every_digit_is_said(ticket_id, language):
    said = spoken(ticket_id, language)
    assert len(said.replace(";", ",").split(",")) == 3 + len(f"{ticket_id:06d}")


def test_a_number_is_said_in_groups_in_both_languages():
    assert spoken(123, "en") == "A, S, D; zero, zero, zero; one, two, three"
    assert spoken(1000123, "es") == "a, ese, de; uno; cero, cero, cero; uno, dos, tres"


@given(st.integers(1, 2**31 - 1), st.sampled_from(["en", "es"]))
def test_a_number_that_is_dictated_is_understood(ticket_id, language):
    assert heard(spoken(ticket_id, language)) == ticket_id
    assert heard(number(ticket_id)) == ticket_id


@pytest.mark.parametrize("said", ["", "one ticket", "cero", "cargo 123"])
def test_words_are_no_number(said):
    assert heard(said) is None
