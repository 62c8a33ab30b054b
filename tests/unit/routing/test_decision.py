from dataclasses import replace

import pytest

from desk.knowledge.hits import Found
from desk.routing.decision import Thresholds, decide, urgency
from desk.routing.evidence import Evidence

from .conftest import evidence, found

THRESHOLDS = Thresholds.load()
SURE = found(("signin_mfa_token", 0.95), ("password_reset", 0.03))
CLOSE = found(("a", 0.24), ("b", 0.23), ("c", 0.2), ("d", 0.1), margin=-0.6, nearness=0.5)
NOTHING = found(("a", 0.015), ("b", 0.014), margin=-1.2, nearness=0.1)
STRANGE = {"found": NOTHING, "words": 5}


def test_a_clear_question_is_answered_from_the_best_article(decided):
    decision = decided("ask_question", found=SURE)
    assert (decision.kind, decision.article) == ("answer", "signin_mfa_token")
    assert decision.candidates == ("signin_mfa_token", "password_reset")
    assert decision.confidence > 0.9


def test_a_question_between_articles_leads_to_one_question_back(judge):
    cautious = replace(THRESHOLDS, limits={"en": replace(THRESHOLDS.limits["en"], answer=0.5)})
    asked = evidence("ask_question", found=CLOSE)
    decision = decide(asked, judge, cautious)
    assert (decision.kind, decision.say) == ("clarify", "clarify")
    assert decision.candidates == ("a", "b", "c")


def test_never_two_questions_back_in_a_row(judge):
    cautious = replace(THRESHOLDS, limits={"en": replace(THRESHOLDS.limits["en"], answer=0.5)})
    asked = evidence("ask_question", found=CLOSE, clarified=True)
    assert decide(asked, judge, cautious).kind != "clarify"


def test_a_question_that_finds_nothing_gets_no_invented_answer(decided):
    seen = found(("a", 0.015), ("b", 0.014), margin=-0.8, nearness=0.5)
    decision = decided("ask_question", found=seen)
    assert (decision.say, decision.article) == ("no_answer", None)


@pytest.mark.parametrize("intent", ["person_wanted", "ticket_status", "account_action"])
def test_what_only_people_can_do_is_handed_off(decided, intent):
    assert decided(intent).kind == "handoff"


@pytest.mark.parametrize("seen", [SURE, NOTHING, Found()])
def test_a_person_is_reached_whatever_the_search_finds(decided, seen):
    assert decided("person_wanted", found=seen, words=1).kind == "handoff"


def test_what_only_an_analyst_can_do_tips_the_scale(judge):
    asked = evidence("account_action", margin=-0.2, found=found(("tao_change", 0.9)))
    only = replace(asked, analysts_only=frozenset({"tao_change"}))
    assert judge.probabilities(only)["person"] > judge.probabilities(asked)["person"]


def test_an_action_carries_the_article_that_explains_it_and_its_category(decided):
    decision = decided(
        "account_action", found=found(("tao_change", 0.9)), categories={"tao_change": "account"}
    )
    assert (decision.article, decision.category) == ("tao_change", "account")
    assert decision.tells_story


def test_a_bare_wish_for_a_person_is_no_story(decided):
    assert not decided("person_wanted").tells_story


@pytest.mark.parametrize(
    ("intent", "say", "category"),
    [
        ("report_outage", "urgent_outage", "outage"),
        ("report_border", "urgent_border", "cargo"),
        ("report_compromise", "urgent_compromise", "security"),
    ],
)
def test_urgent_matters_open_a_priority_ticket(decided, intent, say, category):
    decision = decided(intent)
    assert (decision.kind, decision.say, decision.category, decision.priority) == (
        "urgent",
        say,
        category,
        "urgent",
    )


@pytest.mark.parametrize("intent", ["out_of_scope", "probe", "abuse"])
def test_what_the_desk_does_not_do_is_declined(decided, intent):
    decision = decided(intent, **STRANGE)
    assert (decision.kind, decision.say, decision.article) == ("decline", intent, None)


