"""Identifiers of DOMAIN.md §3 in messages of both languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textkit import checks
from textkit.identifiers import (
    CHECK_DIGITS,
    NAMES,
    REPORT_CODES,
    RULES,
    SENSITIVITY,
    find,
    mask_business,
    mistyped,
    normalise_report_code,
)
from textkit.masking import mask


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


def test_every_type_has_a_class_and_every_class_a_kind() -> None:
    assert {rule.type for rule in RULES} <= set(SENSITIVITY)
    assert set(SENSITIVITY.values()) == {"P1", "P2", "P3"}
    assert set(NAMES) == CHECK_DIGITS


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("entry ABC-1234567-6", "…5676"),
        ("our EIN is 12-3456789-00", "…8900"),
        ("filer code 9XB", "…XB"),
        ("INC0012345", "…2345"),
        ("container CSQU3054383", "CSQU3054383"),
        ("report ES-003", "ES-003"),
        ("sole proprietor 123-45-6789", "[ssn]"),
        ("itin 912-70-1234", "[itin]"),
        ("routing 021000021", "[bank]"),
        ("4111 1111 1111 1111", "[card]"),
    ],
)
def test_what_is_shown_of_a_value_depends_on_its_class(text: str, shown: str) -> None:
    assert [item.shown for item in find(text)] == [shown]


def test_display_shows_the_last_four_of_what_is_business() -> None:
    said = "entry ABC-1234567-6 in container CSQU3054383, EIN 12-3456789"
    assert mask_business(said) == "entry …5676 in container CSQU3054383, EIN …6789"
    assert mask_business("hello") == "hello"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("container CSQU3054384 is on hold", "container"),
        ("el contenedor CSQU 305438 4 no sale", "container"),
        ("entry ABC-1234567-7 is missing", "entry_number"),
        ("la entrada 99999999991 no aparece", "entry_number"),
    ],
)
def test_a_wrong_check_digit_looks_mistyped(text: str, kind: str) -> None:
    item = mistyped(text)
    assert item is not None
    assert item.type == kind


@pytest.mark.parametrize(
    "text",
    [
        "container CSQU3054383",
        "entry ABC-1234567-6",
        "ES-999 is empty",
        "call 1-312-555-0177",
        "trip ABCD00418821",
        "in-bond 257700030",
        "routing 021000022",
        "",
    ],
)
def test_what_passes_or_has_no_check_digit_is_not_called_mistyped(text: str) -> None:
    assert mistyped(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "sole proprietor 123-45-6789",
        "itin 912-70-1234",
        "routing 021000021",
        "la ruta es 021000021",
        "4111 1111 1111 1111",
    ],
)
def test_every_secret_that_the_rules_know_is_masked_at_the_door(text: str) -> None:
    assert {item.sensitivity for item in find(text)} == {"P1"}
    masked = mask(text)
    assert masked.kinds == tuple(item.type for item in find(text))
    assert find(masked.text) == ()
