"""A whole desk whose parts can be killed, paused, cut off and deceived, each for itself.

Its processes are those that `acedesk up` runs. Here they are started one by one, so that each has
an environment and connections of its own: the desk reaches database, bot and relay through proxies,
and runs on a machine whose disk can be made slow and whose clock can be set (`machine.c`).
"""

import asyncio
import os
import shutil
import signal
import struct
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import httpx

from desk.accounts.service import add_user
from desk.accounts.tokens import issue_token
from desk.cli.articles import SEED, import_folder
from desk.home import Home
from desk.settings import PROJECT, Settings
from desk.store import Store
from desk.store.migrate import migrate
from tests.desks import ANALYST, PASSWORD
from tests.dovecot import Dovecot
from tests.dovecot import serving as serving_mail
from tests.e2e.stack import ACEDESK, free_port
from tests.faults.proxy import Proxy
from tests.relay import Relay, relaying
from tests.servers import Cluster, Redis, ServerDied, postgres, redis

StoreKind = Literal["sqlite", "postgres"]
PROGRAMS = ("bot", "serve", "worker")
BOT_TIMEOUT_S = 5.0
_DISK_MB = 1500
"""More than a third of it is the room that the spool must find before it takes a mail."""
_START_S = 300.0
_TEND_S = 0.5
"""After which a supervisor starts a process again."""


