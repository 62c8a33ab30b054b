"""What the assistant learns from and says, language beside language."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
import yaml

from bot.phrases import Phrase, article_questions, new_questions, training_phrases
from textkit.normalise import fold

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = ROOT / "bot" / "domain"
PHRASES = training_phrases(ROOT)
QUESTIONS = article_questions(ROOT)


def domain(name: str) -> Any:
    return yaml.safe_load((DOMAIN / f"{name}.yml").read_text(encoding="utf-8"))[name]


RESPONSES: dict[str, list[dict[str, Any]]] = domain("responses")
INTENTS: list[str] = domain("intents")


def by_language(name: str) -> dict[str, dict[str, Any]]:
    """The variations of a response by the value of `language` that each is conditioned on."""
    found = {}
    for variation in RESPONSES[name]:
        (condition,) = variation["condition"]
        assert (condition["type"], condition["name"]) == ("slot", "language")
        found[condition["value"]] = variation
    assert len(found) == len(RESPONSES[name])
    return found


def test_both_languages_have_the_same_training_files_and_intents() -> None:
    intents = {
        language: {
            (phrase.source.name, phrase.intent) for phrase in PHRASES if phrase.language == language
        }
        for language in ("en", "es")
    }
    assert intents["en"] == intents["es"]


def test_every_intent_of_the_domain_is_trained_and_no_other() -> None:
    assert {phrase.intent for phrase in PHRASES} == set(INTENTS)


def test_no_training_phrase_is_repeated() -> None:
    seen = Counter(fold(phrase.text) for phrase in PHRASES)
    assert [text for text, times in seen.items() if times > 1] == []


def test_no_training_phrase_is_blank_or_marked_up() -> None:
    assert [phrase for phrase in PHRASES if not phrase.text.strip() or "](" in phrase.text] == []


def test_every_language_has_questions_of_articles() -> None:
    assert {question.language for question in QUESTIONS} == {"en", "es"}
    assert {question.intent for question in QUESTIONS} == {"ask_question"}


def test_a_question_that_is_already_known_is_left_out() -> None:
    def phrase(text: str) -> Phrase:
        return Phrase(text, "ask_question", "es", Path())

    fresh = new_questions(
        (phrase("¿Qué es ACE?"), phrase("que es un bond"), phrase("Qué es un bond")),
        (phrase("¿que es ace?"),),
    )
    assert [question.text for question in fresh] == ["que es un bond"]


@pytest.mark.parametrize("name", RESPONSES)
def test_a_response_has_exactly_one_variation_a_language(name: str) -> None:
    assert set(by_language(name)) == {"en", "es"}


@pytest.mark.parametrize("name", RESPONSES)
def test_both_languages_of_a_response_have_the_same_variables_and_payloads(name: str) -> None:
    variations = by_language(name)
    variables = {
        language: _variables(variation["text"]) for language, variation in variations.items()
    }
    assert variables["en"] == variables["es"]
    payloads = {
        language: sorted(
            _seen_from(language, button["payload"]) for button in variation.get("buttons", [])
        )
        for language, variation in variations.items()
    }
    assert payloads["en"] == payloads["es"]
    assert all(
        button["title"].strip()
        for variation in variations.values()
        for button in variation.get("buttons", [])
    )


def test_every_payload_of_a_button_is_an_intent_with_known_entities() -> None:
    entities = {name for entry in domain("entities") for name in entry}
    for variations in RESPONSES.values():
        for button in (
            button for variation in variations for button in variation.get("buttons", [])
        ):
            intent, body = re.fullmatch(r"/(\w+)(?:\{(\{.*\})\})?", button["payload"]).groups()
            assert intent in INTENTS
            assert set(yaml.safe_load(body) if body else ()) <= entities


def test_the_form_can_ask_for_each_of_its_slots() -> None:
    slots = domain("forms")["handoff_form"]["required_slots"]
    assert {f"utter_ask_{slot}" for slot in slots} <= set(RESPONSES)
    assert set(slots) <= set(domain("slots"))


def test_a_question_of_the_form_needs_no_variable_but_a_slot() -> None:
    """Rasa fills the questions of a form from slots alone."""
    asked = {name for name in RESPONSES if name.startswith("utter_ask_")}
    variables = {
        variable
        for name in asked
        for entry in RESPONSES[name]
        for variable in _variables(entry["text"])
    }
    assert variables <= set(domain("slots"))


def test_every_intent_is_routed_by_the_desk() -> None:
    (rule,) = yaml.safe_load((ROOT / "bot/rules/route.yml").read_text())["rules"]
    alternatives, action = rule["steps"]
    assert [step["intent"] for step in alternatives["or"]] == INTENTS
    assert action == {"action": "action_route"}


def _variables(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def _seen_from(language: str, payload: str) -> str:
    """`payload` with "this" and "other" for the languages that its button may switch to."""
    other = {"en": "es", "es": "en"}[language]
    return payload.replace(f'"to":"{language}"', '"to":"this"').replace(
        f'"to":"{other}"', '"to":"other"'
    )
