"""Turns with the trained model: what the actions are sent, and how the hand-off form runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from action_server import TOKEN, ActionServer

Say = Callable[..., "list[dict[str, Any]]"]

SLOTS = ("handoff_answer", "handoff_confirm")
QUESTIONS = ("story?", "name?", "email?", "company?")


def slot(name: str, value: str | None) -> dict[str, Any]:
    return {"event": "slot", "name": name, "value": value}


def ask(question: str) -> dict[str, Any]:
    wanted = "handoff_answer" if question in QUESTIONS else "handoff_confirm"
    text = slot("question", question) if question in QUESTIONS else slot("summary", question)
    return {"events": [slot("handoff_answer", None), text, slot("requested_slot", wanted)]}


def desk(call: dict[str, Any], first: str = "story?") -> dict[str, Any]:
    """What the desk's actions do, in short: route to the form, lead it, end it."""
    message, slots = call["tracker"]["latest_message"], call["tracker"]["slots"]
    if call["next_action"] == "action_route":
        return {
            "events": [{"event": "followup", "name": "handoff_form"}],
            "responses": [{"custom": {"kind": "handoff"}}, {"response": "utter_handoff_start"}],
        }
    if call["next_action"] == "action_finish_handoff":
        return {"responses": [{"response": "utter_ticket_opened", "number": "ASD-000123"}]}
    if slots["requested_slot"] is None:
        return ask(first)
    if slots["requested_slot"] == "handoff_confirm" or message["intent"]["name"] == "cancel":
        return {"events": [slot("requested_slot", None)]}
    if slots["question"] == "email?" and "@" not in message["text"]:
        return ask("email?") | {"responses": [{"response": "utter_email_unclear"}]}
    following = (*QUESTIONS, "Ana, Acme")[QUESTIONS.index(slots["question"]) + 1]
    return ask(following)


def test_every_message_goes_to_the_desk_with_its_reading(say: Say, actions: ActionServer) -> None:
    say("what is report ES-003", language="en", message_id="m1", channel="chat")
    (call,) = actions.calls
    message = call["tracker"]["latest_message"]
    assert call["next_action"] == "action_route"
    assert message["language"]["code"] == "en"
    assert message["metadata"] == {"language": "en", "message_id": "m1", "channel": "chat"}
    assert ("report_code", "ES-003") in {
        (entity["entity"], entity["value"]) for entity in message["entities"]
    }
    assert message["intent"]["name"] == message["intent_ranking"][0]["name"] == "ask_question"


def test_actions_are_called_with_the_token(say: Say, actions: ActionServer) -> None:
    say("hello")
    assert actions.authorisations == {f"Bearer {TOKEN}"}


def test_the_language_of_the_message_chooses_the_response(say: Say, actions: ActionServer) -> None:
    actions.behaviour = lambda call: {"responses": [{"response": "utter_thanks"}]}
    (english,) = say("how do I change the owner of the account")
    (spanish,) = say("cómo cambio al titular de la cuenta")
    (kept,) = say("12345")
    assert english["text"] != spanish["text"] == kept["text"]


def test_a_conversation_may_begin_with_a_button(say: Say, actions: ActionServer) -> None:
    actions.behaviour = lambda call: {"responses": [{"response": "utter_greet"}]}
    (bubble,) = say("/person_wanted", language="es")
    assert [button["title"] for button in bubble["buttons"]] == ["Hablar con una persona"]


def test_a_payload_brings_its_entities(say: Say, actions: ActionServer) -> None:
    say('/switch_language{"to":"es"}', language="en")
    message = actions.calls[0]["tracker"]["latest_message"]
    assert message["intent"]["name"] == "switch_language"
    assert {entity["entity"]: entity["value"] for entity in message["entities"]} == {
        "to": "es",
        "language": "en",
    }


def test_a_text_stays_one_bubble_and_keeps_its_paragraphs(say: Say, actions: ActionServer) -> None:
    actions.behaviour = lambda call: {
        "responses": [{"text": "one\n\ntwo"}, {"custom": {"kind": "answer"}}]
    }
    text, custom = say("hello")
    assert text["text"] == "one\n\ntwo"
    assert custom["custom"] == {"kind": "answer"}


def test_variables_and_further_buttons_join_the_response(say: Say, actions: ActionServer) -> None:
    button = {"title": "Bonds", "payload": '/ask_question{"article":"bonds"}'}
    variables = {
        "title": "T",
        "body": "one\n\ntwo",
        "source_lines": "- S1",
        "reviewed": "2026-11-22",
    }
    actions.behaviour = lambda call: {
        "responses": [{"response": "utter_answer", "buttons": [button], **variables}]
    }
    (bubble,) = say("what is a bond", language="en")
    assert all(value in bubble["text"] for value in variables.values())
    assert bubble["buttons"][-1] == button
    # A response keeps its own buttons, however often one is added to it.
    assert len(say("what is a bond", language="en")[0]["buttons"]) == len(bubble["buttons"])


