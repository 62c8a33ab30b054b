from __future__ import annotations

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
    assert set(finding) == {"code", "confidence", "reply"}
    assert 0 < finding["confidence"] <= 1


@pytest.mark.parametrize("text", ["12345", "ES-003", "report.pdf", "?"])
def test_a_message_without_evidence_keeps_the_language_of_the_conversation(text: str) -> None:
    assert understood(text, language="es").get("language") == {
        "code": "other",
        "confidence": 0.0,
        "reply": "es",
    }
    assert reply_of(understood(text, answered_in="es")) == "es"
    assert reply_of(understood(text)) == "en"


def test_what_the_desk_says_of_the_conversation_outweighs_what_the_bot_remembers() -> None:
    assert reply_of(understood("12345", answered_in="es", language="en")) == "en"


def test_a_locked_language_is_kept_whatever_the_message_is_written_in() -> None:
    message = understood("how do I unlock my account", language="es", language_locked=True)
    assert message.get("language")["code"] == "en"
    assert reply_of(message) == "es"


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


def test_identifiers_become_entities_and_leave_the_others_alone() -> None:
    message = Message(
        {"text": "what is report ES-003", "entities": [{"entity": "language", "value": "en"}]}
    )
    language, report = IdentifierExtractor().process([message])[0].get("entities")
    assert language == {"entity": "language", "value": "en"}
    assert report == {
        "entity": "report_code",
        "value": "ES-003",
        "start": 15,
        "end": 21,
        "checked": True,
    }
