"""What may happen: each fault is a context, in which it lasts and after which it is mended."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Literal

from tests.faults.proxy import Answer, Proxy, saying
from tests.faults.world import World

Making = Callable[[World, Random], AbstractAsyncContextManager[None]]
_HUGE = 20 * 1024 * 1024
_SLOW_MS = (100, 400)
_STEP_S = (20.0, 40.0)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One kind of fault."""

    make: Making
    seconds: tuple[float, float] = (1.0, 5.0)
    """How long it lasts."""
    possible: Callable[[World], bool] = lambda _: True
    needs: str = ""
    """What it can't be made without."""


def _killed(program: str) -> Fault:
    @asynccontextmanager
    async def make(world: World, _: Random) -> AsyncIterator[None]:
        world.held.add(program)
        world.send(program, signal.SIGKILL)
        yield
        world.held.discard(program)

    return Fault(make=make, seconds=(0.1, 2.0))


def _paused(program: str) -> Fault:
    @asynccontextmanager
    async def make(world: World, _: Random) -> AsyncIterator[None]:
        world.send(program, signal.SIGSTOP)
        yield
        world.send(program, signal.SIGCONT)

    return Fault(make=make, seconds=(2.0, 8.0))


def _restarted_postgres(how: Literal["fast", "immediate"]) -> Fault:
    @asynccontextmanager
    async def make(world: World, _: Random) -> AsyncIterator[None]:
        assert world.cluster is not None
        world.held.add("postgres")
        await asyncio.to_thread(world.cluster.stop, how)
        yield
        await asyncio.to_thread(world.cluster.start)
        world.held.discard("postgres")

    return Fault(make=make, seconds=(0.1, 4.0), possible=_has_postgres, needs="PostgreSQL")


@asynccontextmanager
async def _redis_flushed(world: World, _: Random) -> AsyncIterator[None]:
    await asyncio.to_thread(world.memory.ask, "FLUSHALL")
    yield


@asynccontextmanager
async def _redis_restarted(world: World, _: Random) -> AsyncIterator[None]:
    await asyncio.to_thread(world.memory.stop)
    yield
    await asyncio.to_thread(world.memory.start)


@asynccontextmanager
async def _disk_full(world: World, _: Random) -> AsyncIterator[None]:
    await asyncio.to_thread(world.fill)
    yield
    world.free()


@asynccontextmanager
async def _disk_slow(world: World, chance: Random) -> AsyncIterator[None]:
    world.set_machine(flush_ms=chance.randint(*_SLOW_MS))
    yield
    world.set_machine()


def _clock(direction: int) -> Fault:
    @asynccontextmanager
    async def make(world: World, chance: Random) -> AsyncIterator[None]:
        world.set_machine(clock_ms=round(direction * chance.uniform(*_STEP_S) * 1000))
        yield
        world.set_machine()

    return Fault(make=make, possible=_machine_obeys, needs="a C compiler")


@asynccontextmanager
async def _greylisted(world: World, _: Random) -> AsyncIterator[None]:
    world.relay.behave = lambda _: "451 4.7.1 Try again later"
    yield
    world.relay.behave = lambda _: "250 OK"


def _way(of: Callable[[World], Proxy | None], how: Literal["cut", "stall"]) -> Fault:
    @asynccontextmanager
    async def make(world: World, _: Random) -> AsyncIterator[None]:
        way = of(world)
        assert way is not None
        way.cut() if how == "cut" else way.stall()
        yield
        way.mend()

    return Fault(make=make, possible=lambda world: of(world) is not None, needs="PostgreSQL")


def _says(answer: Answer) -> Fault:
    @asynccontextmanager
    async def make(world: World, _: Random) -> AsyncIterator[None]:
        world.bot_way.replace(answer)
        yield
        world.bot_way.mend()

    return Fault(make=make)


def _has_postgres(world: World) -> bool:
    return world.cluster is not None


def _machine_obeys(world: World) -> bool:
    return world.machine_obeys


def _json(content: object) -> bytes:
    return json.dumps(content).encode()


FAULTS: Mapping[str, Fault] = {
    "the bot is killed": _killed("bot"),
    "the desk is killed": _killed("serve"),
    "the worker is killed": _killed("worker"),
    "the bot hangs": _paused("bot"),
    "the desk hangs": _paused("serve"),
    "the worker hangs": _paused("worker"),
    "PostgreSQL is restarted": _restarted_postgres("fast"),
    "PostgreSQL crashes": _restarted_postgres("immediate"),
    "Redis is flushed": Fault(make=_redis_flushed, seconds=(0.0, 0.1)),
    "Redis is killed": Fault(make=_redis_restarted),
    "the disk is full": Fault(
        make=_disk_full,
        possible=lambda world: world.disk_can_fill,
        needs="a disk that may be mounted",
    ),
    "the disk is slow": Fault(make=_disk_slow, possible=_machine_obeys, needs="a C compiler"),
    "the clock jumps ahead": _clock(1),
    "the clock jumps back": _clock(-1),
    "the relay is away": _way(lambda world: world.relay_way, "cut"),
    "the relay hangs": _way(lambda world: world.relay_way, "stall"),
    "the relay puts off": Fault(make=_greylisted),
    "the bot can't be reached": _way(lambda world: world.bot_way, "cut"),
    "the bot never answers": _way(lambda world: world.bot_way, "stall"),
    "the bot can't reach the desk": _way(lambda world: world.action_way, "cut"),
    "the database can't be reached": _way(lambda world: world.database_way, "cut"),
    "the database never answers": _way(lambda world: world.database_way, "stall"),
    "the bot says what is no JSON": _says(saying(b"<html>oops")),
    "the bot says another JSON": _says(saying(_json({"text": ["no", "list"]}))),
    "the bot says a list of others": _says(saying(_json([1, None, {"text": 7, "buttons": "x"}]))),
    "the bot says a wrong kind": _says(
        saying(_json([{"text": "hello", "custom": {"kind": ["answer"], "language": 3}}]))
    ),
    "the bot says nothing": _says(saying(b"[]")),
    "the bot fails": _says(saying(b"Internal Server Error", status="500 Internal Server Error")),
    "the bot trickles": _says(saying(_json([{"text": "slowly " * 20}]), pause_s=0.3)),
    "the bot says too much": _says(saying(b'[{"text": "' + b"x" * _HUGE + b'"}]')),
}
"""All kinds, by what is said of them."""
