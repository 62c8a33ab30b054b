import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from desk.accounts import second_factor
from desk.accounts.models import RecoveryCode, SecondFactor
from desk.audit.service import SYSTEM
from tests.unit.accounts.people import NOW, add, begin, find

KEY = Fernet.generate_key().decode().rstrip("=")
STEP = timedelta(seconds=30)


async def enrol(store, user, *, staying="") -> tuple[str, list[str]]:
    """The secret and the recovery codes of a user who has just switched it on."""
    async with store.write() as session:
        await second_factor.propose(session, user.id, key=KEY)
        secret = await second_factor.proposed(session, user, key=KEY)
        code = pyotp.TOTP(secret).at(NOW)
        codes = await second_factor.confirm(
            session, user.id, code, key=KEY, staying=staying, now=NOW
        )
    user.second_factor_at = NOW
    return secret, codes


async def accepts(store, user, code, *, now=NOW, key=KEY):
    async with store.write() as session:
        return await second_factor.accepts(session, user.id, code, key=key, now=now)


async def test_a_second_factor_is_on_once_a_code_has_confirmed_it(store):
    user = await add(store)
    async with store.write() as session:
        await second_factor.propose(session, user.id, key=KEY)
        secret = await second_factor.proposed(session, user, key=KEY)
        confirm = {"key": KEY, "staying": "", "now": NOW}
        wrong = f"{(int(pyotp.TOTP(secret).at(NOW)) + 1) % 1_000_000:06}"
        assert await second_factor.confirm(session, user.id, wrong, **confirm) is None
        assert not user.second_factor_at
        codes = await second_factor.confirm(session, user.id, pyotp.TOTP(secret).at(NOW), **confirm)
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"[A-Z2-9]{5}-[A-Z2-9]{5}", code) for code in codes)
    async with store.read() as session:
        with pytest.raises(ValueError, match="already"):
            await second_factor.propose(session, user.id, key=KEY)


async def test_the_secret_is_not_kept_in_the_open(store):
    user = await add(store)
    secret, codes = await enrol(store, user)
    async with store.read() as session:
        kept = (await session.scalars(select(SecondFactor))).one()
        hashes = set(await session.scalars(select(RecoveryCode.code_hash)))
    assert secret not in kept.secret
    assert not hashes & {*codes, *(code.replace("-", "") for code in codes)}
    address = urlsplit(second_factor.address_of(secret, user))
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert parse_qs(address.query) == {"secret": [secret], "issuer": ["acedesk"]}


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (1, True), (2, False)])
async def test_a_clock_may_be_off_by_a_step(store, steps, taken):
    user = await add(store)
    secret, _ = await enrol(store, user)
    later = NOW + 10 * STEP
    code = pyotp.TOTP(secret).at(later + steps * STEP)
    assert (await accepts(store, user, code, now=later) == "code") is taken


async def test_a_code_is_taken_once_and_none_from_before_it(store):
    user = await add(store)
    secret, _ = await enrol(store, user)
    totp, later = pyotp.TOTP(secret), NOW + 10 * STEP
    assert await accepts(store, user, totp.at(NOW)) is None
    assert await accepts(store, user, totp.at(later), now=later) == "code"
    assert await accepts(store, user, totp.at(later), now=later) is None
    assert await accepts(store, user, totp.at(later - STEP), now=later) is None
    assert await accepts(store, user, totp.at(later + STEP), now=later) == "code"


async def test_spaces_in_a_code_do_not_matter(store):
    user = await add(store)
    secret, codes = await enrol(store, user)
    later = NOW + 10 * STEP
    code = pyotp.TOTP(secret).at(later)
    assert await accepts(store, user, f" {code[:3]}\u00a0{code[3:]}\n", now=later) == "code"
    assert await accepts(store, user, f" {codes[0].lower().replace('-', ' ')}") == "recovery_code"


async def test_a_recovery_code_opens_once_and_for_its_owner_only(store):
    ana, ben = await add(store), await add(store, "ben@example.com")
    _, codes = await enrol(store, ana)
    await enrol(store, ben)
    assert await accepts(store, ben, codes[0]) is None
    assert await accepts(store, ana, codes[0]) == "recovery_code"
    assert await accepts(store, ana, codes[0]) is None
    async with store.write() as session:
        assert await second_factor.codes_left(session, ana.id) == 9
        await second_factor.renew_codes(session, ana.id, key=KEY, now=NOW)
        assert await second_factor.codes_left(session, ana.id) == 10
    assert await accepts(store, ana, codes[1]) is None


@pytest.mark.parametrize("code", ["", "0", "x" * 2000, "١٢٣٤٥٦", "\udce9", "\0"])
async def test_nonsense_is_no_code(store, code):
    user = await add(store)
    await enrol(store, user)
    assert await accepts(store, user, code) is None


async def test_with_another_homes_key_no_code_is_right(store):
    user = await add(store)
    secret, codes = await enrol(store, user)
    other = Fernet.generate_key().decode().rstrip("=")
    later = NOW + 10 * STEP
    assert await accepts(store, user, pyotp.TOTP(secret).at(later), now=later, key=other) is None
    assert await accepts(store, user, codes[0], key=other) is None


async def test_switching_it_on_or_off_ends_the_other_sign_ins(store):
    user = await add(store)
    here, there = await begin(store, user), await begin(store, user)
    staying = (await find(store, here)).token_hash
    await enrol(store, user, staying=staying)
    assert await find(store, here)
    assert await find(store, there) is None
    async with store.write() as session:
        await second_factor.remove(session, user.id, by=SYSTEM, now=NOW)
    assert await find(store, here) is None
    async with store.read() as session:
        assert await second_factor.codes_left(session, user.id) == 0
        assert (await session.scalars(select(SecondFactor))).all() == []
