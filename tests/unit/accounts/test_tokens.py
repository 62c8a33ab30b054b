from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from desk.accounts import service
from desk.accounts.models import ApiToken
from desk.accounts.tokens import (
    UnusableScope,
    issue_token,
    list_tokens,
    note_use,
    revoke_token,
    use_is_noted,
    valid_token,
)
from desk.audit.models import AuditEntry
from desk.audit.service import SYSTEM

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
EMAIL = "ana@example.com"


async def issue(
    store, *, days: int | None = None, email: str = EMAIL, scopes=("figures.read",)
) -> str:
    async with store.write() as session:
        return await issue_token(
            session, email=email, name="sheet", scopes=scopes, days=days, now=NOW
        )


async def whose(store, token: str, *, now: datetime = NOW) -> str | None:
    async with store.read() as session:
        found = await valid_token(session, token, now=now)
        return found and found.user.email


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
        with pytest.raises(LookupError, match="not a user"):
            await issue_token(
                session, email="b@c.example", name="x", scopes=("figures.read",), days=None, now=NOW
            )
        with pytest.raises(ValueError, match="1 to 64"):
            await issue_token(
                session, email=EMAIL, name=" ", scopes=("figures.read",), days=None, now=NOW
            )
        with pytest.raises(ValueError, match="one scope"):
            await issue_token(session, email=EMAIL, name="x", scopes=(), days=None, now=NOW)
        with pytest.raises(LookupError, match="no token 7"):
            await revoke_token(session, 7, now=NOW)


@pytest.mark.usefixtures("ana")
async def test_a_token_is_for_no_more_than_its_user_may_do(store):
    for scope, why in (("users.manage", "the role analyst may not"), ("tickets", "no such scope")):
        with pytest.raises(UnusableScope, match=why):
            await issue(store, scopes=("tickets.read", scope))
    token = await issue(store, scopes=("tickets.work", "tickets.read", "tickets.work"))
    async with store.write() as session:
        found = await valid_token(session, token, now=NOW)
        assert found.scopes == ["tickets.read", "tickets.work"]
        assert found.may("tickets.work")
        assert not found.may("figures.read")
        # The role was changed after the token was made.
        found.user.role = "auditor"
        assert found.may("tickets.read")
        assert not found.may("tickets.work")


@pytest.mark.usefixtures("ana")
async def test_the_last_use_is_known_to_the_minute(store):
    token = await issue(store)
    async with store.write() as session:
        assert not use_is_noted(await valid_token(session, token, now=NOW), NOW)
        await note_use(session, 1, now=NOW)
    async with store.read() as session:
        found = await valid_token(session, token, now=NOW)
        assert found.last_used_at == NOW
        assert use_is_noted(found, NOW + timedelta(seconds=59))
        assert not use_is_noted(found, NOW + timedelta(seconds=60))


@pytest.mark.usefixtures("ana")
async def test_nobody_revokes_or_lists_the_tokens_of_somebody_else_as_their_own(store):
    await issue(store)
    async with store.write() as session:
        with pytest.raises(LookupError, match="no token 1"):
            await revoke_token(session, 1, now=NOW, user_id=2)
        assert await list_tokens(session, user_id=2) == []
        assert len(await list_tokens(session, user_id=1)) == 1


@pytest.mark.usefixtures("ana")
async def test_a_reset_password_ends_the_tokens_of_its_user_and_no_others(store):
    async with store.write() as session:
        await service.add_user(
            session, email="b@example.com", role="analyst", language="en", password="x" * 20
        )
    theirs, other = await issue(store), await issue(store, email="b@example.com")
    async with store.write() as session:
        user = await service.user_of(session, EMAIL)
        await service.reset_password(session, user.id, by=SYSTEM, now=NOW)
    assert await whose(store, theirs) is None
    assert await whose(store, other) == "b@example.com"
    async with store.read() as session:
        found = await session.scalars(
            select(AuditEntry.object).where(AuditEntry.action == "token_revoked")
        )
        assert list(found) == ["token/1"]
