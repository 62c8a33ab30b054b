"""A desk served for real, and programs that talk to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx

from desk.accounts.roles import ACTIONS, GRANTED, Role
from desk.accounts.service import add_user
from desk.accounts.tokens import issue_token
from desk.services import Services
from desk.settings import Settings
from desk.web.app import public_app
from desk.web.server import close, listen
from tests.e2e.stack import free_port

PASSWORD = "correct horse battery"


@asynccontextmanager
async def serving(
    home: Path, *, database_url: str | None = None, rate_limit: int = 0
) -> AsyncIterator[tuple[Services, httpx.AsyncClient]]:
    """A desk without a bot over a migrated database, and a client of it."""
    settings = Settings(
        home=home,
        database_url=database_url,
        bot_port=free_port(),
        bot_timeout=0.5,
        rate_limit=rate_limit,
        webhook_loopback=True,
    )
    services = Services.build(settings)
    port = free_port()
    server = await listen(public_app(services), "127.0.0.1", port)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as http:
            yield services, http
    finally:
        services.live.close()
        await close(server)
        await asyncio.sleep(0)
        await services.close()


async def token_of(
    services: Services, role: Role, *, scopes: tuple[str, ...] | None = None
) -> dict[str, str]:
    """The header of a user with this role, for all that the role may do or for these scopes."""
    email = f"{role}@desk.example"
    async with services.store.write() as session:
        with suppress(ValueError):
            await add_user(session, email=email, role=role, language="en", password=PASSWORD)
        token = await issue_token(
            session,
            email=email,
            name="test",
            scopes=scopes or [action for action in ACTIONS if action in GRANTED[role]],
            days=1,
            now=datetime.now(UTC),
        )
    return {"Authorization": f"Bearer {token}"}
