"""Many at the same moment, on each database: what may happen once happens once."""

import asyncio
from datetime import timedelta

import pyotp
import pytest
from cryptography.fernet import Fernet
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from desk.accounts import second_factor, service
from desk.accounts.models import SignInThrottle
from desk.accounts.service import LastAdministrator, add_user
from desk.accounts.throttle import Throttle, TooSoon
from desk.audit.models import AuditEntry
from desk.audit.service import By, account_reading
from desk.store import Store
from tests.unit.accounts.people import NOW, add

KEY = Fernet.generate_key().decode().rstrip("=")


async def enrolled(store: Store):
    user = await add(store)
    async with store.write() as session:
        await second_factor.propose(session, user.id, key=KEY)
        secret = await second_factor.proposed(session, user, key=KEY)
        app = pyotp.TOTP(secret or "")
        codes = await second_factor.confirm(
            session, user.id, app.at(NOW), key=KEY, staying="", now=NOW
        )
    return user, app, codes or []


async def test_one_of_many_with_the_same_code_gets_in(migrated: Store) -> None:
    user, app, codes = await enrolled(migrated)
    later = NOW + timedelta(minutes=5)

    async def give(code: str) -> bool:
        async with migrated.write() as session:
            found = await second_factor.accepts(session, user.id, code, key=KEY, now=later)
        return found is not None

    for code in (app.at(later), codes[0]):
        assert (await asyncio.gather(*(give(code) for _ in range(8)))).count(True) == 1


async def test_many_guesses_at_once_are_all_counted(migrated: Store) -> None:
    throttles = [Throttle(migrated, KEY) for _ in range(4)]

    async def guess(throttle: Throttle) -> bool:
        counted = throttle.counted_for(email="ana@example.com", address="192.0.2.1", known=None)
        try:
            await throttle.attempt(counted, now=NOW)
        except TooSoon:
            return False
        return True

    tried = await asyncio.gather(*(guess(throttles[number % 4]) for number in range(20)))
    assert tried.count(True) == 5
    async with migrated.read() as session:
        assert set(await session.scalars(select(SignInThrottle.failures))) == {5}


async def test_two_administrators_can_not_remove_each_other(migrated: Store) -> None:
    async with migrated.write() as session:
        ids = [
            (
                await add_user(
                    session, email=f"{name}@x.example", role="admin", language="en",
                    password="correct horse battery",
                )
            ).id
            for name in "ab"
        ]  # fmt: skip

    async def disable(one: int, by: int) -> bool:
        try:
            async with migrated.write() as session:
                await service.disable(session, one, by=By.user(by), now=NOW)
        except LastAdministrator:
            return False
        return True

    assert sorted(await asyncio.gather(disable(*ids), disable(*reversed(ids)))) == [False, True]


async def test_reading_is_written_down_once_an_hour_for_each_user(migrated: Store) -> None:
    ana, ben = await add(migrated), await add(migrated, "ben@example.com")

    async def read(user_id: int, minutes: int) -> None:
        now = NOW + timedelta(minutes=minutes)
        await account_reading(migrated, "ticket_read", "ticket/7", by=By.user(user_id), now=now)

    await asyncio.gather(*(read(ana.id, minutes) for minutes in (0, 0, 1, 59, 59)))
    await read(ben.id, 5)
    await read(ana.id, 60)
    async with migrated.read() as session:
        counted = select(AuditEntry.user_id, func.count()).where(AuditEntry.action == "ticket_read")
        rows = (await session.execute(counted.group_by(AuditEntry.user_id))).all()
        assert dict(map(tuple, rows)) == {ana.id: 2, ben.id: 1}


@pytest.mark.parametrize(
    "change", ["UPDATE audit_entry SET action = 'x'", "DELETE FROM audit_entry"]
)
async def test_the_audit_only_grows(migrated: Store, change: str) -> None:
    await add(migrated)
    with pytest.raises(DBAPIError, match="never changed"):
        async with migrated.write() as session:
            await session.execute(text(change))
