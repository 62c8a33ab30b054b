"""Asking a virus scanner: ClamAV's daemon, by its INSTREAM command (man page clamd(8))."""

import asyncio
import re
from typing import Protocol

TIMEOUT_S = 30.0
_CHUNK = 64 * 1024
_REPLY = 4096
_HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(?P<port>[0-9]{1,5})")

type _Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Infected(ValueError):
    """The scanner found something; what it calls it is the text."""


class ScannerDown(Exception):
    """No verdict: the scanner can't be reached, is too slow, or refuses to look."""


class Scanner(Protocol):
    """Looks into a content before it is kept."""

    async def check(self, content: bytes) -> None:
        """Return when nothing was found.

        Raises:
            Infected: something was.
            ScannerDown: it could not be told.
        """


class NoScanner:
    """Takes every content for harmless, on a desk that has no scanner."""

    async def check(self, content: bytes) -> None:
        """Find nothing."""


class Clamd:
    """One clamd, on a port or behind a socket of this machine."""

    def __init__(self, address: str, *, timeout: float = TIMEOUT_S) -> None:
        """Connect to nothing yet.

        Args:
            address: `host:port`, or the path of a Unix socket.
            timeout: seconds for the whole of a check.

        Raises:
            ValueError: the address is neither.
        """
        found = _HOST.fullmatch(address)
        if not address.startswith("/") and (found is None or not 0 < int(found["port"]) < 65536):
            raise ValueError(f"{address!r} is neither host:port nor the path of a socket")
        self._path = address if found is None else None
        self._host = "" if found is None else found["host"].strip("[]")
        self._port = 0 if found is None else int(found["port"])
        self._timeout = timeout

    async def check(self, content: bytes) -> None:
        """As `Scanner.check`."""
        try:
            async with asyncio.timeout(self._timeout):
                verdict = await self._ask(content)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            raise ScannerDown(type(error).__name__) from error
        if verdict.endswith(" FOUND"):
            raise Infected(verdict.removeprefix("stream: ").removesuffix(" FOUND"))
        if verdict != "stream: OK":
            raise ScannerDown(verdict)

    async def _ask(self, content: bytes) -> str:
        reader, writer = await self._connect()
        try:
            writer.write(b"zINSTREAM\0")
            for start in range(0, len(content), _CHUNK):
                chunk = content[start : start + _CHUNK]
                writer.write(len(chunk).to_bytes(4) + chunk)
                await writer.drain()
            writer.write(bytes(4))
            await writer.drain()
            reply = await reader.readuntil(b"\0")
        finally:
            writer.close()
        return reply[: min(len(reply), _REPLY) - 1].decode(errors="replace").strip()

    async def _connect(self) -> _Streams:
        if self._path is not None:
            return await asyncio.open_unix_connection(self._path)
        return await asyncio.open_connection(self._host, self._port)


def scanner_of(address: str | None) -> Scanner:
    """The scanner at an address, or none.

    Raises:
        ValueError: it is no address.
    """
    return NoScanner() if address is None else Clamd(address)
