from types import SimpleNamespace

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.turn import Turn
from desk.messages import other_languages
from desk.routing.decision import Decision
from textkit.language import detect

MUST = ("pt", "fr", "zh", "ht", "ko", "vi", "ar")


def test_the_languages_most_often_met_are_there():
    assert set(MUST) <= other_languages().keys()


@pytest.mark.parametrize("code", other_languages())
def test_each_offer_is_in_its_language_and_names_ours(code):
    offer = other_languages()[code]
    assert offer.keys() == {"text", "person"}
    assert "English" in offer["text"]
    assert "Español" in offer["text"]
    found = detect(offer["text"])
    assert (found.language, found.other) == ("other", code)


@pytest.mark.parametrize("code", other_languages())
def test_the_offer_has_a_button_for_either_language_and_a_person(code):
    dispatcher = CollectingDispatcher()
    decision = Decision(
        kind="unsupported_language", say="unsupported_language", confidence=0.9, article=None
    )
    turn = Turn(None, None, dispatcher, SimpleNamespace(custom=dict), None, decision, None)
    turn.offer_languages(code)
    said, custom = dispatcher.messages
    assert said["text"] == other_languages()[code]["text"]
    assert [button["payload"] for button in said["buttons"]] == [
        '/switch_language{"to":"en"}',
        '/switch_language{"to":"es"}',
        "/person_wanted",
    ]
    assert custom["custom"]["kind"] == "unsupported_language"
