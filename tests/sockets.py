"""Which process has which connection, as Linux tells it."""

import re
from contextlib import suppress
from pathlib import Path

LISTENS = "0A"
"""The state of a socket that takes connections."""


def sockets(pid: int) -> dict[tuple[int, int], str]:
    """States of the TCP sockets of a process, by their own port and that at the other end."""
    own = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            own |= set(re.findall(r"socket:\[(\d+)\]", str(link.readlink())))
    found = {}
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, state, *_rest = fields = line.split()
        if fields[9] in own:
            found[_port(local), _port(remote)] = state
    return found


def _port(address: str) -> int:
    return int(address.rpartition(":")[2], 16)
