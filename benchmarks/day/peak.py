"""The busiest hour of the day on the real desk with the real bot, and many times that."""

import asyncio
import random
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx

from benchmarks.day.assumptions import CHATS_A_SECOND, HANDED_OFF, QUESTIONS, SPANISH
from benchmarks.processes import processor_s, resident_mb
from desk.evaluation.labels import read_labels
from desk.evaluation.tuning import TUNE
from tests.e2e.stack import Stack, running

TIMES = (1, 10, 25, 50, 75, 100, 150)
THINKING_S = 4.0
"""Of a visitor between two messages, on average."""
PROGRAMS = ("serve", "bot", "worker")
TICKET = {
    "en": ("i want to talk to a person", "my report is empty since monday"),
    "es": ("quiero hablar con una persona", "mi informe sale vacío desde el lunes"),
}
SKIPS = 5
WARM_S = 45.0
"""A chat lasts as long: from then on as many end as begin, and the load is whole."""
LATE_S = 1.0
"""With a p95 above this the machine is full, and nothing is measured beyond."""


@dataclass
class Load:
    """What one load was like."""

    times: int
    seconds: float
    """How long it was looked at, when it was whole."""
    chats: int = 0
    took: list[float] = field(default_factory=list)
    """Milliseconds of each turn that ended in that time."""
    done: bool = False
    """Whether that time is over."""
    failed: int = 0
    tickets: int = 0
    cores: dict[str, float] = field(default_factory=dict)
    """How many cores each program kept busy."""
    memory: dict[str, float] = field(default_factory=dict)

    def percentile(self, percent: int) -> float:
        return statistics.quantiles(self.took, n=100)[percent - 1]

    @property
    def full(self) -> bool:
        return self.percentile(95) > LATE_S * 1000


def peak(home: Path, *, first_s: float, each_s: float) -> list[Load]:
    """Loads from one busiest hour upwards, until the machine is full."""
    loads: list[Load] = []
    with running(home) as stack:
        # The first turn of a process loads what all later ones have.
        stack.say(uuid4().hex, "hello")
        for times in TIMES:
            seconds = first_s if times == 1 else each_s
            print(f"the busiest hour, {times} times, for {seconds:g} s", flush=True)
            loads.append(asyncio.run(_load(stack, times, seconds)))
            if times > 1 and loads[-1].full:
                break
    return loads


async def _load(stack: Stack, times: int, seconds: float) -> Load:
    chance = random.Random(times)
    texts = _texts()
    load = Load(times=times, seconds=seconds)
    chats = set()
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=200)
    async with httpx.AsyncClient(base_url=stack.url, timeout=60, limits=limits) as http:
        looking = asyncio.create_task(_look(stack, load))
        began = time.perf_counter()
        at = 0.0
        # Chats begin whether those before have been served or not.
        while (at := at + chance.expovariate(CHATS_A_SECOND * times)) < WARM_S + seconds:
            await asyncio.sleep(began + at - time.perf_counter())
            language = "es" if chance.random() < SPANISH else "en"
            asked = chance.sample(texts[language], QUESTIONS)
            handed_off = chance.random() < HANDED_OFF
            pauses = [chance.expovariate(1 / THINKING_S) for _ in range(QUESTIONS + SKIPS + 3)]
            chat = _chat(http, load, language, asked, pauses, handed_off=handed_off)
            chats.add(asyncio.create_task(chat))
        await looking
        await asyncio.gather(*chats)
    load.chats = len(chats)
    return load


async def _look(stack: Stack, load: Load) -> None:
    """Count from the moment at which the load is whole."""
    await asyncio.sleep(WARM_S)
    load.took.clear()
    before = {name: processor_s(stack.pid_of(name)) for name in PROGRAMS}
    began = time.perf_counter()
    await asyncio.sleep(load.seconds)
    load.seconds = time.perf_counter() - began
    for name in PROGRAMS:
        pid = stack.pid_of(name)
        load.cores[name] = (processor_s(pid) - before[name]) / load.seconds
        load.memory[name] = resident_mb(pid)
    load.done = True


async def _chat(
    http: httpx.AsyncClient,
    load: Load,
    language: str,
    asked: list[str],
    pauses: list[float],
    *,
    handed_off: bool,
) -> None:
    sender = uuid4().hex
    said = asked
    if handed_off:
        said = [*asked[:-1], *TICKET[language], *("/skip",) * SKIPS, "/affirm"]
    for text, pause in zip(said, pauses, strict=False):
        began = time.perf_counter()
        try:
            body = {"sender": sender, "message": text}
            answer = await http.post("/webhooks/rest/webhook", json=body)
            kind = answer.raise_for_status().json()[0]["custom"]["kind"]
        except (httpx.HTTPError, LookupError):
            load.failed += 1
            return
        if not load.done:
            load.took.append((time.perf_counter() - began) * 1000)
        load.failed += kind == "degraded"
        if kind == "ticket":
            load.tickets += 1
            return
        await asyncio.sleep(pause)


def _texts() -> dict[str, list[str]]:
    """Messages that articles answer, by language."""
    labels = [one for one in read_labels(TUNE) if one.is_article and one.channel == "chat"]
    return {code: [one.text for one in labels if one.language == code] for code in ("en", "es")}
