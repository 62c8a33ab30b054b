"""English, Spanish, both or neither, in the way people type to a help desk."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textkit.language import Detection, detect

MESSAGES = {
    "en": [
        "cant find where to put the bank info",
        "PORTAL KEEPS KICKING ME OUT",
        "forgot pw",
        "driver waiting",
        "wheres the refund",
        "acct lockd agian",
        "recieved a leter abut liquidaton",
        "what does AU mean on the statement",
        "do you have the ES-003 for José Ramírez",
        "thx",
        "2 trucks stuck in el paso",
        "Subject: access\n\nThe token no longer arrives since our domain moved. Thanks, Dolores",
    ],
    "es": [
        "no encuentro donde poner los datos del banco",
        "ME SACA DEL PORTAL A CADA RATO",
        "olvide clave",
        "chofer esperando",
        "kuenta bloqeada otra ves",
        "desbloqeame porfis",
        "q significa AU en el statement",
        "el token no llega al broker",
        "grasias",
        "¿?¡ñ",
        "me pide el Security Token y el EIN",
        "Asunto: acceso\n\nDejé de recibir el token desde que cambió el dominio. Peter Johnson",
    ],
    "mixed": [
        "mi password expired y no puedo entrar",
        "can you ayudarme con mi cuenta",
        "el driver is waiting en la frontera",
        "thanks pero no me sirvio",
        "how do i agregar un usuario",
        "estamos stuck con el shipment desde monday",
    ],
    "other": [
        "como faço para recuperar minha senha",
        "nao recebi o codigo",
        "je ne peux pas me connecter",
        "mon compte est bloqué",
        "ich kann mich nicht anmelden",
        "non riesco ad accedere al mio conto",
        "tôi không đăng nhập được",
        "toi quen mat khau",
        "mwen pa ka konekte",
        "как восстановить пароль",
        "我的账户被锁定了",
        "كيف يمكنني تسجيل الدخول",
    ],
}
NO_EVIDENCE = [
    "", " \n", "12345", "3ZV-0500912-4", "ES-003", "👍", "...", "report.pdf", "ana@example.com",
    "https://ace.cbp.gov/", "ok", "OK", "ACE", "ABI CBP EIN 12-3456789", "[ssn]", "no",
]  # fmt: skip
Prior = Literal["en", "es"] | None


@pytest.mark.parametrize(
    ("language", "text"), [(code, text) for code, texts in MESSAGES.items() for text in texts]
)
def test_the_language_of_a_message_is_recognised(language: str, text: str) -> None:
    detection = detect(text)
    assert detection.language == language
    assert detection.confidence > 0.5


@pytest.mark.parametrize("text", NO_EVIDENCE)
@pytest.mark.parametrize("prior", ["en", "es", None])
def test_without_evidence_the_conversation_keeps_its_language(text: str, prior: Prior) -> None:
    assert detect(text, prior=prior) == Detection("other", 0.0, prior or "en")


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
def test_words_of_the_trade_alone_are_weak_evidence_that_never_beats_a_prior(text: str) -> None:
    assert detect(text).language == "en"
    assert detect(text).confidence < 0.6
    assert detect(text, prior="es").reply == "es"


def test_words_of_the_trade_do_not_make_a_message_mixed() -> None:
    assert detect("el broker no ve el entry summary en el portal").language == "es"


def test_a_clear_message_changes_the_language_against_the_prior() -> None:
    assert detect("gracias", prior="en").reply == "es"
    assert detect("thank you so much", prior="es").reply == "en"


def test_another_language_is_answered_in_the_language_of_the_conversation() -> None:
    assert detect("ich kann mich nicht anmelden", prior="es").reply == "es"


def test_the_prior_decides_a_word_that_tells_little() -> None:
    assert detect("ostrander", prior="es").reply == "es"
    assert detect("ostrander", prior="en").reply == "en"


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


def test_two_thousand_short_lines_take_less_than_a_second() -> None:
    lines = [f"{text} {number}" for number in range(60) for text in MESSAGES["en"] + MESSAGES["es"]]
    detect("warm up")
    start = time.perf_counter()
    for line in lines:
        detect(line)
    assert len(lines) / (time.perf_counter() - start) > 2_000
