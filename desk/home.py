"""The state folder (`ACEDESK_HOME`): secrets made once, ports recorded for other processes."""

import fcntl
import json
import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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

    bots: tuple[int, ...]
    """One for each bot."""
    action: int


class Home:
    """Reads and writes the state folder; creates it, closed to other users, when it is missing."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def secrets(self) -> Secrets:
        """The shared tokens; the first caller makes those that are missing."""
        file = self.path / "secrets.json"
        known = _read(file)
        if Secrets.__annotations__.keys() - known.keys():
            with self._alone():
                # Another process may have made them meanwhile.
                known = _read(file)
                made = {name: secrets.token_urlsafe(32) for name in Secrets.__annotations__}
                known = made | known
                self._write_private(file, known)
        return Secrets(**{name: known[name] for name in Secrets.__annotations__})

    def ports(
        self, settings: Settings, *, starting: bool = False, bots: int | None = None
    ) -> Ports:
        """The ports that are set, else those recorded earlier, else free ones.

        With a port of the bot that is set, further bots have the ports behind it.

        Args:
            settings: those of this desk.
            starting: nothing of this desk runs yet, so a recorded port in use is somebody else's.
            bots: how many bots there are from now on; as many as are recorded by default.
        """
        file = self.path / "ports.json"
        with self._alone():
            recorded = _read(file)
            count = bots or len(recorded.get("bots", ())) or 1
            known = [one for one in recorded.get("bots", ()) if not starting or is_free(one)]
            action = recorded.get("action")
            if action and starting and not is_free(action):
                action = None
            drawn, *others = _free_ports(1 + count)
            if settings.bot_port:
                known = [settings.bot_port + number for number in range(count)]
            ports = Ports(
                bots=tuple((known + others)[:count]),
                action=settings.action_port or action or drawn,
            )
            found = {"bots": list(ports.bots), "action": ports.action}
            if found != recorded:
                self._write_private(file, found)
        return ports

    def bot_urls(self, settings: Settings) -> list[str]:
        """Where the bots are: as it is set, else at their ports on this machine."""
        if settings.bot_url:
            return [url.strip() for url in settings.bot_url.split(",") if url.strip()]
        return [f"http://127.0.0.1:{port}" for port in self.ports(settings).bots]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep the other processes of this home from making the same things meanwhile."""
        with (self.path / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

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


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def _read(file: Path) -> dict[str, Any]:
    known: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return known
