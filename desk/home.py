"""The state folder (`ACEDESK_HOME`): secrets made once, ports recorded for other processes."""

import json
import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from desk.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """Tokens that the processes of one desk share; none leaves the machine."""

    bot_token: str
    """Proves desk and bot to each other."""
    service_token: str
    """Proves the command line (`acedesk eval`) to the desk."""


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Loopback ports in use."""

    bot: int
    action: int


class Home:
    """Reads and writes the state folder; creates it, closed to other users, when it is missing."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def secrets(self) -> Secrets:
        """The shared tokens; the first caller makes them."""
        file = self.path / "secrets.json"
        if not file.exists():
            made = {name: secrets.token_urlsafe(32) for name in Secrets.__annotations__}
            self._write_private(file, made)
        return Secrets(**json.loads(file.read_text()))

    def ports(self, settings: Settings, *, starting: bool = False) -> Ports:
        """The ports that are set, else those recorded earlier, else free ones.

        Args:
            starting: nothing of this desk runs yet, so a recorded port in use is somebody else's.
        """
        file = self.path / "ports.json"
        recorded = json.loads(file.read_text()) if file.exists() else {}
        if starting:
            recorded = {name: port for name, port in recorded.items() if is_free(port)}
        ports = {
            "bot": settings.bot_port or recorded.get("bot") or _free_port(),
            "action": settings.action_port or recorded.get("action") or _free_port(),
        }
        if ports != recorded:
            self._write_private(file, ports)
        return Ports(**ports)

    @staticmethod
    def _write_private(file: Path, content: Mapping[str, object]) -> None:
        """Written aside and renamed, so that a reader never sees half a file."""
        aside = file.with_suffix(f".{os.getpid()}")
        aside.touch(mode=0o600)
        aside.write_text(json.dumps(content, indent=2))
        aside.replace(file)


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a process could listen on this port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
