import pytest

from desk.knowledge.hits import Hit
from desk.routing.decision import Evidence, Thresholds, decide

THRESHOLDS = Thresholds.load()


def hit(slug: str, score: float) -> Hit:
    return Hit(slug=slug, title=slug, language="en", score=score)


def decision(intent: str, confidence: float = 0.9, **more):
    more = {"language": "en", "language_confidence": 0.9} | more
    return decide(Evidence(intent=intent, confidence=confidence, **more), THRESHOLDS)


def test_a_clear_question_is_answered_from_the_best_article():
    found = decision(
        "ask_question", hits=[hit("signin_mfa_token", 0.8), hit("password_reset", 0.3)]
    )
    assert (found.kind, found.article) == ("answer", "signin_mfa_token")
    assert found.candidates == ("signin_mfa_token", "password_reset")


def test_two_articles_that_are_close_lead_to_one_question_back():
    found = decision("ask_question", hits=[hit("a", 0.41), hit("b", 0.40)])
    assert (found.kind, found.say, found.candidates) == ("clarify", "clarify", ("a", "b"))


def test_a_close_second_does_not_matter_when_the_best_is_certain():
    assert decision("ask_question", hits=[hit("a", 0.91), hit("b", 0.90)]).kind == "answer"


def test_a_question_that_finds_nothing_gets_no_invented_answer():
    found = decision("ask_question", hits=[hit("a", 0.04)])
    assert (found.say, found.article) == ("no_answer", None)


def test_an_unsure_intent_is_treated_as_a_question():
    assert decision("abuse", 0.2, hits=[hit("a", 0.8)]).kind == "answer"


@pytest.mark.parametrize("intent", ["person_wanted", "ticket_status", "account_action"])
def test_what_only_people_can_do_is_handed_off(intent):
    assert decision(intent).kind == "handoff"


@pytest.mark.parametrize("intent", ["account_action", "report_compromise"])
def test_a_half_believed_wish_to_act_gives_way_to_a_certain_article(intent):
    assert decision(intent, 0.5, hits=[hit("add_manage_users", 0.9)]).kind == "answer"
    assert decision(intent, 0.5, hits=[hit("add_manage_users", 0.3)]).kind != "answer"
    assert decision(intent, 0.9, hits=[hit("add_manage_users", 0.9)]).kind != "answer"


def test_a_person_is_reached_however_certain_an_article_is():
    assert decision("person_wanted", 0.45, hits=[hit("human_handoff", 0.9)]).kind == "handoff"


def test_an_action_carries_the_article_that_explains_it_and_its_category():
    found = decision(
        "account_action", hits=[hit("tao_change", 0.6)], categories={"tao_change": "account"}
    )
    assert (found.article, found.category) == ("tao_change", "account")


@pytest.mark.parametrize(
    ("intent", "say", "category"),
    [
        ("report_outage", "urgent_outage", "outage"),
        ("report_border", "urgent_border", "cargo"),
        ("report_compromise", "urgent_compromise", "security"),
    ],
)
def test_urgent_matters_open_a_priority_ticket(intent, say, category):
    found = decision(intent)
    assert (found.kind, found.say, found.category, found.priority) == (
        "urgent",
        say,
        category,
        "urgent",
    )


@pytest.mark.parametrize("intent", ["out_of_scope", "probe", "abuse"])
def test_what_the_desk_does_not_do_is_declined(intent):
    assert decision(intent, hits=[hit("a", 0.9)]).kind == "decline"


def test_other_languages_are_offered_english_spanish_or_a_person():
    found = decision("ask_question", language="other", language_confidence=0.95)
    assert found.kind == "unsupported_language"


def test_a_message_without_linguistic_evidence_is_no_foreign_language():
    assert decision("greet", language="other", language_confidence=0.0).kind == "smalltalk"


def test_a_pressed_article_button_answers_that_article():
    found = decision("ask_question", chosen_article="bonds", hits=[hit("isf", 0.9)])
    assert (found.kind, found.article, found.confidence) == ("answer", "bonds", 1.0)


@pytest.mark.parametrize("intent", ["account_action", "report_outage", "ask_question"])
def test_the_same_request_again_names_the_ticket_it_opened(intent):
    found = decision(intent, open_ticket=True, repeats_ticket=True)
    assert (found.kind, found.say) == ("ticket", "ticket_exists")


def test_with_a_ticket_open_a_second_wish_for_a_person_names_that_ticket():
    assert decision("person_wanted", open_ticket=True).say == "ticket_exists"
    assert decision("ticket_status", open_ticket=True).kind == "status"
