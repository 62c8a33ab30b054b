"""Identifiers of DOMAIN.md §3 in messages of both languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textkit import checks
from textkit.identifiers import REPORT_CODES, find, normalise_report_code


def found(text: str) -> list[tuple[str, str]]:
    return [(item.type, item.value) for item in find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("entry ABC-1234567-6 is on hold", [("entry_number", "ABC-1234567-6")]),
        ("la entrada 99999999990 no aparece", [("entry_number", "99999999990")]),
        ("our EIN is 12-3456789-00", [("ein", "12-3456789-00")]),
        ("RFC no, el EIN es 12-3456789AB", [("ein", "12-3456789AB")]),
        ("sole proprietor 123-45-6789", [("ssn", "123-45-6789")]),
        ("CBP gave us 261234-12345", [("cbp_assigned_number", "261234-12345")]),
        ("rate for 8471.30.0100?", [("hts", "8471.30.0100")]),
        ("la partida 8471.30 paga arancel?", [("hts", "8471.30")]),
        ("stuck at port 2304", [("port_code", "2304")]),
        ("el código de puerto es 4909", [("port_code", "4909")]),
        ("our SCAC is ABCD", [("scac", "ABCD")]),
        ("filer code 9XB was added", [("filer_code", "9XB")]),
        ("código de declarante: 9XB", [("filer_code", "9XB")]),
        ("FIRMS code W123", [("firms", "W123")]),
        ("MID is CNSHETOY123SHE", [("mid", "CNSHETOY123SHE")]),
        ("contenedor CSQU3054383 detenido", [("container", "CSQU3054383")]),
        ("in-bond 257700030 still open", [("inbond", "257700030")]),
        ("el tránsito 257700052 no cierra", [("inbond", "257700052")]),
        ("bond number 21C000ABC12", [("bond", "21C000ABC12")]),
        ("surety code 036", [("surety", "036")]),
        ("la afianzadora es 036", [("surety", "036")]),
        ("statement 2704112345A unpaid", [("statement", "2704112345A")]),
        ("read CSMS # 68536553", [("csms", "68536553")]),
        ("protest 2704-21-100123 denied", [("protest", "2704-21-100123")]),
        ("case A-570-979-001", [("adcvd_case", "A-570-979-001")]),
        ("ITN X20261122123456", [("itn", "X20261122123456")]),
        ("se cae el es003", [("report_code", "es003")]),
        ("REV 613 is empty", [("report_code", "REV 613")]),
        ("what is a 7501", [("form", "7501")]),
        ("llegó el formulario 28", [("form", "28")]),
        ("any news on INC0012345", [("ticket_number", "INC0012345")]),
        ("sobre asd-000123", [("ticket_number", "asd-000123")]),
        ("driver ACE ID 1234567", [("ace_id", "1234567")]),
    ],
)
def test_an_identifier_is_found_as_typed(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


def test_a_trip_number_brings_its_carrier() -> None:
    assert found("viaje ABCD00418821 no aparece") == [
        ("scac", "ABCD"),
        ("trip_number", "ABCD00418821"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "el precio es 100 dolares",
        "call me at 13125550177",
        "call 312-555-0177",
        "filer code for our broker",
        "what is a firms code",
        "our scac for trucks",
        "section 301 tariffs",
        "it costs $5106.10",
        "lo que pagamos fue $1234.56",
        "we wait for 12345678 boxes",
        "the report has 4000 rows",
        "[ssn] and [birth-date]",
        "entry not found",
    ],
)
def test_ordinary_words_and_numbers_are_no_identifiers(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("compact", "passes"),
    [("ABC12345676", True), ("99999999990", True), ("ABC12345677", False)],
)
def test_the_entry_number_check_follows_the_worked_examples(compact: str, passes: bool) -> None:
    assert checks.entry_number(compact) is passes
    assert find(f"entry {compact[:3]}-{compact[3:10]}-{compact[10]}")[0].checked is passes


@pytest.mark.parametrize(
    ("digits", "passes"), [("257700030", True), ("257700052", True), ("257700053", False)]
)
def test_the_in_bond_check_follows_the_worked_examples(digits: str, passes: bool) -> None:
    assert checks.in_bond(digits) is passes
    assert find(f"in-bond {digits}")[0].checked is passes


@pytest.mark.parametrize(
    ("number", "passes"), [("CSQU3054383", True), ("ZEPU0037255", True), ("CSQU3054384", False)]
)
def test_the_container_check_follows_the_worked_examples(number: str, passes: bool) -> None:
    assert checks.container(number) is passes
    assert find(number)[0].checked is passes


def test_known_report_codes_are_checked_against_the_list() -> None:
    assert [item.checked for item in find("ES-003 and ES-999")] == [True, False]


@pytest.mark.parametrize("code", sorted(REPORT_CODES))
def test_a_report_code_is_normalised_however_it_is_typed(code: str) -> None:
    letters, digits = code.lower().split("-")
    for typed in (letters + digits, f"{letters} {digits}", f" {letters}-{digits} ", code):
        assert normalise_report_code(typed) == code


def test_what_is_no_report_code_is_refused() -> None:
    with pytest.raises(ValueError, match="not a report code"):
        normalise_report_code("hello")


@given(st.text())
def test_no_text_breaks_the_search_and_values_are_verbatim(text: str) -> None:
    for item in find(text):
        assert text[item.start : item.end] == item.value


@given(
    st.from_regex(r"\A[A-Z0-9]{3}-\d{7}-\d\Z"),
    st.text(alphabet="áñ\u200b １", max_size=5),
)
def test_spans_match_the_text_behind_unusual_characters(entry: str, before: str) -> None:
    text = f"{before} entry {entry}"
    assert ("entry_number", entry) in found(text)
    for item in find(text):
        assert text[item.start : item.end] == item.value
