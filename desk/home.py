"""The state folder (`ACEDESK_HOME`): secrets made once, ports recorded for other processes."""

import json
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from desk.files import written_aside
from desk.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """Tokens that the processes of one desk share; none leaves the machine."""

    bot_token: str
    """Proves desk and bot to each other."""
    service_token: str
    """Proves the command line (`acedesk eval`) to the desk."""
    spool_key: str
    """Encrypts what lies in the spool; without it nothing there can be read."""
    accounts_key: str
    """Encrypts second factors and keys the hashes of short codes; without it nobody's are right."""
    mail_key: str
    """Signs the marks by which the desk knows answers to its mails."""
    webhook_key: str
    """What the secrets of webhooks follow from; with another one receivers refuse the desk."""


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
        """The shared tokens; the first caller makes those that are missing."""
        file = self.path / "secrets.json"
        known = json.loads(file.read_text()) if file.exists() else {}
        made = {
            name: secrets.token_urlsafe(32) for name in Secrets.__annotations__ if name not in known
        }
        if made:
            self._write_private(file, known | made)
            known = json.loads(file.read_text())
        return Secrets(**{name: known[name] for name in Secrets.__annotations__})

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

    def bot_url(self, settings: Settings) -> str:
        """Where the bot is: as it is set, else at its port on this machine."""
        return settings.bot_url or f"http://127.0.0.1:{self.ports(settings).bot}"

    @staticmethod
    def _write_private(file: Path, content: Mapping[str, object]) -> None:
        with written_aside(file) as stream:
            stream.write(json.dumps(content, indent=2).encode())


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
