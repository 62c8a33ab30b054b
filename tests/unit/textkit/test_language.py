"""English, Spanish, both or neither, in the way people type to a help desk."""

from __future__ import annotations

import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import grows_as_the_length
from textkit.language import Detection, detect
from textkit.languages import CODES, key, known, profile_ratio, shape

LISTED = tomllib.loads(Path(__file__).with_name("language_messages.toml").read_text("utf-8"))
MESSAGES = {language: LISTED[language].split("\n")[:-1] for language in ("en", "es", "mixed")}
OTHERS = [
    (code, text) for code, texts in LISTED["other"].items() for text in texts.split("\n") if text
]
NO_EVIDENCE = [
    "", " \n", "12345", "3ZV-0500912-4", "ES-003", "👍", "...", "report.pdf", "ana@example.com",
    "https://ace.cbp.gov/", "ok", "OK", "ACE", "ABI CBP EIN 12-3456789", "[ssn]", "no",
    "ASD-000123",
    "Jane Roe", "Juan García López", "María de la Cruz", "Acme Trading LLC", "Factura_mayo.pdf",
]  # fmt: skip
Prior = Literal["en", "es"] | None


def test_the_list_is_long() -> None:
    assert sum(map(len, MESSAGES.values())) + len(OTHERS) >= 200


@pytest.mark.parametrize(
    ("language", "text"), [(code, text) for code, texts in MESSAGES.items() for text in texts]
)
def test_the_language_of_a_message_is_recognised(language: str, text: str) -> None:
    detection = detect(text)
    assert detection.language == language
    assert detection.confidence >= 0.5


@pytest.mark.parametrize(("code", "text"), OTHERS)
def test_another_language_is_named(code: str, text: str) -> None:
    detection = detect(text)
    assert detection.language == "other"
    assert detection.other == code
    assert detection.confidence > 0.5


@pytest.mark.parametrize("text", NO_EVIDENCE)
@pytest.mark.parametrize("prior", ["en", "es", None])
def test_without_evidence_the_conversation_keeps_its_language(text: str, prior: Prior) -> None:
    assert detect(text, prior=prior) == Detection("other", 0.0, prior or "en")


@pytest.mark.parametrize(
    "text",
    ["password", "jane roe", "Houston", "ostrander", "Global Imports", "Trade Account Owner"],
)
@pytest.mark.parametrize("prior", ["en", "es"])
def test_a_name_or_a_word_of_the_trade_never_changes_the_language(
    text: str, prior: Literal["en", "es"]
) -> None:
    assert detect(text, prior=prior).reply == prior


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("el driver is waiting en la frontera desde ayer", "es"),
        ("the driver is waiting at the border con su camion", "en"),
    ],
)
def test_a_mixed_message_is_answered_in_its_matrix_language(text: str, reply: str) -> None:
    assert detect(text).language == "mixed"
    assert detect(text).reply == reply


@pytest.mark.parametrize("text", ["password", "trade account owner"])
def test_words_of_the_trade_alone_are_weak_evidence(text: str) -> None:
    assert detect(text).language == "en"
    assert detect(text).confidence < 0.6


def test_words_of_the_trade_do_not_make_a_message_mixed() -> None:
    assert detect("el broker no ve el entry summary en el portal").language == "es"


def test_a_clear_message_changes_the_language_against_the_prior() -> None:
    assert detect("gracias", prior="en").reply == "es"
    assert detect("thank you so much", prior="es").reply == "en"


def test_another_language_is_answered_in_the_language_of_the_conversation() -> None:
    assert detect("ich kann mich nicht anmelden", prior="es").reply == "es"


@pytest.mark.parametrize(
    "text",
    [
        "en español por favor", "español", "habla español?", "¿Hablan español?",
        "se habla español?",
        "can we speak spanish", "Spanish please", "do you speak spanish?", "in spanish",
        "mejor en español",
        "no hablo ingles", "I don't speak English", "alguien habla español", "prefiero español",
        "puede contestarme en español", "quiero hablar en español", "please answer in spanish",
        "necesito ayuda en español por favor", "switch to spanish", "me puede atender en español",
    ],
)  # fmt: skip
def test_a_wish_for_spanish_wins(text: str) -> None:
    assert detect(text, prior="en").asked == "es"
    assert detect(text, prior="en").reply == "es"


@pytest.mark.parametrize(
    "text",
    [
        "English please", "can we speak english", "in english", "ENGLISH", "do you speak english?",
        "inglés por favor", "no hablo español", "sorry i dont speak spanish", "i prefer english",
        "can you write in english please", "hablas ingles", "i'd like to continue in English",
        "let's speak English", "english only",
    ],
)  # fmt: skip
def test_a_wish_for_english_wins(text: str) -> None:
    assert detect(text, prior="es").asked == "en"
    assert detect(text, prior="es").reply == "en"


@pytest.mark.parametrize(
    "text",
    [
        "is the form available in spanish", "my driver speaks spanish", "mi agente habla español",
        "does the broker speak spanish", "where is the spanish version",
        "el reporte sale en ingles",
        "donde esta la version en ingles", "english muffins are good", "i need the report",
    ],
)  # fmt: skip
def test_a_language_that_is_merely_named_is_no_wish(text: str) -> None:
    assert detect(text).asked is None


@given(st.text(), st.sampled_from([None, "en", "es"]))
def test_any_text_gets_one_and_the_same_answer(text: str, prior: Prior) -> None:
    detection = detect(text, prior=prior)
    assert detection == detect(text, prior=prior)
    assert detection.language in {"en", "es", "mixed", "other"}
    assert detection.reply in {"en", "es"}
    assert 0.0 <= detection.confidence <= 1.0


def test_threads_agree() -> None:
    texts = [text for group in MESSAGES.values() for text in group] * 5
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(detect, texts)) == [detect(text) for text in texts]


def test_a_very_long_message_is_judged_by_its_beginning() -> None:
    text = "no puedo entrar al portal, me sale un error. "
    assert detect(text * 20_000).language == "es"
    assert grows_as_the_length(detect, lambda size: text * (size // len(text)), 900_000)


def test_a_listed_word_is_known_by_its_frequency() -> None:
    found = known(key("Contraseña"))
    assert found is not None
    evidence, height, _ = found
    assert max(range(len(CODES)), key=evidence.__getitem__) in (
        CODES.index("es"),
        CODES.index("ca"),
    )
    assert 3 < height < 6


def test_an_unknown_word_is_known_by_its_shape() -> None:
    assert known("bloqueadisimamente") is None
    english, spanish = shape("bloqueadisimamente")[:2]
    assert spanish > english
    assert profile_ratio("unblockableness") > 0 > profile_ratio("bloqueadísimamente")