@dataclass
class World:
    """A desk and all around it."""

    kind: StoreKind
    folder: Path
    """Logs, and what tells the machine how to behave; outside of the desk's disk."""
    disk: Path
    """What the database and the home lie on."""
    disk_can_fill: bool
    machine_obeys: bool
    """Its disk can be slow, and its clock be set."""
    cluster: Cluster | None
    memory: Redis
    imap: Dovecot
    relay: Relay
    bot_way: Proxy
    action_way: Proxy
    database_way: Proxy | None
    relay_way: Proxy
    environment: dict[str, str] = field(default_factory=dict)
    token: str = ""
    started: dict[str, datetime] = field(default_factory=dict)
    """When each program was last started."""
    held: set[str] = field(default_factory=set)
    """What must stay dead for the moment."""
    _processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environment['ACEDESK_PORT']}"

    @property
    def home(self) -> Path:
        return self.disk / "home"

    def store(self) -> Store:
        """The desk's store, reached without the proxy."""
        if self.cluster is not None:
            return Store(self.cluster.url)
        return Store(f"sqlite+aiosqlite:///{self.home / 'acedesk.db'}")

    def pid(self, program: str) -> int:
        return self._processes[program].pid

    def send(self, program: str, number: signal.Signals) -> None:
        """Send a signal to a program, if it runs."""
        with suppress(ProcessLookupError):
            os.kill(self.pid(program), number)

    def set_machine(self, *, flush_ms: int = 0, clock_ms: int = 0) -> None:
        """How much longer each flush takes, and how far the clock is ahead."""
        _tell_machine(self.folder, flush_ms, clock_ms)

    def fill(self) -> None:
        """Leave no room on the disk."""
        with (self.disk / "ballast").open("wb") as file, suppress(OSError):
            while True:
                file.write(bytes(1 << 20))
                file.flush()

    def free(self) -> None:
        """Give the room back."""
        (self.disk / "ballast").unlink(missing_ok=True)

    def logs(self) -> str:
        """The ends of all logs."""
        ends = []
        for file in sorted(self.folder.glob("*.log")):
            ends.append(f"--- {file.name}\n{file.read_text(errors='replace')[-4000:]}")
        return "\n".join(ends)

    def launch(self, program: str) -> None:
        """Start a program."""
        with (self.folder / f"{program}.log").open("ab") as log:
            self._processes[program] = subprocess.Popen(
                [*ACEDESK, program],
                env=self._environment_of(program),
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.started[program] = datetime.now(UTC)

    async def tend(self) -> None:
        """Start what has died, as a supervisor does, until cancelled."""
        while True:
            await asyncio.sleep(_TEND_S)
            for program, process in self._processes.items():
                if process.poll() is not None and program not in self.held:
                    self.launch(program)
            if self.cluster is not None and "postgres" not in self.held and self.cluster.died():
                # It can't as long as its disk is full.
                with suppress(ServerDied):
                    await asyncio.to_thread(self.cluster.start)

    async def healthy(self, seconds: float = _START_S) -> None:
        """Wait until every part is well."""
        until = time.monotonic() + seconds
        async with httpx.AsyncClient(base_url=self.url, timeout=5) as http:
            while time.monotonic() < until:
                with suppress(httpx.HTTPError):
                    if (await http.get("/health")).status_code == 200:
                        return
                await asyncio.sleep(0.2)
        raise TimeoutError(f"the desk is not well\n{self.logs()}")

    def stop(self) -> None:
        """End every program."""
        for process in self._processes.values():
            process.kill()
            process.wait()

    def _environment_of(self, program: str) -> dict[str, str]:
        environment = dict(self.environment)
        if program == "bot":
            # Its actions reach the desk through a proxy, too.
            environment["ACEDESK_ACTION_PORT"] = str(self.action_way.port)
        if program in ("serve", "worker") and self.machine_obeys:
            environment |= _machine(self.folder)
        return environment


@asynccontextmanager
async def world(kind: StoreKind) -> AsyncIterator[World]:
    """A desk that runs and is well; everything is taken away at the end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        disk_can_fill = stack.enter_context(_disk(folder / "disk"))
        machine_obeys = _built(folder)
        cluster = None
        if kind == "postgres":
            environment = _machine(folder) if machine_obeys else {}
            cluster = stack.enter_context(postgres(below=folder / "disk", environment=environment))
        memory, imap = stack.enter_context(redis()), stack.enter_context(serving_mail())
        relay = stack.enter_context(relaying())
        bot_port, action_port = free_port(), free_port()
        made = World(
            kind=kind,
            folder=folder,
            disk=folder / "disk",
            disk_can_fill=disk_can_fill,
            machine_obeys=machine_obeys,
            cluster=cluster,
            memory=memory,
            imap=imap,
            relay=relay,
            bot_way=Proxy(bot_port),
            action_way=Proxy(action_port),
            database_way=Proxy(cluster.port) if cluster is not None else None,
            relay_way=Proxy(relay.port),
        )
        ways = [made.bot_way, made.action_way, made.relay_way, made.database_way]
        for way in ways:
            if way is not None:
                await way.start()
                stack.callback(way.close)
        made.environment = {
            **os.environ,
            "ACEDESK_HOME": str(made.home),
            "ACEDESK_PORT": str(free_port()),
            "ACEDESK_RATE_LIMIT": "0",
            "ACEDESK_BOT_PORT": str(bot_port),
            "ACEDESK_ACTION_PORT": str(action_port),
            "ACEDESK_BOT_URL": f"http://127.0.0.1:{made.bot_way.port}",
            "ACEDESK_BOT_TIMEOUT": str(BOT_TIMEOUT_S),
            "ACEDESK_REDIS_URL": memory.url,
            "ACEDESK_MAILBOXES": imap.url,
            "ACEDESK_MAIL_ADDRESS": "desk@desk.example",
            "ACEDESK_MAIL_BUDGET": "100",
            "ACEDESK_SMTP_URL": f"smtp://127.0.0.1:{made.relay_way.port}",
            # The answers of a desk whose clock was set must not wait for a form left alone.
            "ACEDESK_HANDOFF_IDLE": "3600",
        }
        if cluster is not None and made.database_way is not None:
            made.environment["ACEDESK_DATABASE_URL"] = Cluster.url_at(made.database_way.port)
        await _prepare(made)
        stack.callback(made.stop)
        for program in PROGRAMS:
            made.launch(program)
        tending = asyncio.create_task(made.tend())
        try:
            await made.healthy()
            yield made
        finally:
            tending.cancel()
            with suppress(asyncio.CancelledError):
                await tending


async def _prepare(made: World) -> None:
    """Make the store, take in the articles, and give an analyst a token."""
    settings = Settings(home=made.home, database_url=made.cluster.url if made.cluster else None)
    Home(made.home).secrets()
    await asyncio.to_thread(migrate, settings.store_url)
    await import_folder(settings, SEED)
    store = made.store()
    async with store.write() as session:
        await add_user(session, email=ANALYST, role="analyst", language="en", password=PASSWORD)
        made.token = await issue_token(
            session,
            email=ANALYST,
            name="faults",
            scopes=("tickets.read", "tickets.work", "conversations.reply"),
            days=1,
            now=datetime.now(UTC),
        )
    await store.close()


@contextmanager
def _disk(place: Path) -> Iterator[bool]:
    """A small disk of its own, where one may be mounted; else a folder, which can't be filled."""
    # The database server runs as a user of its own, who must get there.
    place.parent.chmod(0o755)
    place.mkdir()
    mounted = (
        os.geteuid() == 0
        and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={_DISK_MB}m", "tmpfs", str(place)],
            check=False,
            capture_output=True,
        ).returncode
        == 0
    )
    place.chmod(0o755)
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(place)], check=True)


def _built(folder: Path) -> bool:
    """Build the library that is the machine; False where there is no compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return False
    source = Path(__file__).with_name("machine.c")
    command = [compiler, "-shared", "-fPIC", "-O2", "-o", str(folder / "machine.so"), str(source)]
    subprocess.run([*command, "-ldl"], check=True)
    _tell_machine(folder, 0, 0)
    return True


def _machine(folder: Path) -> dict[str, str]:
    return {"LD_PRELOAD": str(folder / "machine.so"), "FAULTY_MACHINE": str(folder / "machine")}


def _tell_machine(folder: Path, flush_ms: int, clock_ms: int) -> None:
    # In place, since the programs have the file mapped.
    with (folder / "machine").open("r+b" if (folder / "machine").exists() else "w+b") as file:
        file.write(struct.pack("qq", flush_ms, clock_ms))
