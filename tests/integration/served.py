"""A desk that is served for real, with no bot behind it, and a visitor who speaks to it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from desk.attachments.scanner import Scanner
from desk.conversations.models import Conversation
from desk.services import Services
from desk.settings import Settings
from desk.store.tables import Base
from desk.web.app import public_app
from desk.web.server import close, listen
from tests.e2e.stack import free_port


@dataclass(kw_only=True)
class Visitor:
    """One conversation and its token."""

    services: Services
    http: httpx.AsyncClient
    id: str
    auth: dict[str, str] = field(repr=False)

    @property
    def base(self) -> str:
        return f"/api/v1/conversations/{self.id}"

    async def post(self, path: str, **body: Any) -> httpx.Response:
        return await self.http.post(f"{self.base}/{path}", headers=self.auth, json=body)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.http.get(f"{self.base}/{path}", headers=self.auth | headers)

    async def send_file(
        self, content: bytes, *, name: str = "report.pdf", client_id: str = "f1", **headers: str
    ) -> httpx.Response:
        return await self.http.post(
            f"{self.base}/files",
            headers=self.auth | headers,
            data={"client_id": client_id},
            files={"file": (name, content)},
        )

    async def messages(self) -> list[dict[str, Any]]:
        """Everything that the stream tells before its first state."""
        found = []
        async with (
            asyncio.timeout(10),
            self.http.stream("GET", f"{self.base}/stream", headers=self.auth) as stream,
        ):
            async for line in stream.aiter_lines():
                if line == "event: state":
                    break
                if line.startswith("data: "):
                    found.append(json.loads(line.removeprefix("data: ")))
        return found

    async def state(self) -> str:
        async with self.services.store.read() as session:
            return (await session.get_one(Conversation, self.id)).state


@dataclass(kw_only=True)
class Desk:
    """A running desk."""

    services: Services
    http: httpx.AsyncClient
    home: Path
    scanner: Scanner

    async def visitor(self, *, language: str = "en") -> Visitor:
        made = (await self.http.post("/api/v1/conversations", json={"language": language})).json()
        auth = {"Authorization": f"Bearer {made['token']}"}
        return Visitor(services=self.services, http=self.http, id=made["id"], auth=auth)

    @property
    def spool(self) -> list[Path]:
        folder = self.home / "spool"
        return list(folder.iterdir()) if folder.exists() else []


@asynccontextmanager
async def serving(home: Path, **settings: Any) -> AsyncIterator[Desk]:
    """Serve a desk with an empty store of its own; without limits unless they are set."""
    given: dict[str, Any] = {"bot_port": free_port(), "bot_timeout": 0.5, "rate_limit": 0}
    services = Services.build(Settings(home=home, **(given | settings)))
    async with services.store.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    port = free_port()
    app = public_app(services)
    server = await listen(app, "127.0.0.1", port)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as http:
            yield Desk(services=services, http=http, home=home, scanner=app.ctx.scanner)
    finally:
        services.live.close()
        await close(server)
        await services.close()
