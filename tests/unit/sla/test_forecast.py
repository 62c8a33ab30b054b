import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, nbinom, poisson

from desk.sla.forecast import ENOUGH, Open, Past, Survival, forecast, interval

NOW = datetime(2026, 3, 4, 15, 30, tzinfo=UTC)
HOUR = 3600
TARGET = 4 * HOUR
REMISSIONS = (
    [(6, True)] * 3 + [(6, False), (7, True), (9, False), (10, True), (10, False), (11, False)]
    + [(13, True), (16, True), (17, False), (19, False), (20, False), (22, True), (23, True)]
    + [(25, False), (32, False), (32, False), (34, False), (35, False)]
)  # fmt: skip
"""Weeks of remission under 6-MP: Freireich and others (1963), the textbooks' example."""


def survival(lasting: list[tuple[float, bool]], stratum: str = "normal") -> Survival:
    times, stopped = zip(*lasting, strict=True)
    return Survival(np.array([stratum] * len(times)), np.array(times, float), np.array(stopped))


def share(curve: Survival, at: float, stratum: str = "normal") -> float:
    return math.exp(curve.logs(np.array([stratum]), np.array([at], float))[0])


def past(hours_ago: float, counted_h: float, *, stopped: bool = True, stratum: str = "normal"):
    opened = NOW - timedelta(hours=hours_ago)
    return Past(
        opened=opened,
        until=opened + timedelta(hours=counted_h),
        counted_s=counted_h * HOUR,
        stopped=stopped,
        target_s=TARGET,
        stratum=stratum,
    )


def running(counted_h: float, *, paused: bool = False, stratum: str = "normal") -> Open:
    return Open(counted_s=counted_h * HOUR, target_s=TARGET, stratum=stratum, paused=paused)


def spread(low: float, high: float, turn: int) -> float:
    """Evenly spread numbers, by the golden ratio."""
    return low + (high - low) * (turn * 0.618034 % 1)


# An hour brings one ticket, and each takes from one to seven hours, so that half of them breach.
STEADY = [past(ago, spread(1, 7, ago)) for ago in range(7, 14 * 24)]


@pytest.mark.parametrize(
    ("week", "published"),
    [(5, 1), (6, 0.857), (7, 0.807), (10, 0.753), (13, 0.690), (16, 0.627), (22, 0.538)],
)
def test_the_curve_is_the_one_that_textbooks_print(week, published):
    assert share(survival(REMISSIONS), week) == pytest.approx(published, abs=6e-4)


def test_beyond_the_longest_episode_the_curve_falls_as_the_exponential_through_its_end():
    curve = survival(REMISSIONS)
    assert share(curve, 70) == pytest.approx(share(curve, 35) ** 2)


def test_the_last_to_stop_counts_half():
    assert share(survival([(1, True), (2, True)]), 2) == pytest.approx(1 / 4)


def test_without_any_stop_everything_stays_open():
    assert share(survival([(1, False), (2, False)]), 100) == 1


def test_a_small_or_unknown_stratum_takes_the_curve_of_all():
    few = Survival(
        np.array(["normal"] * 30 + ["urgent"] * (ENOUGH - 1)),
        np.array([*range(1, 31), *[1] * (ENOUGH - 1)], float),
        np.array([True] * (29 + ENOUGH)),
    )
    assert share(few, 12, "urgent") == share(few, 12, "of no past") != share(few, 12)


def test_a_stratum_goes_its_own_way_only_while_enough_are_left():
    mixed = Survival(
        np.array(["low"] * 20 + ["normal"] * 20),
        np.array([*range(10, 30), *range(1, 21)], float),
        np.array([True] * 40),
    )
    assert share(mixed, 9, "low") == 1
    fallen = share(mixed, 28, "low") / share(mixed, 24, "low")
    assert fallen == pytest.approx(share(mixed, 28, "normal") / share(mixed, 24, "normal"))


def test_without_past_and_without_tickets_nothing_is_expected():
    assert [(one.expected, one.low, one.high) for one in forecast([], [], now=NOW, days=14)] == [
        (0, 0, 0)
    ] * 4


def test_without_past_every_ticket_breaches_when_it_is_due():
    found = forecast([], [running(3.5), running(1)], now=NOW, days=14)
    assert [one.expected for one in found] == [1, 1, 2, 2]


def test_a_ticket_breaches_by_the_chance_that_remains_at_its_age():
    found = forecast(STEADY, [running(2.5)], now=NOW, horizons_h=(1, 2), days=14)
    # Of those open after two and a half hours, a quarter of all is stopped before the fourth.
    assert [one.expected for one in found] == pytest.approx([0, 2 / 3], abs=0.05)


def test_a_paused_ticket_counts_in_no_horizon():
    still = forecast(STEADY, [running(3.5, paused=True)], now=NOW, days=14)
    assert still == forecast(STEADY, [], now=NOW, days=14)


