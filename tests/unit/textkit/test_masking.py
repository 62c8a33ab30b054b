"""No secret survives masking; what the desk needs does."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.strategies import Pasted, hostile, messages, survivors
from textkit import checks
from textkit.masking import KINDS, mask

SECRETS = {
    "ssn": [
        "my ssn is {123-45-6789}",
        "SSN:{123456789}",
        "ssn{123456789}",
        "{123-45-6789}",
        "{123 45 6789}",
        "{123.45.6789}",
        "{１２３‑４５‑６７８９}",
        "{123\u00a045\u00a06789}",
        "{123\u200b-45-\u200b6789}",
        "{123-45-\n6789}",
        "{1 2 3 4 5 6 7 8 9}",
        "importer number {123-45-6789}",
        "mi seguro social es {123 456 789}",
        "numero de importador {123456789}",
        "last four of my social: {6789}",
    ],
    "itin": ["my itin {912-70-1234}", "{912 70 1234}", "mi ITIN es {912701234}"],
    "bank": [
        "routing {021000021}",
        "la ruta es {021000021}",
        "ABA {0210-0002-1}",
        "account number {000123456789}",
        "acct no. {12345678}",
        "nuestra cuenta en banco popular es {012345678901}",
        "CLABE {032180000118359719}",
        "{032180000118359719}",
        "{GB82 WEST 1234 5698 7654 32} is ours",
        "{DE89370400440532013000}",
    ],
    "card": [
        "card {4111 1111 1111 1111}, exp 12/27",
        "{4111-1111-1111-1111}",
        "{5500000000000004}",
        "{3782 822463 10005}",
        "tarjeta {4111 1111 1111 1112}",
        "visa cvv {123}",
    ],
    "password": [
        "my password is {Hunter2!} can you reset it",
        "my password is {dragon}",
        "my password is {blue horse battery}",
        "pw: {Hunter2}",
        "PASSWORD {WINTER2026}",
        "password={hunter22}",
        "the temp password you sent is {Xk9#mPq2}",
        "contraseña: {Verano2026}",
        "la contraseña que uso es {Verano2026}",
        "mi clave es {perro}",
        "clave {445566}",
        'mi contrasena es "{mi perro azul}"',
        "user jdoe password {dragon}",
        "credentials: jdoe / {Summer2026!}",
        "I changed my password to {Summer2026}",
        "{Summer2026} is my password",
        "puse {Verano2026} como contraseña",
        "mi nip es {4821}",
    ],
    "token": [
        "code {482913}",
        "token: {8f3a-22bd}",
        "the token is {4829}",
        "mi código es {482913}",
        "el código que me llegó es {482913}",
        "the code they sent me was {482 913}",
        "{482913} is my verification code",
        "otp {482913}",
        "reset?token={ab12cd34}",
        "Authorization: Bearer {abcdef123456}",
    ],
    "birth_date": [
        "dob {03/14/1975}",
        "DOB: {1975-03-14}",
        "born {March 14th, 1975}",
        "born on the {14th of March 1975}",
        "nací el {14 de marzo de 1975}",
        "fecha de nacimiento: {14-mar-1975}",
        "fec. nac. {14/03/75}",
        "{03/14/1975} is my date of birth",
        "cumpleaños {14 de marzo}",
        "driver Juan Perez {03/14/1975}",
    ],
    "passport": [
        "passport no. {G12345678}",
        "pasaporte mexicano {123456789}",
        "mi pasaporte es {AB1234567}",
    ],
    "driver_license": [
        "driver's license {D1234567}",
        "DL# {F255-921-50-094-0}",
        "my license number is {S123-4567-8901}",
        "licencia de conducir: {1234567}",
        "licencia federal {LFD01234567}",
    ],
}

HARMLESS = [
    "call me at 312-555-0177 or (956) 555-0160",
    "tel 81-5555-0134, +34 612 345 678",
    "my account is locked, call 3125550177",
    "Laredo TX 78045-1234",
    "any update on INC0012345 or ASD-000123",
    "EIN 12-3456789, 12-3456789-00 and 12-345678900",
    "entries 3ZV-0500912-4, 231-1234567-8 and 23112345678",
    "CBP assigned 261234-12345",
    "containers CSQU3054383 and bill MAEU123456789",
    "viaje ABCD00418821, trip ABCD004188219",
    "ITN X20261122123456",
    "CSMS # 68536553",
    "AWB 020-12345678",
    "case A-570-979-001, protest 2704-21-100123",
    "hts 8471.30.0100 or 8471300100",
    "port code 2304",
    "código de puerto 2304",
    "error code 42",
    "error code 4821",
    "filer code XYZ, filer code 231",
    "form 5106 and CBP form 7501",
    "verification code never arrived",
    "el código de verificación no llega desde ayer",
    "the code expires in 10 minutes",
    "my password is not working",
    "my password is expired",
    "password must have 15 characters",
    "password reset link goes nowhere",
    "la contraseña es incorrecta",
    "mi clave no sirve",
    "como le doy acceso sin darle mi clave",
    "what is my password",
    "Eagle Pass 2303",
    "our account ending 4471",
    "cuenta bloqueada desde el 03/10/2026",
    "top account 1234567",
    "liquidated 03/12/2008",
    "passport expired, driver license expired",
    "licencia de agente aduanal 12345",
    "customs broker license 12345",
    "$123,456.78 and $1,234,567.89",
    "see https://example.com/a/page-123456789-guide/1234567890abc",
    "in-bond 257700030 not closing",
    "257700030 is the in-bond that stays open",
    "in-bonds 257700030, 257700052 y 257700063",
]

CARRIERS = [
    "{}",
    "hi, please fix it: {} thanks",
    "necesito ayuda con {} por favor",
    "Subject: refund\n\nHello,\n{}\nRegards, Ana",
    "> {}\n> sent from my phone",
    "el numero que tengo es {}, me urge",
    "is {} right?",
    "({})",
]
carriers = st.sampled_from(CARRIERS)
_IN_BRACES = re.compile(r"\{([^{}]*)\}")


@pytest.mark.parametrize(
    ("kind", "marked"), [(kind, text) for kind, texts in SECRETS.items() for text in texts]
)
def test_a_secret_is_replaced_by_its_placeholder(kind: str, marked: str) -> None:
    expected = _IN_BRACES.sub(f"[{kind.replace('_', '-')}]", marked)
    result = mask(marked.replace("{", "").replace("}", ""))
    assert result.text == expected
    assert result.kinds == (kind,)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert mask(text).text == text
    assert mask(text).kinds == ()


def test_kinds_come_in_one_order_and_once() -> None:
    kinds = mask("password: Hunter2! ssn 123-45-6789 and 223-45-6789, dob 1975-03-14").kinds
    assert kinds == ("ssn", "password", "birth_date")


def test_a_pasted_request_loses_its_bank_data_and_keeps_its_ein() -> None:
    result = mask("routing 011000015 acct 000123456789 for the refund, EIN 55-5555555-00")
    assert result.text == "routing [bank] acct [bank] for the refund, EIN 55-5555555-00"


@pytest.mark.parametrize(
    "text",
    [
        "257700030",  # the check digit passes, but nothing says in-bond
        "in-bond 257700031",  # in-bond, but the check digit fails
        "my ssn for the in-bond is 257700030",  # the context says both
        "routing for the in-bond refund 257700030",
        "importer number 257700030",
    ],
)
def test_only_context_and_check_digit_together_spare_nine_digits(text: str) -> None:
    assert "2577000" not in mask(text).text


@given(st.text())
def test_no_text_breaks_masking_and_masking_twice_changes_nothing(text: str) -> None:
    once = mask(text)
    assert mask(once.text).text == once.text
    assert mask(once.text).kinds == ()


_FRAGMENTS = (
    "ssn ", "password is ", "code ", "account ", "in-bond ", "123456789", "4821", "Hunter2!", ", ",
    "\n", "12-", "born ", "1975", "[ssn]", "257700030", " and ", "cuenta ", "is my password", ": ",
)  # fmt: skip


@given(st.lists(st.sampled_from(_FRAGMENTS), max_size=12).map("".join))
def test_masking_is_idempotent_on_crowded_secrets(text: str) -> None:
    once = mask(text)
    assert mask(once.text).text == once.text
    assert set(once.kinds) <= set(KINDS)


@given(carriers, st.integers(0, 899), st.integers(0, 99), st.integers(0, 9999), st.data())
def test_no_social_security_number_survives(
    carrier: str, area: int, group: int, serial: int, data: st.DataObject
) -> None:
    joint = data.draw(st.sampled_from(["-", " ", "", "‑", "\u00a0", ".", " - ", "-\n"]))
    secret = f"{area:03}{joint}{group:02}{joint}{serial:04}"
    masked = mask(carrier.format(secret)).text
    assert f"{serial:04}" not in masked
    assert "[ssn]" in masked


@given(carriers, st.text(alphabet="0123456789", min_size=9, max_size=9))
def test_no_nine_digits_survive_outside_in_bond_context(carrier: str, digits: str) -> None:
    assert digits not in mask(carrier.format(digits)).text


@given(carriers, st.text(alphabet="0123456789", min_size=9, max_size=9))
def test_beside_in_bond_only_a_passing_check_survives(carrier: str, digits: str) -> None:
    survived = digits in mask(carrier.format(f"in-bond {digits}")).text
    assert not survived or checks.in_bond(digits)


@given(carriers, st.text(alphabet="0123456789", min_size=8, max_size=8))
def test_no_routing_number_survives(carrier: str, start: str) -> None:
    digits = next(f"{start}{last}" for last in range(10) if checks.aba_routing(f"{start}{last}"))
    for phrase in (f"routing {digits}", f"ruta {digits[:4]}-{digits[4:8]}-{digits[8]}"):
        masked = mask(carrier.format(phrase))
        assert masked.kinds == ("bank",)
        assert not re.search(r"\d{3}", masked.text)


@given(carriers, st.integers(12, 18), st.data())
def test_no_card_number_survives(carrier: str, length: int, data: st.DataObject) -> None:
    body = data.draw(st.text(alphabet="0123456789", min_size=length - 1, max_size=length - 1))
    start = data.draw(st.sampled_from("3456")) + body
    card = next(f"{start}{last}" for last in range(10) if checks.luhn(f"{start}{last}"))
    joint = data.draw(st.sampled_from(["", " ", "-", "\u00a0"]))
    written = joint.join(card[place : place + 4] for place in range(0, len(card), 4))
    assume(len(set(card)) > 1)
    masked = mask(carrier.format(written)).text
    assert not re.search(r"\d{3}", masked)


@given(
    st.sampled_from(
        ["my password is {}", "contraseña: {}", "mi clave es {}", "pw={}", "password {}"]
    ),
    st.from_regex(r"\A[A-Z][a-z]{3,8}[!#$%][0-9]{2,4}\Z"),
)
def test_no_password_survives(phrase: str, password: str) -> None:
    assert password not in mask(phrase.format(password)).text


@given(
    st.sampled_from(
        ["code {}", "my token is {}", "el código es {}", "token {} no sirve", "otp: {}"]
    ),
    st.integers(100_000, 999_999),
)
def test_no_six_digit_code_survives(phrase: str, code: int) -> None:
    assert str(code) not in mask(phrase.format(code)).text


@given(
    st.dates(min_value=dt.date(1920, 1, 1), max_value=dt.date(2026, 1, 1)),
    st.sampled_from(["dob {}", "born {}", "fecha de nacimiento: {}", "nací el {}"]),
)
def test_no_birth_date_survives(date: dt.date, phrase: str) -> None:
    for form in ("%m/%d/%Y", "%d-%m-%Y", "%Y-%m-%d", "%d %B %Y", "%B %d, %Y", "%Y%m%d"):
        assert not re.search(r"\d", mask(phrase.format(format(date, form))).text)


# --- Whole messages ------------------------------------------------------------------------------

# How long a message takes is no property: the machine may have other work.
unhurried = settings(deadline=None)
FOLDER = Path(__file__).parent
PASTED = (FOLDER / "pasted.txt").read_text(encoding="utf-8").splitlines()[1:]
ORDINARY = (FOLDER / "harmless.txt").read_text(encoding="utf-8").splitlines()[1:]
# Nine digits that are all of a part of an address could be anybody's number.
MASKED_ALL_THE_SAME = {"see https://www.cbp.gov/trade/automated/news/123456789"}


@pytest.mark.parametrize("line", PASTED)
def test_no_secret_of_the_list_survives(line: str) -> None:
    typed = line.replace("\\n", "\n")
    masked = mask(typed.replace("{{", "").replace("}}", "")).text
    for secret in re.findall(r"\{\{(.*?)\}\}", typed, re.DOTALL):
        assert secret not in masked


def test_ordinary_messages_are_left_alone() -> None:
    assert len(ORDINARY) >= 300
    assert {line for line in ORDINARY if mask(line).kinds} == MASKED_ALL_THE_SAME


@unhurried
@given(messages)
def test_no_secret_of_any_form_survives(pasted: Pasted) -> None:
    masked = mask(pasted.text)
    assert survivors(pasted, masked.text) == []
    assert masked.kinds


@unhurried
@given(messages)
def test_masking_a_message_twice_changes_nothing(pasted: Pasted) -> None:
    once = mask(pasted.text)
    again = mask(once.text)
    assert (again.text, again.kinds) == (once.text, ())


@unhurried
@given(messages, messages)
def test_two_secrets_in_one_message_are_both_masked(first: Pasted, second: Pasted) -> None:
    masked = mask(f"{first.text}\n\n{second.text}").text
    for pasted, other in ((first, second), (second, first)):
        around = Pasted(pasted.text, pasted.kind, pasted.secrets, pasted.around + other.around)
        assert survivors(around, masked) == []


@unhurried
@given(st.sampled_from(ORDINARY), messages)
def test_an_ordinary_message_before_a_secret_does_not_hide_it(line: str, pasted: Pasted) -> None:
    text = Pasted(pasted.text, pasted.kind, pasted.secrets, pasted.around + line)
    assert survivors(text, mask(f"{line}\n\n{pasted.text}").text) == []


@unhurried
@given(hostile, messages)
def test_no_secret_survives_beside_a_hostile_text(text: str, pasted: Pasted) -> None:
    around = Pasted(pasted.text, pasted.kind, pasted.secrets, pasted.around + text)
    assert survivors(around, mask(f"{text}\n\n{pasted.text}").text) == []


_FAR = "\n\n" + "- " * 200 + "\n\n"


@unhurried
@given(messages, st.integers(2, 3))
def test_what_is_masked_hangs_on_its_neighbourhood_alone(pasted: Pasted, times: int) -> None:
    copies = mask(_FAR.join([pasted.text] * times)).text
    assert copies == _FAR.join([mask(pasted.text).text] * times)


def test_letters_on_the_line_above_do_not_make_a_code_of_a_number() -> None:
    text = "trip 418821 rejected, ACE\n123456789\nplease"
    assert "123456789" not in mask(text).text


def test_a_text_that_yields_one_secret_a_round_is_given_few_rounds() -> None:
    masked = mask("born 1975" * 800)
    assert not re.search(r"\d", masked.text)
    assert masked.kinds == ("birth_date",)
    assert mask(masked.text).text == masked.text