@pytest.mark.parametrize("intent", ["greet", "thanks", "goodbye", "bot_challenge"])
def test_courtesies_are_returned(decided, intent):
    decision = decided(intent, found=NOTHING, words=1)
    assert (decision.kind, decision.say) == ("smalltalk", intent)


def test_other_languages_are_offered_english_spanish_or_a_person(decided):
    decision = decided("ask_question", language="other", language_confidence=0.9, found=SURE)
    assert (decision.kind, decision.article) == ("unsupported_language", None)


def test_a_message_without_linguistic_evidence_is_no_foreign_language(decided):
    decision = decided("ask_question", language="other", language_confidence=0.0, found=SURE)
    assert decision.kind == "answer"


def test_a_pressed_article_button_answers_that_article(decided):
    decision = decided("ask_question", margins={}, chosen_article="bonds")
    assert (decision.kind, decision.article, decision.confidence) == ("answer", "bonds", 1.0)


def test_a_pressed_button_leaves_no_doubt(decided):
    assert decided("person_wanted", margins={}, found=Found()).kind == "handoff"
    assert decided("affirm", margins={}, found=Found()).kind == "smalltalk"


@pytest.mark.parametrize("intent", ["account_action", "report_outage", "ask_question"])
def test_the_same_request_again_names_the_ticket_it_opened(decided, intent):
    decision = decided(intent, open_ticket=True, repeats_ticket=True)
    assert (decision.kind, decision.say) == ("ticket", "ticket_exists")


def test_with_a_ticket_open_a_second_wish_for_a_person_names_that_ticket(decided):
    assert decided("person_wanted", open_ticket=True).say == "ticket_exists"
    assert decided("ticket_status", open_ticket=True).say == "own_ticket_status"
    assert decided("ticket_status").kind == "handoff"


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("search_margin", [-0.5, 0.5, 1.5])
@pytest.mark.parametrize("margin", [0.5, 1.0, 1.7])
@pytest.mark.parametrize("follow_up", [False, True])
def test_with_a_ticket_open_its_state_is_told_however_well_the_article_fits(
    decided, language, search_margin, margin, follow_up
):
    seen = found(("ticket_status", 0.99), margin=search_margin, nearness=0.99)
    asked = {"found": seen, "margin": margin, "written": language, "words": 4, "asks_how": True}
    asked |= {"open_ticket": True, "follow_up": follow_up}
    assert decided("ticket_status", **asked).say == "own_ticket_status"


def test_a_report_code_alone_is_looked_up(decided):
    decision = decided("out_of_scope", asks_report_code=True)
    assert (decision.say, decision.article) == ("report_code", "reports_catalog")


def test_a_follow_up_is_never_declined(decided):
    lone = {"found": SURE, "words": 3}
    assert decided("out_of_scope", follow_up=True, **lone).kind == "answer"
    assert decided("person_wanted", follow_up=True, **lone).kind == "handoff"


def test_an_emergency_cuts_a_form_short_and_nothing_else_does():
    decision = urgency("report_border", 0.9, THRESHOLDS)
    assert decision is not None
    assert decision.kind == "urgent"
    assert urgency("report_border", THRESHOLDS.urgent - 0.01, THRESHOLDS) is None
    assert urgency("account_action", 0.99, THRESHOLDS) is None


def test_each_language_has_limits_of_its_own(judge):
    strict = replace(
        THRESHOLDS,
        limits={
            "en": replace(THRESHOLDS.limits["en"], person=0.0),
            "es": replace(THRESHOLDS.limits["es"], person=1.01),
        },
    )
    asked = evidence("ask_question", found=SURE)
    assert decide(asked, judge, strict).kind == "handoff"
    assert decide(replace(asked, written="es"), judge, strict).kind == "answer"


def test_evidence_needs_no_search_and_no_bot():
    assert Evidence(intent="greet", confidence=1, language="en", language_confidence=1).words == 1
