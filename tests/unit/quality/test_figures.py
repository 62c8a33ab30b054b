import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.quality.figures import Mean, Share, quality
from desk.quality.models import QualityReview
from desk.quality.scorecards import judge
from tests.unit.quality.lots import BAD, BEST


def test_a_share_has_wilsons_interval_and_is_held_against_the_target():
    just = Share(hits=72, total=80)
    assert just.share == 0.9
    assert [round(end, 3) for end in just.interval] == [0.815, 0.948]
    assert just.verdict == "open"
    # The sample that AQL 10 just accepts, 14 bad of 80, shows that the contract is not kept.
    assert Share(hits=66, total=80).verdict == "missed"
    assert Share(hits=79, total=80).verdict == "reached"


def test_a_mean_has_students_interval():
    found = Mean(scores=[0.8, 0.9, 1.0, 0.9])
    assert found.mean == pytest.approx(0.9)
    # 0.9 plus and minus 3.182 · 0.0816 / 2.
    assert found.interval == (pytest.approx(0.7701, abs=1e-4), 1.0)
    assert found.verdict == "open"
    assert Mean(scores=[0.95, 0.96, 0.97]).verdict == "reached"
    assert Mean(scores=[0.5, 0.51, 0.52]).verdict == "missed"


def test_nothing_reviewed_has_no_figures():
    found = quality([])
    assert (found.conforming.share, found.conforming.verdict) == (None, None)
    assert (found.score.mean, found.score.interval, found.score.verdict) == (None, None, None)
    assert set(found.criteria.values()) == {None}


@given(st.lists(st.floats(0, 1), min_size=2, max_size=50))
def test_the_interval_holds_the_mean(scores):
    found = Mean(scores=scores)
    low, high = found.interval
    assert 0 <= low <= high <= 1
    assert low - 1e-9 <= found.mean <= high + 1e-9


def review(scores):
    card = judge(scores)
    return QualityReview(scores=scores, score=card.score, conforming=card.conforming)


def test_criteria_are_averaged_where_they_apply():
    found = quality(
        [
            review(BEST),
            review(BAD),
            review(BEST | {"identity": None, "language": 1}),
            review(BEST | {"identity": None}),
        ]
    )
    assert (found.conforming.hits, found.conforming.total) == (2, 4)
    assert found.criteria["accuracy"] == 0.75
    assert found.criteria["language"] == 0.875
    assert found.criteria["identity"] == 1.0
    assert found.score.mean == pytest.approx((1 + 0.7 + 0.875 + 1) / 4)
