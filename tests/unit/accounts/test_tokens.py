from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from desk.accounts import service
from desk.accounts.models import ApiToken
from desk.accounts.tokens import issue_token, list_tokens, revoke_token, user_of_token

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
EMAIL = "ana@example.com"


async def issue(store, *, days: int | None = None, email: str = EMAIL) -> str:
    async with store.write() as session:
        return await issue_token(session, email=email, name="sheet", days=days, now=NOW)


async def whose(store, token: str, *, now: datetime = NOW) -> str | None:
    async with store.read() as session:
        user = await user_of_token(session, token, now=now)
        return user and user.email


@pytest.fixture
async def ana(store):
    async with store.write() as session:
        await service.add_user(
            session, email=EMAIL, role="analyst", language="es", password="correct horse battery"
        )


@pytest.mark.usefixtures("ana")
async def test_a_token_stands_for_its_user_and_only_a_hash_is_kept(store):
    token = await issue(store, email=f" {EMAIL.upper()}")
    assert await whose(store, token) == EMAIL
    assert await whose(store, f"{token}x") is None
    assert await whose(store, "\udce9") is None
    async with store.read() as session:
        row = (await session.scalars(select(ApiToken))).one()
        assert token not in vars(row).values()


@pytest.mark.usefixtures("ana")
async def test_a_token_expires(store):
    token = await issue(store, days=90)
    assert await whose(store, token, now=NOW + timedelta(days=89)) == EMAIL
    assert await whose(store, token, now=NOW + timedelta(days=90)) is None


@pytest.mark.usefixtures("ana")
async def test_a_revoked_token_opens_nothing_and_stays_listed(store):
    tokens = [await issue(store), await issue(store)]
    async with store.write() as session:
        await revoke_token(session, 1, now=NOW)
    async with store.write() as session:
        again = await revoke_token(session, 1, now=NOW + timedelta(days=1))
        assert again.revoked_at == NOW
    assert [await whose(store, token) for token in tokens] == [None, EMAIL]
    async with store.read() as session:
        assert [found.is_valid(NOW) for found in await list_tokens(session)] == [False, True]


@pytest.mark.usefixtures("ana")
async def test_what_there_is_not_is_said(store):
    async with store.write() as session:
        with pytest.raises(LookupError, match="no user"):
            await issue_token(session, email="b@c.example", name="x", days=None, now=NOW)
        with pytest.raises(ValueError, match="1 to 64"):
            await issue_token(session, email=EMAIL, name=" ", days=None, now=NOW)
        with pytest.raises(LookupError, match="no token 7"):
            await revoke_token(session, 7, now=NOW)
