from datetime import timedelta

import pytest
from sqlalchemy import select

from desk.accounts.models import SignInThrottle
from desk.accounts.throttle import Throttle, TooSoon, delay_s
from tests.unit.accounts.people import NOW

SECOND = timedelta(seconds=1)


@pytest.fixture
def throttle(store):
    return Throttle(store, "key")


def of(throttle, *, email="ana@example.com", address="192.0.2.1", known=None):
    return throttle.counted_for(email=email, address=address, known=known)


async def fail(throttle, times, **who):
    """Attempts that all fail, each after the wait that the one before has cost; the time then."""
    at = NOW
    for number in range(times):
        at += SECOND * delay_s("account", number)
        await throttle.attempt(of(throttle, **who), now=at)
    return at


async def wait(throttle, at, **who):
    with pytest.raises(TooSoon) as refused:
        await throttle.attempt(of(throttle, **who), now=at)
    return refused.value.seconds


def test_waits_grow_and_end():
    waits = [delay_s("account", failures) for failures in range(20)]
    assert waits[:9] == [0, 0, 0, 0, 0, 1, 2, 4, 8]
    assert max(waits) == waits[-1] == 900


async def test_whoever_guesses_waits_longer_each_time(throttle):
    at = await fail(throttle, 5)
    assert await wait(throttle, at) == 1
    at = await fail(throttle, 4, email="ben@example.com") + timedelta(minutes=1)
    await throttle.attempt(of(throttle), now=at)
    assert await wait(throttle, at) == 2


async def test_a_refused_attempt_does_not_lengthen_the_wait(throttle):
    at = await fail(throttle, 8)
    for _ in range(20):
        assert await wait(throttle, at) == 8
    await throttle.attempt(of(throttle), now=at + 8 * SECOND)


async def test_guessing_from_many_addresses_is_slowed_by_account(throttle):
    for number in range(5):
        await throttle.attempt(of(throttle, address=f"192.0.2.{number}"), now=NOW)
    assert await wait(throttle, NOW, address="198.51.100.9") == 1


async def test_guessing_at_many_accounts_is_slowed_by_address(throttle):
    for number in range(30):
        await throttle.attempt(of(throttle, email=f"u{number}@example.com"), now=NOW)
    assert await wait(throttle, NOW, email="another@example.com") == 1
    await throttle.attempt(of(throttle, address="198.51.100.9"), now=NOW)


async def test_a_known_browser_is_not_kept_out_by_the_guesses_of_others(throttle):
    at = await fail(throttle, 12)
    known = throttle.known_cookie("ana@example.com")
    assert await wait(throttle, at, address="198.51.100.9") > 60
    await throttle.attempt(of(throttle, address="198.51.100.9", known=known), now=at)


@pytest.mark.parametrize("known", ["", ".", "x.y", "\udce9.\udce9", "ana@example.com"])
async def test_a_made_up_cookie_is_no_known_browser(throttle, known):
    at = await fail(throttle, 5)
    assert await wait(throttle, at, known=known) == 1
    others = throttle.known_cookie("ben@example.com")
    assert await wait(throttle, at, known=others) == 1


async def test_success_forgives_the_account_and_one_attempt_of_the_address(store, throttle):
    at = await fail(throttle, 5)
    async with store.write() as session:
        await throttle.forgive(session, of(throttle), now=at)
        rows = {row.key: row.failures for row in await session.scalars(select(SignInThrottle))}
    assert sorted(rows.values()) == [0, 4]


async def test_after_a_day_counting_begins_anew(throttle):
    at = await fail(throttle, 12)
    later = at + timedelta(days=1, seconds=1)
    for _ in range(5):
        await throttle.attempt(of(throttle), now=later)
    assert await wait(throttle, later) == 1


async def test_nothing_that_was_typed_is_kept(store, throttle):
    await throttle.attempt(of(throttle, email="my secret password"), now=NOW)
    async with store.read() as session:
        keys = set(await session.scalars(select(SignInThrottle.key)))
    assert len(keys) == 2
    assert all(len(key) == 64 for key in keys)


async def test_it_can_be_turned_off(store):
    off = Throttle(store, "key", on=False)
    for _ in range(50):
        await off.attempt(of(off), now=NOW)
