from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet
from rasa.shared.core.slots import CategoricalSlot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.identifiers import IdentifierExtractor
from bot.components.language import LanguageDetector
from bot.components.tokenizer import BilingualTokenizer
from textkit.identifiers import find, mask_business
from textkit.masking import mask
from textkit.normalise import plain

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "unit" / "textkit"
EXTRACTOR = IdentifierExtractor()
DOMAIN = Domain.from_dict({"intents": ["person_wanted", "switch_language"]})


def understood(text: str, *, answered_in: str | None = None, **metadata: Any) -> Message:
    language = CategoricalSlot("language", [{}], values=["en", "es"])
    events = [SlotSet("language", answered_in)] if answered_in else []
    tracker = DialogueStateTracker.from_events("", events, slots=[language])
    message = Message({"text": text, "metadata": metadata or None})
    return LanguageDetector().process([message], tracker, DOMAIN)[0]


def reply_of(message: Message) -> str:
    entities = [
        entity["value"] for entity in message.get("entities") if entity["entity"] == "language"
    ]
    assert entities == [message.get("language")["reply"]]
    return entities[0]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("how do I change the owner of the account", "en"),
        ("cómo cambio al titular de la cuenta", "es"),
        ("no me llega el codigo de verificacion", "es"),
    ],
)
def test_a_message_is_answered_in_its_own_language(text: str, code: str) -> None:
    message = understood(text)
    assert message.get("language")["code"] == code
    assert reply_of(message) == code


def test_the_finding_is_part_of_the_parse_result() -> None:
    finding = understood("where is my refund").as_dict(only_output_properties=True)["language"]
    assert set(finding) == {"code", "confidence", "reply", "other", "asked"}
    assert 0 < finding["confidence"] <= 1


@pytest.mark.parametrize("text", ["12345", "ES-003", "report.pdf", "?"])
def test_a_message_without_evidence_keeps_the_language_of_the_conversation(text: str) -> None:
    assert understood(text, language="es").get("language") == {
        "code": "other",
        "confidence": 0.0,
        "reply": "es",
        "other": None,
        "asked": None,
    }
    assert reply_of(understood(text, answered_in="es")) == "es"
    assert reply_of(understood(text)) == "en"


def test_what_the_desk_says_of_the_conversation_outweighs_what_the_bot_remembers() -> None:
    assert reply_of(understood("12345", answered_in="es", language="en")) == "en"


def test_a_locked_language_is_kept_whatever_the_message_is_written_in() -> None:
    message = understood("how do I unlock my account", language="es", language_locked=True)
    assert message.get("language")["code"] == "en"
    assert reply_of(message) == "es"


@pytest.mark.parametrize("chosen", [True, False])
def test_a_wish_for_the_other_language_wins_even_over_a_chosen_one(chosen: bool) -> None:
    message = understood("en español por favor", language="en", language_locked=chosen)
    assert message.get("language")["asked"] == "es"
    assert reply_of(message) == "es"


def test_another_language_is_named() -> None:
    finding = understood("mwen pa ka konekte", language="en").get("language")
    assert finding["code"] == "other"
    assert finding["other"] == "ht"
    assert finding["reply"] == "en"


@pytest.mark.parametrize(
    "metadata", [{"language": "fr"}, {"language": None}, {"language_locked": True}]
)
def test_metadata_without_a_known_language_is_as_none(metadata: dict[str, Any]) -> None:
    assert reply_of(understood("12345", **metadata)) == "en"
    assert reply_of(understood("cómo cambio al titular", **metadata)) == "es"


@pytest.mark.parametrize(
    ("payload", "rewritten"),
    [
        ("/person_wanted", '/person_wanted{"language": "es"}'),
        ('/switch_language{"to":"en"}', '/switch_language{"language": "es", "to": "en"}'),
    ],
)
def test_a_payload_carries_the_language_of_the_conversation(payload: str, rewritten: str) -> None:
    assert understood(payload, language="es").get("text") == rewritten


@pytest.mark.parametrize("text", ['/person_wanted{"to"', "/person_wanted{1}"])
def test_a_broken_payload_is_left_as_it_is(text: str) -> None:
    assert understood(text, language="es").get("text") == text


