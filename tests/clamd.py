"""A virus scanner that speaks as ClamAV's daemon does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@asynccontextmanager
async def clamd(reply: bytes | None) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A daemon that speaks INSTREAM; without a reply it never answers."""
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(10) == b"zINSTREAM\0"
        content = b""
        while size := int.from_bytes(await reader.readexactly(4)):
            content += await reader.readexactly(size)
        seen.append(content)
        if reply is None:
            await reader.read()
        else:
            found = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else reply
            writer.write(found)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        yield f"{host}:{port}", seen
