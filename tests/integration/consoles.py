"""The console, served for real, with people signed in."""

import asyncio
import re
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from desk.accounts.service import add_user
from desk.cli.articles import SEED
from desk.knowledge.files import read_folder
from desk.knowledge.service import import_articles
from desk.macros.files import import_macros
from desk.services import Services
from desk.settings import PROJECT, Settings
from desk.web.app import public_app
from desk.web.server import close, listen
from tests.databases import lay_down
from tests.e2e.stack import free_port

PASSWORD = "correct horse battery"


@dataclass(frozen=True, kw_only=True)
class Console:
    """A desk with its articles and macros."""

    services: Services
    address: str

    @asynccontextmanager
    async def person(self, role: str, *, language: str = "en") -> AsyncIterator["Person"]:
        """Somebody of this role, signed in; their address is the role's name."""
        email = f"{role}@desk.example"
        async with self.services.store.write() as session:
            user = await add_user(
                session, email=email, role=role, language=language, password=PASSWORD
            )
            user.name = role.capitalize()
        async with httpx.AsyncClient(base_url=self.address, timeout=20) as http:
            form = {"email": email, "password": PASSWORD}
            assert (await http.post("/console/sign-in", data=form)).status_code == 302
            yield Person(http=http)


@dataclass(frozen=True, kw_only=True)
class Person:
    """A browser that somebody is signed in with."""

    http: httpx.AsyncClient

    async def get(self, path: str) -> httpx.Response:
        """A page."""
        return await self.http.get(path)

    async def post(self, path: str, *, at: str | None = None, **form: Any) -> httpx.Response:
        """A form as the page at `at`, by default the same address, would send it."""
        page = await self.http.get(at or path)
        proof = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)
        assert proof
        fields = {name.replace("__", "-"): value for name, value in form.items()}
        return await self.http.post(path, data=fields | {"csrf": proof[1]})


@asynccontextmanager
async def console(folder: Path, *, articles: Collection[str] = ()) -> AsyncIterator[Console]:
    """Serve a new desk below `folder`, with the macros and these articles of the seed."""
    settings = Settings(home=folder, bot_port=free_port(), bot_timeout=0.5, rate_limit=0)
    await asyncio.to_thread(lay_down, settings.store_url)
    services = Services.build(settings)
    async with services.store.write() as session:
        found = [one for one in read_folder(SEED) if one.slug in articles] if articles else []
        await import_articles(session, found)
        await import_macros(session, PROJECT / "data" / "macros", now=datetime.now(UTC))
    if articles:
        await services.library.load()
    port = free_port()
    server = await listen(public_app(services), "127.0.0.1", port)
    try:
        yield Console(services=services, address=f"http://127.0.0.1:{port}")
    finally:
        await close(server)
        await services.close()
