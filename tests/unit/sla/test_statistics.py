from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.sla.clock import Episode
from desk.sla.statistics import attainment, wilson

OUTCOMES = ["met", "breached_open", "breached_closed", "running", "cancelled"]


def episode(outcome: str) -> Episode:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    return Episode(
        metric="processed", start=now, stop=None, due=now, outcome=outcome, elapsed_s=0.0
    )


def test_wilson_at_ninety_percent_of_eighty_is_the_published_interval():
    low, high = wilson(72, 80)
    assert (round(low, 3), round(high, 3)) == (0.815, 0.948)


def test_open_and_overdue_counts_as_a_breach_and_pending_counts_neither_way():
    counted = attainment(episode(o) for o in ["met", "breached_open", "running", "cancelled"])
    assert (counted.hits, counted.breaches, counted.pending, counted.excluded) == (1, 1, 1, 1)
    assert counted.share == 0.5


def test_nothing_decided_has_no_share_and_no_interval():
    counted = attainment([episode("running")])
    assert counted.share is None
    assert counted.interval is None


@given(st.lists(st.sampled_from(OUTCOMES)))
def test_every_ticket_is_counted_once(outcomes):
    counted = attainment(map(episode, outcomes))
    parts = counted.hits + counted.breaches + counted.pending + counted.excluded
    assert parts == counted.total == len(outcomes)


@given(st.integers(1, 10**6), st.data())
def test_the_interval_holds_the_share(total, data):
    hits = data.draw(st.integers(0, total))
    low, high = wilson(hits, total)
    assert 0 <= low <= high <= 1
    assert low == pytest.approx(hits / total) or low < hits / total
    assert high == pytest.approx(hits / total) or high > hits / total
