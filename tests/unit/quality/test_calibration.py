"""The coefficients by published examples, and what the comparison names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.quality.calibration import alpha, calibrate, kappa
from desk.quality.rubric import rubric

BEST = dict.fromkeys(rubric().criteria, 2)
# Example C of "Computing Krippendorff's Alpha-Reliability": four observers; . was not judged.
OBSERVERS = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")


def units(rows):
    return [[mark for mark in column if mark != "."] for column in zip(*rows, strict=True)]


def test_alpha_of_two_observers_is_the_published_figure():
    assert round(alpha(units(["0100000010", "1110010000"])), 3) == 0.095


def test_alpha_of_four_observers_with_gaps_is_the_published_figure():
    assert round(alpha(units(OBSERVERS)), 3) == 0.743


def test_kappa_of_fifty_proposals_is_the_published_figure():
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert kappa(pairs) == pytest.approx(0.4)


def test_what_never_varies_has_no_coefficient():
    assert alpha([[2, 2], [2, 2]]) is None
    assert kappa([(2, 2), (2, 2)]) is None
    assert alpha([[1], [2]]) is None
    assert kappa([]) is None


@given(st.lists(st.lists(st.sampled_from([0, 1, 2, None]), min_size=2, max_size=4)))
def test_alpha_is_one_for_agreement_and_never_above(judged):
    found = alpha(judged)
    if found is not None:
        assert found <= 1 + 1e-12
        assert (found == pytest.approx(1)) == all(len(set(unit)) == 1 for unit in judged)


def test_reviewers_are_compared_on_what_both_judged():
    found = calibrate(
        {
            1: {"ana": BEST, "ben": BEST},
            2: {"ana": BEST, "ben": BEST | {"language": 1}},
            3: {"ana": BEST | {"closure": None}, "ben": BEST | {"language": 1}},
            4: {"ana": BEST | {"accuracy": 0}},
        }
    )
    assert (found.interactions, found.reviewers) == (3, ("ana", "ben"))
    assert found.weakest == ("language",)
    language, closure, *rest = found.criteria
    assert (language.criterion, language.pairs, round(language.share, 3)) == ("language", 3, 0.333)
    assert (closure.criterion, round(closure.share, 3)) == ("closure", 0.667)
    assert language.kappa == pytest.approx(0)
    assert all(one.share == 1 and one.alpha is None for one in rest)
    ana, ben = found.leanings
    assert (ana.reviewer, ben.reviewer, ana.interactions) == ("ana", "ben", 3)
    assert ana.difference == pytest.approx(0.2 / 3)
    assert ben.difference == pytest.approx(-ana.difference)


def test_more_than_two_reviewers_have_no_kappa():
    found = calibrate(
        {
            1: {"ana": BEST, "ben": BEST | {"greeting": 1}, "cleo": BEST},
            2: {"ana": BEST, "cleo": BEST | {"greeting": 1}},
        }
    )
    greeting = found.criteria[0]
    assert (greeting.criterion, greeting.pairs, greeting.share) == ("greeting", 4, 0.25)
    assert greeting.kappa is None
    assert greeting.alpha is not None


def test_nothing_shared_is_nothing_to_compare():
    found = calibrate({1: {"ana": BEST}, 2: {"ben": BEST}})
    assert (found.interactions, found.criteria, found.leanings, found.weakest) == (0, (), (), ())


def test_everybody_of_one_mind_has_no_weakest_criterion():
    assert calibrate({1: {"ana": BEST, "ben": BEST}}).weakest == ()
