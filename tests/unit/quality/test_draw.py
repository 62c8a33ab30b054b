import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from desk.quality.draw import draw, new_seed

populations = st.sets(st.integers(1, 10**6), min_size=1, max_size=200)


@given(populations, st.text(max_size=64), st.data())
def test_the_same_seed_draws_the_same_tickets_whatever_their_order(population, seed, data):
    number = data.draw(st.integers(0, len(population)))
    mixed = list(population)
    random.Random(1).shuffle(mixed)
    drawn = draw(population, number, seed=seed)
    assert drawn == draw(mixed + mixed, number, seed=seed)
    assert len(set(drawn)) == number
    assert set(drawn) <= population
    # A larger sample goes on where a smaller one ended.
    assert drawn == draw(population, len(population), seed=seed)[:number]


def test_a_draw_on_record_is_repeated_on_any_version():
    # printf '%s:%s' acedesk 1 | sha256sum, and so on; sorted by the digits.
    assert draw(range(1, 11), 4, seed="acedesk") == [8, 2, 4, 1]


def test_every_ticket_is_as_likely_as_any_other():
    rounds, population, number = 4000, range(1, 41), 10
    drawn = Counter(
        ticket for seed in range(rounds) for ticket in draw(population, number, seed=str(seed))
    )
    mean = rounds * number / len(population)
    # Of draws without replacement the statistic is smaller by this factor.
    factor = (len(population) - 1) / (len(population) - number)
    statistic = factor * sum((drawn[ticket] - mean) ** 2 / mean for ticket in population)
    assert 0.001 < chi2.sf(statistic, len(population) - 1) < 0.999


def test_every_ticket_is_as_likely_at_every_place():
    firsts = Counter(draw(range(6), 1, seed=str(seed))[0] for seed in range(6000))
    statistic = sum((firsts[ticket] - 1000) ** 2 / 1000 for ticket in range(6))
    assert 0.001 < chi2.sf(statistic, 5) < 0.999


def test_more_than_there_are_cannot_be_drawn():
    with pytest.raises(ValueError, match="3 tickets can't be drawn from 2"):
        draw([1, 2, 2], 3, seed="x")


def test_seeds_are_new_each_time():
    assert len({new_seed() for _ in range(100)}) == 100
