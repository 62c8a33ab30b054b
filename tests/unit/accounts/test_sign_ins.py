from datetime import timedelta

import pytest
from sqlalchemy import select

from desk.accounts import sign_ins
from desk.accounts.models import SignIn
from tests.unit.accounts.people import HOUR, NOW, add, begin, find

MINUTE = timedelta(minutes=1)


async def use(store, cookie, *, now):
    found = await find(store, cookie, now=now)
    async with store.write() as session:
        await sign_ins.use(session, found, now=now)


async def test_a_sign_in_ends_after_an_hour_without_use(store):
    cookie = await begin(store, await add(store))
    assert await find(store, cookie, now=NOW + HOUR - MINUTE)
    assert await find(store, cookie, now=NOW + HOUR) is None


async def test_use_puts_the_end_off_but_not_beyond_twelve_hours(store):
    cookie = await begin(store, await add(store))
    at = NOW
    while at < NOW + 12 * HOUR - 30 * MINUTE:
        at += 30 * MINUTE
        await use(store, cookie, now=at)
    assert await find(store, cookie, now=NOW + 12 * HOUR - MINUTE)
    assert await find(store, cookie, now=NOW + 12 * HOUR) is None


async def test_use_does_not_bring_back_what_was_ended(store):
    user = await add(store)
    cookie = await begin(store, user)
    found = await find(store, cookie)
    async with store.write() as session:
        await sign_ins.end(session, user.id, found.token_hash, now=NOW)
        await sign_ins.use(session, found, now=NOW + MINUTE)
    assert await find(store, cookie, now=NOW + MINUTE) is None


async def test_only_a_hash_of_the_cookie_is_kept(store):
    cookie = await begin(store, await add(store))
    async with store.read() as session:
        row = (await session.scalars(select(SignIn))).one()
    assert cookie not in vars(row).values()
    assert await find(store, f"{cookie}x") is None
    assert await find(store, "\udce9") is None


async def test_people_end_sign_ins_of_their_own_and_not_those_of_others(store):
    ana, ben = await add(store), await add(store, "ben@example.com")
    cookies = [await begin(store, ana), await begin(store, ana), await begin(store, ben)]
    async with store.write() as session:
        await sign_ins.end(session, ana.id, sign_ins.hash_of(cookies[2]), now=NOW)
        await sign_ins.end_all(session, ana.id, but=sign_ins.hash_of(cookies[0]))
    assert [bool(await find(store, cookie)) for cookie in cookies] == [True, False, True]
    async with store.read() as session:
        assert len(await sign_ins.of_user(session, ana.id, idle=HOUR, now=NOW)) == 1


async def test_what_waits_for_a_code_waits_five_minutes_and_is_taken_up_once(store):
    user = await add(store)
    async with store.write() as session:
        token = await sign_ins.suspend(session, user_id=user.id, now=NOW, detail={})
    for at, waits in ((NOW + 4 * MINUTE, True), (NOW + 5 * MINUTE, False)):
        async with store.read() as session:
            assert (await sign_ins.suspended(session, token, now=at) is not None) is waits
    async with store.write() as session:
        assert await sign_ins.take_up(session, token, now=NOW + 5 * MINUTE) is None
    async with store.write() as session:
        assert await sign_ins.take_up(session, token, now=NOW)
        assert await sign_ins.take_up(session, token, now=NOW) is None


@pytest.mark.parametrize("token", [None, "", "x", "\udce9"])
async def test_a_strange_cookie_goes_on_with_nothing(store, token):
    async with store.write() as session:
        assert await sign_ins.suspended(session, token, now=NOW) is None
        assert await sign_ins.take_up(session, token, now=NOW) is None
        assert await sign_ins.find(session, token, idle=HOUR, now=NOW) is None


async def test_signing_out_everywhere_stops_what_is_on_its_way_in(store):
    user = await add(store)
    async with store.write() as session:
        token = await sign_ins.suspend(session, user_id=user.id, now=NOW, detail={})
        await sign_ins.end_all(session, user.id)
        assert await sign_ins.take_up(session, token, now=NOW) is None