def test_with_nothing_open_only_tickets_to_come_can_breach_and_only_after_their_target():
    found = forecast(STEADY, [], now=NOW, horizons_h=(4, 5, 6.5), days=14)
    assert [one.expected for one in found] == pytest.approx([0, 0.5, 1.25], rel=0.1)


def test_tickets_to_come_follow_the_hour_of_the_week():
    # Fifty tickets a week that breach, all opened in the hour after this one.
    busy = [past(168 * week - 0.5, 6, stratum="high") for week in (1, 2) for _ in range(50)]
    soon = forecast(busy, [], now=NOW, horizons_h=(8,), days=14)[0]
    later = forecast(busy, [], now=NOW + timedelta(hours=2), horizons_h=(8,), days=14)[0]
    assert soon.expected > 30
    assert later.expected < 1


def test_when_nothing_was_stopped_lately_more_breaches_are_expected():
    stalled = [one for one in STEADY if one.opened < NOW - timedelta(hours=12)]
    stalled += [past(ago, ago, stopped=False) for ago in np.linspace(1, 12, 60)]
    tickets = [running(2.5)]
    usual, slow = (
        forecast(known, tickets, now=NOW, horizons_h=(2,), days=14)[0].expected
        for known in (STEADY, stalled)
    )
    assert slow > usual + 0.2


def test_what_a_clock_counted_is_taken_to_lie_before_its_end():
    paused = [replace(one, until=one.until + timedelta(hours=48)) for one in STEADY[48:]]
    moved = [
        replace(one, until=one.until + timedelta(hours=48), opened=one.opened + timedelta(hours=48))
        for one in STEADY[48:]
    ]
    tickets = [running(2.5)]
    assert forecast(paused, tickets, now=NOW, horizons_h=(4,), days=14) == forecast(
        moved, tickets, now=NOW, horizons_h=(4,), days=14
    )


def test_breaches_that_come_together_widen_the_interval():
    def width(slow):
        turns = range(4 * 6, 4 * 14 * 24)
        known = [past(n / 4, spread(4, 6, n) if slow(n) else spread(1, 4, n)) for n in turns]
        one = forecast(known, [running(2.5)] * 40, now=NOW, horizons_h=(2,), days=14)[0]
        return one.high - one.low

    in_turn, in_bursts = width(lambda n: n % 3 == 0), width(lambda n: n // 16 % 3 == 0)
    assert in_bursts > 1.5 * in_turn


def test_the_past_holds_no_more_than_the_days_named():
    older = [past(15 * 24 + ago, 6) for ago in range(100)]
    tickets = [running(2.5)]
    assert forecast(STEADY + older, tickets, now=NOW, days=14) == forecast(
        STEADY, tickets, now=NOW, days=14
    )


def test_less_than_a_day_of_past_is_refused():
    with pytest.raises(ValueError, match="one day"):
        forecast([], [], now=NOW, days=0)


@pytest.mark.parametrize(
    ("mean", "variance", "law"),
    [
        (4.0, 4.0, poisson(4)),
        (5.0, 2.5, binom(10, 0.5)),
        (6.0, 18.0, nbinom(3, 1 / 3)),
        (900.0, 9000.0, nbinom(100, 0.1)),
    ],
)
def test_an_interval_has_the_quantiles_of_the_law_with_its_mean_and_variance(mean, variance, law):
    assert interval(mean, variance) == (law.ppf(0.1), law.ppf(0.9))


def test_an_interval_ends_at_the_most_that_can_happen():
    assert interval(4.9995, 0.0005, most=5) == (5, 5)
    assert interval(2.0, 40.0, most=3)[1] == 3


PASTS = st.lists(
    st.builds(
        past,
        st.floats(0, 72),
        st.floats(0, 48),
        stopped=st.booleans(),
        stratum=st.sampled_from(["urgent", "normal"]),
    ),
    max_size=40,
)
RUNNING = st.builds(
    running,
    st.floats(0, 4),
    paused=st.booleans(),
    stratum=st.sampled_from(["urgent", "normal", "low"]),
)


@settings(deadline=None)
@given(PASTS, st.lists(RUNNING, max_size=15), st.integers(1, 3))
def test_every_forecast_is_finite_ordered_and_grows_with_the_horizon(known, tickets, days):
    found = forecast(known, tickets, now=NOW, days=days, horizons_h=(8, 0.5, 4, 1, 2))
    assert [one.horizon_h for one in found] == [0.5, 1, 2, 4, 8]
    for one in found:
        assert math.isfinite(one.expected)
        assert one.expected >= 0
        assert 0 <= one.low <= one.high
    for near, far in pairwise(found):
        assert near.expected <= far.expected + 1e-9
        assert near.low <= far.low
        assert near.high <= far.high
    due_now = sum(not ticket.paused for ticket in tickets)
    assert found[2].expected <= due_now + 1e-9
