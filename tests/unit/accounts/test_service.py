from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from desk.accounts import service, sign_ins
from desk.accounts.service import EmailTaken, LastAdministrator, WeakPassword
from desk.audit.models import AuditEntry
from desk.audit.service import SYSTEM
from tests.unit.accounts.people import HOUR, NOW, PASSWORD, add, begin, find


@pytest.mark.parametrize(
    ("email", "password", "who"),
    [
        (" Ana@Example.com", PASSWORD, "ana@example.com"),
        ("ana@example.com", "wrong", None),
        ("nobody@example.com", PASSWORD, None),
        ("ana@example.com\0", PASSWORD, None),
        ("ana@example.com", "\udce9", None),
    ],
)
async def test_address_and_password_must_belong_together(store, email, password, who):
    await add(store)
    async with store.read() as session:
        found = await service.with_password(session, email=email, password=password)
    assert (found and found.email) == who


async def test_the_first_administrator_is_made_once_and_must_choose_a_password(store):
    async with store.write() as session:
        password = await service.first_administrator(session, email="admin@example.com")
        found = await service.with_password(
            session, email="admin@example.com", password=password or ""
        )
        assert found is not None
        assert found.must_change_password
        assert await service.first_administrator(session, email="admin@example.com") is None


async def test_a_new_password_ends_every_sign_in(store):
    user = await add(store)
    cookie = await begin(store, user)
    async with store.write() as session:
        with pytest.raises(WeakPassword):
            await service.change_password(session, user.id, PASSWORD)
    assert await find(store, cookie)
    async with store.write() as session:
        await service.change_password(session, user.id, "a longer one still")
    assert await find(store, cookie) is None


@pytest.mark.parametrize(
    "email", ["", "ana", "a b@c.example", "a@b\x00.example", "a" * 251 + "@b.co"]
)
async def test_what_is_no_address_gets_no_user(store, email):
    with pytest.raises(ValueError, match="not an e-mail address"):
        await add(store, email)


async def test_short_passwords_long_names_and_second_accounts_are_refused(store):
    await add(store)
    async with store.write() as session:
        with pytest.raises(WeakPassword):
            await service.add_user(
                session, email="b@example.com", role="analyst", language="en", password="short"
            )
    with pytest.raises(EmailTaken, match="already"):
        await add(store, "ANA@example.com")
    with pytest.raises(ValueError, match="at most 64"):
        await add(store, "b@example.com", name="x" * 65)


async def test_a_name_is_one_line(store):
    user = await add(store, name="  Ana \n María\u202e ")
    assert user.name == "Ana María"


async def test_another_role_signs_out_and_is_accounted_for(store):
    user = await add(store)
    cookie = await begin(store, user)
    async with store.write() as session:
        await service.change_role(session, user.id, "lead", by=SYSTEM, now=NOW)
    assert await find(store, cookie) is None
    async with store.read() as session:
        entry = (
            await session.scalars(select(AuditEntry).where(AuditEntry.action == "role_changed"))
        ).one()
    assert entry.object == f"user/{user.id}"
    assert entry.detail == {"before": "analyst", "after": "lead"}


async def test_whoever_is_disabled_is_out_at_once_until_they_are_enabled(store):
    user = await add(store)
    cookie = await begin(store, user)
    async with store.write() as session:
        await service.disable(session, user.id, by=SYSTEM, now=NOW)
    assert await find(store, cookie) is None
    async with store.read() as session:
        assert not await service.with_password(session, email=user.email, password=PASSWORD)
    async with store.write() as session:
        await service.enable(session, user.id, by=SYSTEM, now=NOW)
        assert await service.with_password(session, email=user.email, password=PASSWORD)


async def test_the_last_administrator_stays(store):
    first = await add(store, "a@example.com", role="admin")
    second = await add(store, "b@example.com", role="admin")
    async with store.write() as session:
        await service.disable(session, second.id, by=SYSTEM, now=NOW)
    for refused in (
        lambda session: service.disable(session, first.id, by=SYSTEM, now=NOW),
        lambda session: service.change_role(session, first.id, "lead", by=SYSTEM, now=NOW),
    ):
        with pytest.raises(LastAdministrator):
            async with store.write() as session:
                await refused(session)
    async with store.write() as session:
        await service.enable(session, second.id, by=SYSTEM, now=NOW)
        await service.change_role(session, first.id, "lead", by=SYSTEM, now=NOW)


async def test_a_reset_password_is_used_once_and_replaced(store):
    user = await add(store)
    cookie = await begin(store, user)
    async with store.write() as session:
        password = await service.reset_password(session, user.id, by=SYSTEM, now=NOW)
    assert await find(store, cookie) is None
    async with store.read() as session:
        found = await service.with_password(session, email=user.email, password=password)
    assert found is not None
    assert found.must_change_password


async def test_failures_name_the_user_and_never_what_was_typed(store):
    user = await add(store)
    async with store.write() as session:
        for email in (user.email, "my secret password"):
            await service.note_failure(session, email=email, why="password", now=NOW)
    async with store.read() as session:
        failed = select(AuditEntry.object).where(AuditEntry.action == "sign_in_failed")
        assert list(await session.scalars(failed.order_by(AuditEntry.id))) == [
            f"user/{user.id}",
            "user/unknown",
        ]


async def test_a_sign_in_of_now_can_be_found_now(store):
    cookie = await begin(store, await add(store), now=datetime.now(UTC))
    async with store.read() as session:
        assert await sign_ins.find(session, cookie, idle=HOUR, now=datetime.now(UTC))
