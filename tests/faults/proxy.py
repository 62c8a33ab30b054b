"""A TCP connection that can break: what a network, or whoever is behind it, does to its clients."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

_CHUNK = 65536

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""Speaks to a client in the place of the server."""


class Proxy:
    """Hands connections on to a port, as long as nothing is the matter."""

    def __init__(self, to: int) -> None:
        self.port = 0
        self._to = to
        self._open: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self._refuses = False
        self._answer: Answer | None = None
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
        self.cut()

    def cut(self) -> None:
        """End every connection, and refuse new ones until mended."""
        self._refuses = True
        for writer in list(self._open):
            writer.transport.abort()

    def stall(self) -> None:
        """Take connections and hand nothing on, until mended."""
        self._flows.clear()

    def replace(self, answer: Answer) -> None:
        """Let somebody else answer new connections; those that are open end."""
        self.cut()
        self._refuses = False
        self._answer = answer

    def mend(self) -> None:
        """All is well again; what was held back arrives."""
        if self._answer is not None:
            self.cut()
        self._answer, self._refuses = None, False
        self._flows.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refuses:
            writer.transport.abort()
            return
        self._open.add(writer)
        try:
            if self._answer is not None:
                await self._answer(reader, writer)
                return
            await self._flows.wait()
            behind, beyond = await asyncio.open_connection("127.0.0.1", self._to)
            self._open.add(beyond)
            try:
                await asyncio.gather(self._pass(reader, beyond), self._pass(behind, writer))
            finally:
                self._open.discard(beyond)
                beyond.transport.abort()
        except (OSError, asyncio.IncompleteReadError):
            # One side is gone, and so is the other.
            pass
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(_CHUNK):
            await self._flows.wait()
            writer.write(data)
            await writer.drain()
        with suppress(OSError):
            writer.write_eof()


async def request_of(reader: asyncio.StreamReader) -> bytes:
    """The head of one HTTP request, once the body is there, too."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    await reader.readexactly(length)
    return head


def saying(body: bytes, *, status: str = "200 OK", pause_s: float = 0.0) -> Answer:
    """A server that answers everything so; with a pause after each byte, if wished."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await request_of(reader)
            head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode())
            for number in range(len(body) if pause_s else 0):
                writer.write(body[number : number + 1])
                await writer.drain()
                await asyncio.sleep(pause_s)
            if not pause_s:
                writer.write(body)
            await writer.drain()

    return answer