def test_the_form_begins_by_followup_and_asks_what_the_desk_wants_to_know(
    say: Say, actions: ActionServer
) -> None:
    actions.behaviour = lambda call: desk(call, first="email?")
    custom, _, question = say("/person_wanted", language="en")
    assert custom["custom"] == {"kind": "handoff"}
    assert question["text"] == "email?"
    assert [button["payload"] for button in question["buttons"]] == ["/skip", "/cancel"]
    assert actions.called() == ["action_route", "validate_handoff_form"]
    activation = actions.calls[1]["tracker"]
    assert activation["slots"]["requested_slot"] is None
    assert activation["active_loop"]["name"] == "handoff_form"
    (following,) = say("ana@example.com", language="en")
    assert actions.calls[2]["tracker"]["slots"]["handoff_answer"] == "ana@example.com"
    assert following["text"] == "company?"


def test_the_whole_form_ends_in_its_finish(say: Say, actions: ActionServer) -> None:
    actions.behaviour = desk
    answers = ("my account is locked", "Ana", "ana@example.com", "Acme", "/affirm")
    say("/person_wanted", language="en")
    bubbles = [say(answer, language="en") for answer in answers]
    assert [said[0]["text"] for said in bubbles[:3]] == ["name?", "email?", "company?"]
    assert "Ana, Acme" in bubbles[-2][0]["text"]
    assert "ASD-000123" in bubbles[-1][0]["text"]
    finish = actions.calls[-1]
    assert finish["next_action"] == "action_finish_handoff"
    # Each answer is gone once the desk has it; the confirmation ends the form.
    assert tuple(finish["tracker"]["slots"][name] for name in SLOTS) == (None, "/affirm")
    assert finish["tracker"]["active_loop"] == {}


def test_a_slot_takes_text_only_while_the_form_asks_for_it(say: Say, actions: ActionServer) -> None:
    say("my name is Ana and my mail is ana@example.com")
    assert all(actions.calls[0]["tracker"]["slots"][name] is None for name in SLOTS)
    actions.behaviour = desk
    say("/person_wanted")
    say("my account is locked")
    slots = actions.calls[-1]["tracker"]["slots"]
    assert [slots[name] for name in SLOTS] == ["my account is locked", None]


def test_a_rejected_answer_is_asked_for_again(say: Say, actions: ActionServer) -> None:
    actions.behaviour = lambda call: desk(call, first="email?")
    *_, question = say("/person_wanted", language="en")
    unclear, again = say("ana at example", language="en")
    assert unclear["text"] != again["text"] == question["text"]


def test_the_desk_may_end_the_form_early(say: Say, actions: ActionServer) -> None:
    actions.behaviour = desk
    say("/person_wanted")
    say("/cancel")
    assert actions.called()[-2:] == ["validate_handoff_form", "action_finish_handoff"]
    actions.calls.clear()
    actions.behaviour = lambda call: {}
    say("what is a bond")
    assert actions.called() == ["action_route"]


def test_the_form_speaks_the_language_that_the_conversation_changes_to(
    say: Say, actions: ActionServer
) -> None:
    actions.behaviour = desk
    *_, english = say("/person_wanted", language="en")
    (spanish,) = say("mi cuenta está bloqueada", language="es")
    assert [button["title"] for button in english["buttons"]] == ["Skip", "Cancel"]
    assert [button["title"] for button in spanish["buttons"]] == ["Omitir", "Cancelar"]


def test_a_visitor_cannot_reset_the_conversation(say: Say, actions: ActionServer) -> None:
    actions.behaviour = lambda call: desk(call, first="email?")
    say("/person_wanted")
    assert say("/restart")
    answer = actions.calls[2]
    assert answer["next_action"] == "validate_handoff_form"
    assert answer["tracker"]["slots"]["question"] == "email?"


def test_a_long_conversation_keeps_its_form(say: Say, actions: ActionServer) -> None:
    actions.behaviour = lambda call: desk(call, first="email?")
    say("/person_wanted", language="es")
    for _ in range(30):
        say("no tengo correo", language="es")
    tracker = actions.calls[-1]["tracker"]
    assert len(tracker["events"]) < 120
    assert tracker["slots"]["question"] == "email?"
    say("ana@example.com", language="es")
    say("Acme", language="es")
    say("/affirm", language="es")
    assert actions.called()[-1] == "action_finish_handoff"


def test_a_failing_action_leaves_the_conversation_usable(say: Say, actions: ActionServer) -> None:
    def fail(call: dict[str, Any]) -> dict[str, Any]:
        raise RuntimeError("the desk is down")

    actions.behaviour = fail
    assert say("hello") == []
    actions.behaviour = lambda call: {"responses": [{"response": "utter_greet"}]}
    assert say("hello")
