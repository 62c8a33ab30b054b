from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, hypergeom

from desk.quality.curve import HARDLY, STEPS, curve, probability_of_acceptance
from desk.quality.plans import SEVERITIES, aqls, plan

plans = st.builds(
    plan,
    st.integers(2, 5000),
    st.sampled_from(["S-2", "I", "II", "III"]),
    st.sampled_from([aql for aql in aqls() if aql <= 15]),
    st.sampled_from(SEVERITIES),
)
shares = st.floats(0, 1)


def test_aql_ten_accepts_a_lot_with_fifteen_per_cent_bad_four_times_in_five():
    found = plan(1000, "II", 10)
    assert (found.sample_size, found.accept) == (80, 14)
    assert round(probability_of_acceptance(found, 0.15), 2) == 0.79
    assert round(probability_of_acceptance(found, 0.10), 2) == 0.99
    # The sample that is just accepted is 82.5 per cent good.
    assert 1 - found.accept / found.sample_size == 0.825


@settings(deadline=None)
@given(plans, shares)
def test_the_figures_are_those_of_the_distributions(found, share):
    most, size = found.reject - 1, found.sample_size
    assert probability_of_acceptance(found, share) == pytest.approx(
        binom.cdf(most, size, share), abs=1e-9
    )
    bad = round(share * found.lot_size)
    assert probability_of_acceptance(found, share, lot_size=found.lot_size) == pytest.approx(
        hypergeom.cdf(most, found.lot_size, bad, size), abs=1e-9
    )


@settings(deadline=None)
@given(plans)
def test_the_worse_the_lot_the_rarer_it_is_accepted(found):
    points = curve(found)
    assert (points[0].share_bad, points[0].accepted) == (0, 1)
    assert len(points) <= STEPS + 1
    for better, worse in pairwise(points):
        assert better.share_bad < worse.share_bad
        assert worse.accepted <= better.accepted <= 1
        assert worse.share_bad * found.lot_size == pytest.approx(
            round(worse.share_bad * found.lot_size)
        )
    if found.reject <= found.sample_size:
        assert points[-1].accepted < HARDLY


@given(st.integers(2, 13), shares)
def test_a_lot_that_is_reviewed_whole_is_decided_by_its_own_quality(size, share):
    found = plan(size, "II", 0.65)
    assert found.whole_lot
    bad = round(share * size)
    assert probability_of_acceptance(found, share, lot_size=size) == (bad < found.reject)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_what_is_no_share_is_refused(share):
    with pytest.raises(ValueError, match="not between 0 and 1"):
        probability_of_acceptance(plan(100), share)
