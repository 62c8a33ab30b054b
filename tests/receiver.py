"""Somebody who takes announcements: a small HTTP server that can be told to misbehave."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Received:
    """One request."""

    headers: dict[str, str]
    body: bytes

    @property
    def key(self) -> str:
        return self.headers["idempotency-key"]

    @property
    def content(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.body)
        return content


@dataclass
class Receiver:
    """Keeps every request, and answers as `behave` says: a status line and headers, or not at all.

    `None` lets the request wait until the sender gives up.
    """

    url: str = ""
    behave: Callable[[Received], str | None] = lambda _: "204 No Content"
    received: list[Received] = field(default_factory=list)
    accepted: list[Received] = field(default_factory=list)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            _, *lines = head.decode().strip().split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ") for line in lines)}
            body = await reader.readexactly(int(headers["content-length"]))
            got = Received(headers=headers, body=body)
            self.received.append(got)
            answer = self.behave(got)
            if answer is None:
                await reader.read()
                return
            if answer.startswith("2"):
                self.accepted.append(got)
            writer.write(f"HTTP/1.1 {answer}\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            # A sender that was killed says no more.
            pass
        finally:
            writer.close()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver on a free port."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.handle, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/told"
    try:
        yield receiver
    finally:
        server.close()
