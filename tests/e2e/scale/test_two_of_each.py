"""`acedesk up --desks 2 --bots 2`: it does not matter which process somebody meets."""

import asyncio
import json
import os
import random
import re
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from tests.e2e.stack import ACEDESK, Stack, new_sender, running
from tests.integration.conftest import POSTGRES
from tests.redis import RedisServer, serving
from tests.sockets import LISTENS, sockets

QUESTIONS = (
    "how do i add a new user to our ace account",
    "cómo programo un informe para que me llegue cada semana",
    "what is the 45 day rule",
)
ANALYST, PASSWORD = "ana@desk.example", "correct horse battery"
BOT_TIMEOUT_S = 4


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with serving(tmp_path_factory.mktemp("redis")) as started:
        yield started


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, server: RedisServer) -> Iterator[Stack]:
    name = f"acedesk_scale_{uuid4().hex}"
    asyncio.run(on_postgresql(f"CREATE DATABASE {name}"))
    address = POSTGRES.rpartition("/")[0].partition("://")[2]
    try:
        with running(
            tmp_path_factory.mktemp("scale"),
            "--desks=2",
            "--bots=2",
            ACEDESK_DATABASE_URL=f"postgresql+asyncpg://{address}/{name}",
            ACEDESK_REDIS_URL=server.url,
            ACEDESK_BOT_TIMEOUT=str(BOT_TIMEOUT_S),
        ) as started:
            started.wait_for(lambda: len(listeners(started)) == 2)
            started.cli(
                "user", "add", ANALYST, "--role", "analyst", "--language", "en", "--name", "Ana",
                "--password-stdin", stdin=PASSWORD,
            )  # fmt: skip
            yield started
    finally:
        asyncio.run(on_postgresql(f"DROP DATABASE {name} WITH (FORCE)"))


async def on_postgresql(statement: str) -> None:
    try:
        connection = await asyncpg.connect(POSTGRES, timeout=5)
    except (OSError, asyncpg.PostgresError) as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no PostgreSQL at ACEDESK_TEST_POSTGRES_URL ({error})")
    await connection.execute(statement)
    await connection.close()


def listeners(desk: Stack) -> list[int]:
    """The desk processes that listen on the public port."""
    port = int(desk.environment["ACEDESK_PORT"])
    return [pid for pid in desk.pids_of("serve") if sockets(pid).get((port, 0)) == LISTENS]


