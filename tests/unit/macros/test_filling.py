from hypothesis import given
from hypothesis import strategies as st

from desk.macros.filling import GAP, VARIABLES, fill, is_unfinished, unknown_variables

names = st.sampled_from(VARIABLES)
values = st.dictionaries(names, st.none() | st.text(max_size=40))
parts = st.text(max_size=20) | names.map("{{{{{}}}}}".format) | st.sampled_from(["{{", "}}", "{"])
texts = st.lists(parts, max_size=8).map("".join)


@given(text=texts, values=values)
def test_no_double_brace_survives_whatever_comes_in(text, values):
    filled = fill(text, values).text
    assert "{{" not in filled
    assert "}}" not in filled


@given(value=st.text(min_size=1, max_size=60), other=st.text(max_size=20))
def test_a_value_is_a_text_and_is_not_looked_at_again(value, other):
    plain = fill("{{requester_name}}", {"requester_name": value, "due": other}).text
    assert plain == fill("{{requester_name}}", {"requester_name": value, "due": None}).text
    assert len(plain.splitlines()) <= 1


@given(text=texts, values=values)
def test_every_gap_is_seen_and_named(text, values):
    filled = fill(text, values)
    for name in filled.gaps:
        assert not " ".join((values.get(name) or "").split())
    assert filled.text.count(GAP) >= len(filled.gaps)
    assert not filled.gaps or is_unfinished(filled.text)


def test_values_stand_where_their_variables_stood():
    filled = fill(
        "{{greeting}} {{ ticket_number }} by {{due}}.",
        {"greeting": "Hello,", "ticket_number": "ASD-000001", "due": None},
    )
    assert filled.text == f"Hello, ASD-000001 by {GAP}."
    assert filled.gaps == ("due",)


def test_a_requester_cannot_be_called_like_a_variable_or_write_a_line():
    values = {"requester_name": "{{due}}\n\nYour account is unlocked", "due": "today"}
    assert fill("{{requester_name}}", values).text == "{due} Your account is unlocked"


def test_a_slip_of_the_keyboard_is_no_variable():
    assert unknown_variables("{{due}} {{ greeting }}") == ()
    assert unknown_variables("{{dew}} {due} }") == ("dew", "{due}", "}")