@pytest.mark.parametrize(
    "text", ["/", "/etc/hosts is not found", "/unknown_intent", "/n entiendo nada"]
)
def test_words_that_begin_with_a_slash_are_no_payload(text: str) -> None:
    message = understood(text, language="es")
    assert message.get("text") == text
    assert message.get("language")


@pytest.mark.parametrize("text", ["/restart", "/back", "/session_start"])
def test_rasas_own_commands_are_words(text: str) -> None:
    message = understood(text, language="es")
    assert message.get("text") == text[1:]
    assert reply_of(message) in {"en", "es"}


def test_training_phrases_get_a_language_too() -> None:
    examples = [
        Message({"text": "necesito ayuda con mi cuenta", "intent": "ask_question"}),
        Message({"intent": "greet"}),
    ]
    LanguageDetector().process_training_data(TrainingData(examples))
    assert [example.get("language") for example in examples] == [{"reply": "es"}, None]


def tokens(text: str, language: str) -> list[str]:
    message = Message({"text": text, "language": {"reply": language}})
    tokenizer = BilingualTokenizer(BilingualTokenizer.get_default_config())
    return [token.lemma for token in tokenizer.process([message])[0].get("text_tokens")]


def test_each_language_is_split_by_its_own_rules() -> None:
    assert tokens("I can't  log in", "en") == ["i", "ca", "n't", "log", "in"]
    assert tokens("¿Qué es eso, Sr. López?", "es") == [
        "¿",
        "que",
        "es",
        "eso",
        ",",
        "sr.",
        "lopez",
        "?",
    ]


def test_accents_and_capitals_make_no_difference() -> None:
    assert tokens("la DUEÑA", "es") == tokens("la duena", "es")


def test_tokens_keep_the_text_as_typed_and_its_place() -> None:
    message = Message({"text": "la Dueña", "language": {"reply": "es"}})
    tokenizer = BilingualTokenizer(BilingualTokenizer.get_default_config())
    found = tokenizer.process([message])[0].get("text_tokens")
    assert [(token.text, token.start, token.end) for token in found] == [
        ("la", 0, 2),
        ("Dueña", 3, 8),
    ]


def entities(text: str) -> list[dict[str, Any]]:
    return EXTRACTOR.process([Message({"text": text})])[0].get("entities")


def test_identifiers_become_entities_and_leave_the_others_alone() -> None:
    message = Message(
        {"text": "what is report ES-003", "entities": [{"entity": "language", "value": "en"}]}
    )
    language, report = EXTRACTOR.process([message])[0].get("entities")
    assert language == {"entity": "language", "value": "en"}
    assert report == {
        "entity": "report_code",
        "value": "ES-003",
        "start": 15,
        "end": 21,
        "checked": True,
        "class": "P3",
    }


EVERY_TYPE = {
    "entry_number": ("entry ABC-1234567-6 is on hold", "P2", True),
    "filer_code": ("código de declarante: 9XB", "P2", None),
    "ein": ("el EIN es 12-3456789AB", "P2", None),
    "cbp_assigned_number": ("CBP gave us 261234-12345", "P2", None),
    "hts": ("la partida 8471.30 paga arancel?", "P3", None),
    "port_code": ("el código de puerto es 4909", "P3", None),
    "scac": ("our SCAC is ABCD", "P3", None),
    "trip_number": ("viaje ABCD00418821 no aparece", "P2", None),
    "ace_id": ("driver ACE ID 1234567", "P2", None),
    "firms": ("FIRMS code W123", "P3", None),
    "mid": ("MID is CNSHETOY123SHE", "P3", None),
    "container": ("contenedor CSQU 305438 4 detenido", "P3", False),
    "inbond": ("el tránsito 257700052 no cierra", "P2", True),
    "bond": ("bond number 21C000ABC12", "P2", None),
    "surety": ("la afianzadora es 036", "P3", None),
    "statement": ("statement 2704112345A unpaid", "P2", None),
    "csms": ("read CSMS # 68536553", "P3", None),
    "protest": ("protest 2704-21-100123 denied", "P2", None),
    "adcvd_case": ("case A-570-979-001", "P3", None),
    "itn": ("ITN X20261122123456", "P2", None),
    "report_code": ("se cae el es003", "P3", True),
    "form": ("llegó el formulario 28", "P3", None),
    "ticket_number": ("any news on INC0012345", "P2", None),
}


