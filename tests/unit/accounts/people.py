"""Users and their sign-ins, for tests."""

from datetime import UTC, datetime, timedelta

from desk.accounts import sign_ins
from desk.accounts.models import SignIn, User
from desk.accounts.service import add_user
from desk.store import Store

PASSWORD = "correct horse battery"
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def add(
    store: Store, email: str = "ana@example.com", *, role: str = "analyst", name: str | None = None
) -> User:
    async with store.write() as session:
        return await add_user(
            session, email=email, role=role, language="es", password=PASSWORD, name=name
        )


async def begin(store: Store, user: User, *, now: datetime = NOW) -> str:
    async with store.write() as session:
        return await sign_ins.begin(session, user, browser="Firefox", how="password", now=now)


async def find(store: Store, cookie: str, *, now: datetime = NOW) -> SignIn | None:
    async with store.read() as session:
        return await sign_ins.find(session, cookie, idle=HOUR, now=now)
