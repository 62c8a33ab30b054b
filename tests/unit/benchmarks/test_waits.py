"""What docs/waits.md promises of the expected wait, on fewer days."""

import random
from datetime import timedelta
from statistics import fmean, median

import pytest

from benchmarks.simulation import START, STRAINED, simulate
from benchmarks.waits import backtest, held, known, said


@pytest.fixture(scope="module")
def cases():
    return backtest("busy", 7, every=25)


def test_most_who_wait_are_told_a_time(cases):
    assert len(said(cases)) > 0.8 * len(cases) > 40


def test_the_interval_holds_about_eight_in_ten(cases):
    assert 0.65 < fmean(map(held, said(cases))) < 0.95


def test_what_is_told_is_nearer_than_the_mean_of_a_day(cases):
    told = said(cases)
    off = median(abs(case.expected - case.came) for case in told)
    assert off < median(abs(case.others["mean of a day"] - case.came) for case in told)


def test_nothing_is_known_of_what_comes_later():
    tickets = list(simulate(random.Random(7), days=3, staff=STRAINED))
    now = START + timedelta(days=2)
    for wait in known(tickets, now):
        assert wait.opened <= now
        assert wait.taken is None or wait.taken <= now
