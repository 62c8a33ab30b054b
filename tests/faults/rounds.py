"""Rounds: people come, something happens, it is mended, and everything is looked at."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random

import httpx

from desk.mail import room
from tests.faults import checks
from tests.faults.kinds import FAULTS
from tests.faults.world import World
from tests.mailbag import Posted, mailbag
from tests.traffic import QUESTIONS, Pace, Traffic

PACE = Pace(turns=4.0, streams=10, channels=("chat",), remember=True)
_BEFORE_S = (0.5, 2.5)
_MAILS = 4
_PROBE_EVERY_S = 0.2
_RECOVERY_S = 90.0
_PATIENCE_S = 45.0
"""Within which everybody must have got an answer once all is well."""
_IN_HAND_S = room.LEASE.total_seconds() + 30.0
"""Within which nothing may be left: what a worker could not put off comes back with its lease."""


@dataclass(frozen=True, kw_only=True)
class Round:
    """What came of one round."""

    number: int
    fault: str
    store: str
    seconds: float
    """How long the fault lasted."""
    recovery: float | None
    """From the mending to the first answer of the assistant to somebody new; None without one."""
    requests: int
    failures: Counter[str]
    """Requests that came to nothing and were made again, by what failed."""
    kinds: Counter[str]
    """What messages were answered with."""
    longest: float
    """Seconds that a visitor waited at most, from the first attempt to an answer."""
    findings: list[str]


def plan(seed: int, count: int, able: Sequence[str]) -> list[str]:
    """The faults of so many rounds: each kind as often as the others, in a random order."""
    chance = Random(seed)
    drawn: list[str] = []
    while len(drawn) < count:
        drawn += chance.sample(able, k=len(able))
    return drawn[:count]


async def rounds(
    world: World, names: list[str], *, seed: int, first: int = 1
) -> AsyncIterator[Round]:
    """Make one fault after the other; the same seed and number make the same round."""
    for number, name in enumerate(names, start=first):
        yield await one_round(world, name, number, Random(f"{seed}/{number}"))


async def one_round(world: World, name: str, number: int, chance: Random) -> Round:
    """People come, the fault is there for a while, and everything is looked at afterwards."""
    fault = FAULTS[name]
    traffic = Traffic(world.url, world.token, PACE, Random(chance.random()))
    mails = mailbag(_MAILS, seed=chance.getrandbits(32))
    before, lasts = chance.uniform(*_BEFORE_S), chance.uniform(*fault.seconds)
    traffic.begin()
    posting = asyncio.create_task(_post(world, mails, (before + lasts) / _MAILS))
    await asyncio.sleep(before)
    async with fault.make(world, chance):
        await asyncio.sleep(lasts)
    mended = time.monotonic()
    recovery = await _recovered(world, mended, chance)
    await posting
    await traffic.end(seconds=_PATIENCE_S)
    traffic.check()
    store = world.store()
    try:
        await _settle(world, mails)
        found = await checks.findings(store, traffic.ledger, mails, world.relay)
    finally:
        await store.close()
    if recovery is None:
        found.append("the assistant did not come back")
    said = traffic.ledger.said
    waits = [one.answered - one.began for one in said if one.answered is not None]
    return Round(
        number=number,
        fault=name,
        store=world.kind,
        seconds=lasts,
        recovery=recovery,
        requests=traffic.ledger.requests,
        failures=traffic.ledger.failures,
        kinds=Counter(one.kind or "none" for one in said),
        longest=max(waits, default=0.0),
        findings=found,
    )


async def _post(world: World, mails: list[Posted], every_s: float) -> None:
    for mail in mails:
        await asyncio.to_thread(world.imap.deliver, mail.raw.replace(b"\r\n", b"\n"))
        await asyncio.sleep(every_s)


async def _recovered(world: World, since: float, chance: Random) -> float | None:
    """Seconds until somebody new gets an article; None when nobody does."""
    async with httpx.AsyncClient(base_url=world.url, timeout=5.0) as http:
        while time.monotonic() < since + _RECOVERY_S:
            body = {"sender": f"{chance.getrandbits(96):x}", "message": QUESTIONS[0]}
            with suppress(httpx.HTTPError):
                answer = await http.post("/webhooks/rest/webhook", json=body)
                if answer.status_code == 200 and answer.json()[0]["custom"]["kind"] == "answer":
                    return time.monotonic() - since
            await asyncio.sleep(_PROBE_EVERY_S)
    return None


async def _settle(world: World, mails: list[Posted]) -> None:
    """Wait until the desk has nothing in hand; waits between attempts are cut short."""
    store = world.store()
    until = time.monotonic() + _IN_HAND_S
    try:
        while await checks.pending(store, mails) and time.monotonic() < until:
            await asyncio.sleep(1.0)
            await checks.let_time_pass(store, world.started["worker"])
    finally:
        await store.close()