@pytest.mark.parametrize("kind", EVERY_TYPE)
def test_every_type_comes_out_with_its_class_and_check(kind: str) -> None:
    text, sensitivity, checked = EVERY_TYPE[kind]
    found = {entity["entity"]: entity for entity in entities(text)}
    assert (found[kind]["class"], found[kind]["checked"]) == (sensitivity, checked)
    assert text[found[kind]["start"] : found[kind]["end"]] == found[kind]["value"]


@pytest.mark.parametrize(
    ("text", "kind", "secret"),
    [
        ("my social is 123-45-6789", "ssn", "123-45-6789"),
        ("mi ITIN es 912-70-1234", "itin", "912-70-1234"),
        ("routing 021000021", "bank", "021000021"),
        ("tarjeta 4111 1111 1111 1111", "card", "4111 1111 1111 1111"),
        ("mi clave es Verano2026", "password", "Verano2026"),
        ("token 482913", "token", "482913"),
        ("nací el 14/03/1975", "birth_date", "14/03/1975"),
        ("passport G12345678", "passport", "G12345678"),
        ("licencia de conducir: D1234567", "driver_license", "D1234567"),
    ],
)
def test_a_secret_that_reached_the_bot_is_named_and_not_repeated(
    text: str, kind: str, secret: str
) -> None:
    (found,) = entities(text)
    assert (found["entity"], found["class"]) == (kind, "P1")
    assert text[found["start"] : found["end"]] == secret
    assert found["value"] == f"[{kind.replace('_', '-')}]"
    assert entities(mask(text).text) == []


def _phrases() -> list[str]:
    """Everything that the unit tests of textkit know, and the bot's own training phrases."""
    lists = [FOLDER / "harmless.txt", FOLDER / "pasted.txt"]
    lists += sorted((ROOT / "data").glob("nlu_*/*.yml"))
    lines = [line for path in lists for line in path.read_text(encoding="utf-8").splitlines()]
    lines = [line.replace("{{", "").replace("}}", "") for line in lines]
    return [*lines, *(text for text, _, _ in EVERY_TYPE.values())]


def test_spacys_rules_find_what_textkits_expressions_find() -> None:
    for text in _phrases():
        assert EXTRACTOR.search.by_rules(plain(text)) == find(text), text


def test_every_secret_and_business_number_that_is_found_is_masked_where_it_must_be() -> None:
    for text in _phrases():
        found = entities(text)
        masked, shown = mask(text).text, mask_business(text)
        for entity in found:
            typed = text[entity["start"] : entity["end"]]
            if entity["class"] == "P1":
                assert typed not in masked, text
            elif entity["class"] == "P2":
                assert typed not in shown, text


@pytest.mark.parametrize("seed", ["port ", "scac is ", "1 ", "in-bond 257700030 ", "🚚", "\u202e1"])
def test_a_long_hostile_text_is_searched_without_a_fault(seed: str) -> None:
    EXTRACTOR.process([Message({"text": (seed * 100_000)[:100_000]})])


def test_what_is_learnt_of_words_has_a_bound() -> None:
    extractor = IdentifierExtractor()
    for number in range(60):
        words = " ".join(f"w{number}x{place}" for place in range(500))
        extractor.process([Message({"text": words})])
    assert extractor.search.known_words < 21_000
    assert entities("ES-003")[0]["entity"] == "report_code"


def test_a_cue_written_against_its_number_is_read_as_well() -> None:
    assert [entity["entity"] for entity in entities("see CSMS68536553 and CF28")] == [
        "csms",
        "form",
    ]


def test_a_wrong_check_digit_looks_mistyped_and_is_never_called_invalid() -> None:
    responses = Domain.from_file(str(ROOT / "bot/domain/responses.yml")).responses
    texts = [response["text"] for response in responses["utter_looks_mistyped"]]
    assert len(texts) == 2
    for text in texts:
        assert {"{name}", "{value}"} <= set(text.replace(":", " ").split())
        assert "invalid" not in text.lower()
        assert "inválid" not in text.lower()
