import random
from collections import Counter
from datetime import timedelta

import pytest

from benchmarks.simulation import COMFORTABLE, START, STRAINED, Shift, simulate

DAYS = 14


def tickets(seed: int = 5, staff: tuple[Shift, ...] = COMFORTABLE):
    return list(simulate(random.Random(seed), days=DAYS, staff=staff))


@pytest.fixture(scope="module")
def some():
    return tickets()


def waits(found) -> list[timedelta]:
    return sorted(one.processed_at - one.opened_at for one in found if one.processed_at)


def test_a_seed_gives_the_same_tickets_again(some):
    assert tickets() == some
    assert tickets(6) != some


def test_tickets_come_in_order_within_the_days_and_end_after_they_begin(some):
    opened = [one.opened_at for one in some]
    assert opened == sorted(opened)
    assert START <= opened[0] < opened[-1] < START + timedelta(days=DAYS)
    assert waits(some)[0] > timedelta(0)
    for one in some:
        if one.processed_at:
            assert one.opened_at <= one.taken_at <= one.processed_at
    assert [one.number for one in some] == list(range(1, len(some) + 1))


def test_business_hours_bring_more_than_nights_and_weekends(some):
    by_hour = Counter((one.opened_at - START).seconds // 3600 for one in some)
    by_day = Counter((one.opened_at - START).days % 7 for one in some)
    assert by_hour[10] > 3 * by_hour[3]
    assert by_day[2] > 2 * by_day[6]


def test_fewer_analysts_make_tickets_wait_longer(some):
    assert sum(waits(tickets(staff=STRAINED)), timedelta(0)) > sum(waits(some), timedelta(0))


def test_urgent_tickets_wait_least(some):
    by_priority = {
        priority: waits(one for one in some if one.priority == priority)
        for priority in ("urgent", "low")
    }
    urgent, low = (found[len(found) // 2] for found in by_priority.values())
    assert urgent < low


def test_without_analysts_nothing_is_processed():
    assert not waits(tickets(staff=()))
