import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.sla.statistics import (
    PERCENTILES,
    Attainment,
    difference,
    percent,
    rank,
    wilson,
)

COUNTS = st.integers(0, 10**6)


def counted(hits: int, breaches: int = 0, pending: int = 0, **excluded: int) -> Attainment:
    return Attainment(hits=hits, breaches=breaches, pending=pending, exclusions=excluded)


def test_wilson_at_ninety_percent_of_eighty_is_the_published_interval():
    low, high = wilson(72, 80)
    assert (round(low, 3), round(high, 3)) == (0.815, 0.948)


def test_pending_and_excluded_count_neither_way():
    one = counted(1, 1, 5, duplicate=3, spam=2)
    assert one.share == 0.5
    assert one.decided == 2
    assert one.excluded == 5
    assert one.total == 12


def test_nothing_decided_has_no_share_no_interval_and_no_difference():
    nothing = counted(0, pending=3)
    assert nothing.share is None
    assert nothing.interval is None
    assert difference(nothing, counted(1)) is None
    assert difference(counted(1), nothing) is None


def test_a_count_below_zero_is_refused():
    with pytest.raises(ValueError, match="below zero"):
        counted(1, spam=-1)


@given(COUNTS, COUNTS, COUNTS, st.dictionaries(st.sampled_from("abc"), COUNTS))
def test_every_episode_is_counted_once(hits, breaches, pending, exclusions):
    one = counted(hits, breaches, pending, **exclusions)
    assert one.hits + one.breaches + one.pending + one.excluded == one.total
    assert one.excluded == sum(one.exclusions.values())


@given(st.integers(1, 10**6), st.data())
def test_the_interval_holds_the_share(total, data):
    hits = data.draw(st.integers(0, total))
    low, high = wilson(hits, total)
    assert 0 <= low <= high <= 1
    assert low == pytest.approx(hits / total) or low < hits / total
    assert high == pytest.approx(hits / total) or high > hits / total


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_a_difference_turned_round_is_its_mirror_image(hits, breaches, other_hits, other_breaches):
    one, other = counted(hits, breaches), counted(other_hits, other_breaches)
    there, back = difference(one, other), difference(other, one)
    if there is None or back is None:
        assert 0 in (one.decided, other.decided)
        return
    low, high = there.interval
    assert -1 - 1e-9 <= low <= there.share + 1e-9
    assert there.share - 1e-9 <= high <= 1 + 1e-9
    assert back.share == pytest.approx(-there.share)
    assert back.interval == pytest.approx((-high, -low))


@given(st.lists(st.integers(), min_size=1), st.sampled_from(PERCENTILES))
def test_the_nearest_rank_is_the_least_value_that_enough_do_not_exceed(values, percentile):
    found = sorted(values)[rank(percentile, len(values)) - 1]
    enough = percentile * len(values) / 100
    assert sum(value <= found for value in values) >= enough
    assert sum(value < found for value in values) < enough


@pytest.mark.parametrize(
    ("share", "target", "shown"),
    [
        (0.99951, 1.0, "99.9%"),
        (1.0, 1.0, "100.0%"),
        (0.89999, 0.9, "89.9%"),
        (0.89999, 1.0, "90.0%"),
        (0.9, 0.9, "90.0%"),
        (0.9126, 0.9, "91.3%"),
        (0.0, 0.9, "0.0%"),
    ],
)
def test_a_miss_is_never_rounded_away(share, target, shown):
    assert percent(share, target=target) == shown


@given(st.integers(1, 10**7), st.data(), st.sampled_from([0.9, 0.95, 1.0]))
def test_what_is_shown_reaches_a_target_only_when_the_share_does(total, data, target):
    share = data.draw(st.integers(0, total)) / total
    shown = float(percent(share, target=target).rstrip("%")) / 100
    assert abs(shown - share) < 0.001
    assert (shown >= target) <= (share >= target)
    assert (shown >= 1) <= (share >= 1)
