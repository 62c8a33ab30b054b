"""A Redis server of a test's own, which may be stopped, and started again."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import redis

from tests.e2e.stack import free_port

_START_S = 10


@dataclass(kw_only=True)
class RedisServer:
    """One server, with nothing in it, that keeps nothing on the disk."""

    folder: Path
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/3"

    def start(self) -> None:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._process = subprocess.Popen(
            ["redis-server", *options, "--dir", str(self.folder)], stdout=subprocess.DEVNULL
        )
        with redis.Redis.from_url(self.url) as client:
            for _ in range(_START_S * 20):
                with suppress(redis.ConnectionError):
                    client.ping()
                    return
                time.sleep(0.05)
        raise TimeoutError("redis-server does not answer")

    def stop(self) -> None:
        assert self._process is not None
        self.go_on()
        self._process.kill()
        self._process.wait()

    def hang(self) -> None:
        """Take connections, and answer nothing."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)


@contextmanager
def serving(folder: Path) -> Iterator[RedisServer]:
    """A server until the end of the block; skips where there is none, except when CI is set."""
    if shutil.which("redis-server") is None:
        if os.environ.get("CI"):
            raise FileNotFoundError("redis-server")
        pytest.skip("redis-server is missing; `make test-deps` installs it")
    server = RedisServer(folder=folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