@asynccontextmanager
async def at_each(desk: Stack) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Two clients, each of which is connected to a desk process of its own."""
    port = int(desk.environment["ACEDESK_PORT"])
    chosen: dict[int, httpx.AsyncClient] = {}
    limits = httpx.Limits(max_connections=1)
    try:
        for _ in range(60):
            http = httpx.AsyncClient(base_url=desk.url, timeout=30, limits=limits)
            answer = await http.get("/health/live")
            own = answer.extensions["network_stream"].get_extra_info("client_addr")[1]
            pid = next(one for one in listeners(desk) if (port, own) in sockets(one))
            if pid in chosen:
                await http.aclose()
            chosen.setdefault(pid, http)
            if len(chosen) == 2:
                break
        assert len(chosen) == 2, "the system gives every connection to the same process"
        yield list(chosen.values())
    finally:
        for http in chosen.values():
            await http.aclose()


@dataclass
class Visitor:
    """A conversation, each of whose requests comes by a new connection."""

    desk: Stack
    id: str
    auth: dict[str, str]
    acknowledged: list[str] = field(default_factory=list)

    @classmethod
    async def open(cls, desk: Stack) -> "Visitor":
        async with httpx.AsyncClient(base_url=desk.url, timeout=30) as http:
            made = (await http.post("/api/v1/conversations", json={"language": "en"})).json()
        return cls(desk, made["id"], {"Authorization": f"Bearer {made['token']}"})

    @property
    def base(self) -> str:
        return f"/api/v1/conversations/{self.id}"

    async def sends(self, text: str) -> None:
        """Send a message as often as it takes."""
        client_id = uuid4().hex
        for _ in range(100):
            try:
                async with httpx.AsyncClient(base_url=self.desk.url, timeout=10) as http:
                    answer = await http.post(
                        f"{self.base}/messages",
                        headers=self.auth,
                        json={"client_id": client_id, "text": text},
                    )
            except httpx.HTTPError:
                await asyncio.sleep(0.1)
                continue
            assert answer.status_code == 202, answer.text
            self.acknowledged.append(text)
            return
        raise AssertionError("the message was not taken")

    async def transcript(self) -> list[dict[str, Any]]:
        async with (
            httpx.AsyncClient(base_url=self.desk.url, timeout=20) as http,
            http.stream("GET", f"{self.base}/stream", headers=self.auth) as stream,
        ):
            said = []
            async for line in stream.aiter_lines():
                if line == "event: state":
                    break
                if line.startswith("data: "):
                    said.append(json.loads(line.removeprefix("data: ")))
            return said

    async def answers(self) -> list[dict[str, Any]]:
        """The first bubble of each answer."""
        return [
            one["custom"]
            for one in await self.transcript()
            if one["actor"] == "bot" and one["custom"]
        ]

    async def answered(self, *, seconds: float) -> list[dict[str, Any]]:
        """Wait until each message has an answer."""
        async with asyncio.timeout(seconds):
            while len(found := await self.answers()) < len(self.acknowledged):
                await asyncio.sleep(0.3)
        return found


async def test_conversations_keep_their_order_whichever_process_takes_a_message(desk):
    expected = {}
    for text in QUESTIONS:
        expected[text] = desk.say(new_sender(), text)[0]["custom"]["article"]
    assert len(set(expected.values())) == len(QUESTIONS), expected
    chance = random.Random(7)
    visitors = await asyncio.gather(*(Visitor.open(desk) for _ in range(6)))

    async def speaks(visitor: Visitor) -> None:
        for _ in range(12):
            await visitor.sends(chance.choice(QUESTIONS))

    await asyncio.gather(*(speaks(visitor) for visitor in visitors))
    for visitor in visitors:
        found = await visitor.answered(seconds=60)
        assert [one["article"] for one in found] == [
            expected[text] for text in visitor.acknowledged
        ]


async def test_five_messages_at_once_are_answered_in_their_order_without_long_waits(desk):
    visitor = await Visitor.open(desk)
    await asyncio.gather(*(visitor.sends(QUESTIONS[0]) for _ in range(5)))
    # With the lock of Rasa, which is looked at once a second, the last took four seconds.
    assert len(await visitor.answered(seconds=3)) == 5


async def test_a_stream_at_one_desk_tells_what_is_written_at_the_other_and_who_types(desk):
    async with at_each(desk) as (here, there):
        made = (await there.post("/api/v1/conversations", json={"language": "en"})).json()
        base = f"/api/v1/conversations/{made['id']}"
        auth = {"Authorization": f"Bearer {made['token']}"}
        async with here.stream("GET", f"{base}/stream", headers=auth) as stream:
            lines = stream.aiter_lines()

            async def reads(wanted: str) -> str:
                async with asyncio.timeout(15):
                    async for line in lines:
                        if wanted in line:
                            return line
                raise AssertionError("the stream has ended")

            await reads('"state": "bot"')
            body = {"client_id": "1", "text": "someone hacked our account and changed the bank"}
            assert (await there.post(f"{base}/messages", headers=auth, json=body)).is_success
            await reads('"actor": "visitor"')
            number = re.search(r"ASD-\d{6}", await reads('"actor": "bot"'))
            assert number
            ticket = f"/console/tickets/{number[0]}"
            form = {"email": ANALYST, "password": PASSWORD}
            assert (await there.post("/console/sign-in", data=form)).status_code == 302
            csrf = re.search(r'name="csrf" value="([0-9a-f]{64})"', (await there.get(ticket)).text)
            assert csrf
            taken = await there.post(
                f"{ticket}/take_over", data={"csrf": csrf[1], "key": uuid4().hex}
            )
            assert taken.status_code < 400, taken.text
            await reads('"state": "analyst"')
            typing = await there.post(f"{ticket}/typing", data={"csrf": csrf[1]})
            assert typing.status_code == 204
            assert '"name": "Ana"' in await reads('"actor": "analyst"')


async def test_a_killed_desk_and_a_killed_bot_cost_no_message_and_double_none(desk):
    visitors = await asyncio.gather(*(Visitor.open(desk) for _ in range(8)))

    async def speaks(visitor: Visitor) -> None:
        for number in range(10):
            await visitor.sends(QUESTIONS[number % len(QUESTIONS)])
            await asyncio.sleep(0.1)

    async def strikes() -> None:
        for program in ("serve", "bot"):
            await asyncio.sleep(0.5)
            os.kill(desk.pids_of(program)[0], signal.SIGKILL)

    await asyncio.gather(strikes(), *(speaks(visitor) for visitor in visitors))
    for visitor in visitors:
        await visitor.answered(seconds=60)
    # Whoever still has one of them in hand would answer it now.
    await asyncio.sleep(BOT_TIMEOUT_S)
    for visitor in visitors:
        said = await visitor.transcript()
        assert [one["text"] for one in said if one["actor"] == "visitor"] == visitor.acknowledged
        assert len(await visitor.answers()) == len(visitor.acknowledged)
    await asyncio.to_thread(desk.wait_for, lambda: len(listeners(desk)) == 2, seconds=60)


def test_a_second_desk_on_the_same_port_is_refused(desk, tmp_path, server):
    done = subprocess.run(
        [*ACEDESK, "up", "--desks", "2"],
        env=desk.environment | {"ACEDESK_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"port {desk.environment['ACEDESK_PORT']} is taken" in done.stderr
