import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.evaluation.curves import FILE as CURVES
from desk.routing.decision import Thresholds
from desk.routing.evidence import OUTCOMES
from desk.routing.judge import Judge, outcome_of

from .conftest import INTENTS, evidence, found

JUDGE = Judge.load()
MARGIN = st.floats(-2, 2)


@given(
    st.fixed_dictionaries(dict.fromkeys(INTENTS, MARGIN)),
    st.integers(0, 400),
    MARGIN,
    st.floats(-1, 1),
)
def test_probabilities_are_probabilities(margins, words, margin, nearness):
    seen = evidence(
        "greet",
        margins=margins,
        words=words,
        found=found(("a", 0.5), ("b", 0.1), margin=margin, nearness=nearness),
    )
    likely = JUDGE.probabilities(seen)
    assert set(likely) == set(OUTCOMES)
    assert math.isclose(sum(likely.values()), 1)
    assert 0 <= JUDGE.first_is_right(seen) <= 1
    assert 0 <= JUDGE.three_hold_it(seen) <= 1


def test_a_better_score_makes_an_article_likelier():
    def right(score: float) -> float:
        return JUDGE.first_is_right(evidence("ask_question", found=found(("a", score))))

    assert right(0.2) < right(0.5) < right(0.9)


@pytest.mark.parametrize(
    ("intent", "outcome"),
    [
        ("ask_question", "answer"),
        ("ticket_status", "person"),
        ("report_border", "person"),
        ("probe", "decline"),
        ("affirm", "smalltalk"),
    ],
)
def test_a_button_means_what_it_names(intent, outcome):
    assert outcome_of(intent) == outcome
    assert JUDGE.probabilities(evidence(intent, margins={}))[outcome] == 1


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_limits_stand_on_the_curves_that_are_kept_beside_them(language):
    curves = json.loads(CURVES.read_text())[language]
    limits = Thresholds.load().limits[language]
    assert limits.person == round(max(point["f1"] for point in curves["person"]) / 2, 2)
    declined = next(p for p in curves["decline"] if p["limit"] == limits.decline)
    assert declined["wrongly"] <= 0.02
    answered = next(p for p in curves["answer"] if p["limit"] == limits.answer)
    assert answered["worth"] >= max(point["worth"] for point in curves["answer"]) - 0.003
