"""Database servers of one's own, which may be stopped, paused and killed: PostgreSQL and Redis."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import pytest

from tests.e2e.stack import free_port

_START_S = 60.0
_VERSIONS = Path("/usr/lib/postgresql")
_SIGNALS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}


class ServerDied(Exception):
    """It ended while it was to start."""


@dataclass
class Cluster:
    """A PostgreSQL server, running or not."""

    folder: Path
    programs: Path
    port: int
    environment: dict[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Its one database, as the desk's settings name it."""
        return self.url_at(self.port)

    @staticmethod
    def url_at(port: int) -> str:
        """The database, reached by another port."""
        return f"postgresql+asyncpg://postgres@127.0.0.1:{port}/postgres"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def make(self) -> None:
        """Make the files."""
        self._run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync")

    def start(self) -> None:
        """Start, and wait until it takes connections.

        Raises:
            ServerDied: it ended instead.
        """
        command = [str(self.programs / "postgres"), "-D", str(self.folder / "data")]
        where = ["-p", str(self.port), "-k", str(self.folder), "-c", "max_wal_size=128MB"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *where],
                env=os.environ | self.environment,
                stdout=log,
                stderr=log,
                user=_owner(),
                group=_group(),
            )
        ready: list[str | Path] = [
            self.programs / "pg_isready",
            "-q",
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
        ]

        def is_ready() -> bool:
            if self.died():
                raise ServerDied((self.folder / "log").read_text()[-2000:])
            return subprocess.run(ready, check=False).returncode == 0

        _wait(is_ready)

    def stop(self, how: Literal["fast", "immediate"] = "fast") -> None:
        """Stop at once: `fast` in good order, `immediate` as a crash."""
        if self._process is not None:
            self._process.send_signal(_SIGNALS[how])
            self._process.wait(_START_S)
            self._process = None

    def died(self) -> bool:
        """Whether it has ended without having been told to."""
        return self._process is not None and self._process.poll() is not None

    def connections(self) -> int:
        """How many others are connected."""
        asked = (
            "select count(*) from pg_stat_activity "
            "where backend_type = 'client backend' and pid <> pg_backend_pid()"
        )
        where = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres"]
        done = subprocess.run(
            [self.programs / "psql", *where, "-Atc", asked],
            capture_output=True,
            text=True,
            check=True,
        )
        return int(done.stdout)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self.programs / program, "-D", str(self.folder / "data"), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            user=_owner(),
            group=_group(),
        )


@contextmanager
def postgres(
    *, below: Path | None = None, environment: dict[str, str] | None = None
) -> Iterator[Cluster]:
    """A new cluster below a folder of its own; skips the test where PostgreSQL is not installed."""
    found = sorted(_VERSIONS.glob("*/bin"), key=lambda place: float(place.parent.name))
    if not found:
        pytest.skip("PostgreSQL's programs are missing")
    # The folders of tests are closed to the user that the server runs as: it refuses root.
    with TemporaryDirectory(dir=below) as name:
        folder = Path(name)
        if (owner := _owner()) is not None:
            shutil.chown(folder, owner, _group())
        cluster = Cluster(
            folder=folder, programs=found[-1], port=free_port(), environment=environment or {}
        )
        cluster.make()
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop("immediate")


@dataclass
class Redis:
    """A Redis server that keeps nothing on disk."""

    port: int
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start, and wait until it answers."""
        self._process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""],
            stdout=subprocess.DEVNULL,
        )
        _wait(self._answers)

    def stop(self) -> None:
        """Kill it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def ask(self, command: str) -> str:
        """What it answers to a command, as far as the first packet goes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(f"{command}\r\n".encode())
            return connection.recv(65536).decode()

    def memory(self) -> int:
        """Bytes that it holds."""
        lines = self.ask("INFO memory").splitlines()
        return int(next(line for line in lines if line.startswith("used_memory:")).split(":")[1])

    def _answers(self) -> bool:
        try:
            return self.ask("PING").startswith("+PONG")
        except OSError:
            return False


@contextmanager
def redis() -> Iterator[Redis]:
    """A new server; skips the test where Redis is not installed."""
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is missing")
    server = Redis(port=free_port())
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _owner() -> str | None:
    return "postgres" if os.getuid() == 0 else None


def _group() -> str | None:
    return "postgres" if os.getuid() == 0 else None


def _wait(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + _START_S
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError("the server does not start")
        time.sleep(0.05)
