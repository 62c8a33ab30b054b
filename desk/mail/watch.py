"""Of several workers one reads a mailbox: the one that holds a lock on a file of the home.

The system opens the lock when its process ends, however it ends, and the next worker goes on. Where
it is not kept, as on some network drives, mails are fetched by several; each is still taken once.
"""

import asyncio
import fcntl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

_LOOK_S = 1.0


@asynccontextmanager
async def alone(file: Path, stop: asyncio.Event) -> AsyncIterator[bool]:
    """Wait until nobody else holds the file; False when told to stop before that."""
    file.parent.mkdir(mode=0o700, exist_ok=True)
    with file.open("w") as lock:
        while not (held := _taken(lock.fileno())) and not stop.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S):
                    await stop.wait()
        yield held


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
