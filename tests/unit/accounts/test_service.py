from datetime import UTC, datetime, timedelta

import pytest

from desk.accounts import service
from desk.accounts.models import SignIn
from desk.accounts.service import WeakPassword

PASSWORD = "correct horse battery"


async def add(store, email: str = "ana@example.com") -> None:
    async with store.write() as session:
        await service.add_user(
            session, email=email, role="analyst", language="es", password=PASSWORD
        )


async def test_a_user_signs_in_and_out(store):
    await add(store)
    async with store.write() as session:
        cookie = await service.sign_in(session, email=" Ana@Example.com", password=PASSWORD)
    async with store.write() as session:
        assert (await service.signed_in(session, cookie)).email == "ana@example.com"
        await service.sign_out(session, cookie)
        assert await service.signed_in(session, cookie) is None


@pytest.mark.parametrize(
    ("email", "password"), [("ana@example.com", "wrong"), ("nobody@example.com", PASSWORD)]
)
async def test_a_wrong_pair_does_not_sign_in(store, email, password):
    await add(store)
    async with store.write() as session:
        assert await service.sign_in(session, email=email, password=password) is None


async def test_a_sign_in_expires(store):
    await add(store)
    async with store.write() as session:
        cookie = await service.sign_in(session, email="ana@example.com", password=PASSWORD)
        found = await session.get_one(SignIn, service._hash(cookie))
        found.expires_at = datetime.now(UTC) - timedelta(seconds=1)
        assert await service.signed_in(session, cookie) is None


async def test_the_first_administrator_is_made_once_and_must_choose_a_password(store):
    async with store.write() as session:
        password = await service.first_administrator(session, email="admin@example.com")
        cookie = await service.sign_in(session, email="admin@example.com", password=password)
        assert (await service.signed_in(session, cookie)).must_change_password
        assert await service.first_administrator(session, email="admin@example.com") is None


async def test_a_new_password_ends_every_sign_in(store):
    await add(store)
    async with store.write() as session:
        cookie = await service.sign_in(session, email="ana@example.com", password=PASSWORD)
        user = await service.signed_in(session, cookie)
        with pytest.raises(WeakPassword):
            await service.change_password(session, user.id, PASSWORD)
        await service.change_password(session, user.id, "a longer one still")
        assert await service.signed_in(session, cookie) is None


async def test_short_passwords_and_second_accounts_are_refused(store):
    await add(store)
    async with store.write() as session:
        with pytest.raises(WeakPassword):
            await service.add_user(
                session, email="b@example.com", role="analyst", language="en", password="short"
            )
        with pytest.raises(ValueError, match="already"):
            await service.add_user(
                session,
                email="ANA@example.com",
                role="analyst",
                language="en",
                password=PASSWORD,
            )
