import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.quality.errors import UnusableScores
from desk.quality.rubric import rubric
from desk.quality.scorecards import judge

BEST = dict.fromkeys(rubric().criteria, 2)

cards = st.fixed_dictionaries(
    {
        key: st.sampled_from(sorted(one.points) + ([None] if one.may_be_na else []))
        for key, one in rubric().criteria.items()
    }
)


@pytest.mark.parametrize(
    ("changes", "score", "conforming"),
    [
        ({}, 1.0, True),
        ({"language": 1}, 0.90, True),
        ({"documentation": 1, "greeting": 1}, 0.90, True),
        ({"documentation": 1, "closure": 1}, 0.875, False),
        ({"accuracy": 1}, 0.85, False),
        ({"closure": 0}, 0.90, True),
        ({"closure": 0, "greeting": 1}, 0.875, False),
        # A critical failure decides, whatever the sum.
        ({"identity": 0}, 0.80, False),
        ({"accuracy": 0}, 0.70, False),
        # What does not apply is left out of the sum.
        ({"identity": None}, 1.0, True),
        ({"identity": None, "language": 1}, 0.875, False),
        ({"greeting": None, "identity": None, "language": None, "closure": None}, 1.0, True),
    ],
)
def test_points_are_weighed_against_those_that_apply(changes, score, conforming):
    card = judge(BEST | changes)
    assert card.score == pytest.approx(score)
    assert card.conforming is conforming


def test_what_failed_critically_is_named():
    assert judge(BEST | {"identity": 0, "accuracy": 0}).failed == ("identity", "accuracy")
    assert judge(BEST | {"greeting": 0}).failed == ()


@given(cards)
def test_no_card_conforms_below_the_mark_or_with_a_critical_failure(scores):
    card = judge(scores)
    assert 0 <= card.score <= 1
    assert card.conforming == (card.score >= 0.9 - 1e-12 and not card.failed)


@given(cards, st.sampled_from(list(BEST)))
def test_better_points_never_lower_the_score(scores, key):
    if scores[key] is not None:
        assert judge(scores | {key: 2}).score >= judge(scores).score


@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        ({}, "no points for greeting, identity"),
        (BEST | {"charm": 2}, "no criterion charm"),
        (BEST | {"greeting": 3}, "greeting takes 0, 1, 2 or na, not 3"),
        (BEST | {"identity": 1}, "identity takes 0, 2 or na, not 1"),
        (BEST | {"accuracy": None}, "accuracy applies to every interaction"),
        (BEST | {"accuracy": True}, "accuracy takes 0, 1, 2, not True"),
        (BEST | {"accuracy": 1.0}, "not 1.0"),
        (BEST | {"accuracy": "2"}, "not '2'"),
        (BEST | {"accuracy": [2]}, r"not \[2\]"),
    ],
)
def test_points_that_the_rubric_does_not_know_are_refused(scores, reason):
    with pytest.raises(UnusableScores, match=reason):
        judge(scores)
