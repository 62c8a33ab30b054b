"""Risk and coverage."""

from collections.abc import Callable

import pytest

from desk.evaluation.outcomes import Outcome
from desk.evaluation.selective import risk_coverage

Make = Callable[..., Outcome]


def test_the_surest_come_first_and_equals_together(outcome: Make, failure: Make) -> None:
    outcomes = (
        outcome(confidence=0.5, article="isf"),
        outcome(confidence=0.9),
        outcome(confidence=0.7, article="isf"),
        outcome(confidence=0.7),
        failure(),
        outcome(kind="degraded", article=None, confidence=0.0),
    )
    found = risk_coverage(outcomes)
    assert [
        (point.limit, point.coverage, point.wrong.hits, point.wrong.total) for point in found.points
    ] == [(0.9, 0.25, 0, 1), (0.7, 0.75, 1, 3), (0.5, 1.0, 2, 4)]
    # A quarter without risk, a half at a third, a quarter at a half.
    assert found.area == pytest.approx(0.5 / 3 + 0.25 / 2)


def test_it_is_read_off_at_the_first_point_that_covers_enough(outcome: Make) -> None:
    found = risk_coverage([outcome(confidence=one / 10) for one in range(10)])
    assert [found.at(share).limit for share in (0.05, 0.1, 0.11, 1.0)] == [0.9, 0.9, 0.8, 0.0]


def test_without_decisions_there_is_no_curve(failure: Make) -> None:
    found = risk_coverage([failure()])
    assert (found.area, found.at(0.5), list(found.points)) == (None, None, [])
