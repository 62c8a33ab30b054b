"""What the assistants are asked, and what is measured of it."""

import asyncio
import json
import statistics
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import uuid4

import httpx
from rich.progress import Progress

from benchmarks.peers import sides
from benchmarks.peers.sides import Side
from benchmarks.turns import TURNS_A_CONVERSATION, questions
from desk.settings import PROJECT

CLIENTS = (1, 4, 16)
LENGTHS = (10, 50, 120, 200)
AROUND = 5
"""A turn of a long conversation is told by the median of as many before and after it."""
TICKETS = {
    "acedesk": (
        "please remove Carla Munoz from our account, she left the company",
        *("/skip",) * 5,
        "yes",
    ),
    "help desk bot": (
        "open an incident",
        "carla@example.com",
        '/inform{"priority": "medium"}',
        "Carla left the company and must be removed from our account",
        "Remove a user",
        "/affirm",
    ),
}
"""What is said until a ticket is open, as short as each assistant allows."""


type Reply = list[dict[str, Any]]


_ASKED: defaultdict[str, Iterator[str]] = defaultdict(questions)
"""What is still to be asked of each side: all are asked the same."""


@dataclass
class Measured:
    """Milliseconds, and what else was counted."""

    training: dict[str, float] = field(default_factory=dict)
    start: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    memory: dict[str, dict[str, float]] = field(default_factory=dict)
    turns: dict[tuple[str, int], list[list[float]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    """By side and clients, a list for each round."""
    rates: dict[tuple[str, int], list[float]] = field(default_factory=lambda: defaultdict(list))
    lengths: dict[str, list[list[float]]] = field(default_factory=lambda: defaultdict(list))
    """By side, the turns of a long conversation for each round."""
    tickets: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """By side, each dialogue until the ticket is open."""
    parse: list[float] = field(default_factory=list)
    answered: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    """By side, whether a reply was an article with its sources."""
    silent: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """By side, how many turns of those got an empty reply."""

    def at_turn(self, name: str, number: int) -> float:
        """Milliseconds around a turn of a long conversation: the median of the rounds' medians."""
        return statistics.median(
            statistics.median(turns[number - 1 - AROUND : number + AROUND])
            for turns in self.lengths[name]
        )

    def p50(self, name: str, clients: int) -> float:
        return statistics.median(map(statistics.median, self.turns[name, clients]))


async def rounds(measured: Measured, them: Sequence[Side], count: int, turns: int) -> None:
    for side in them:
        await ask(side, clients=4, turns=24)  # warms up and is not reported
    with Progress() as progress:
        bar = progress.add_task("", total=count * (len(them) * (len(CLIENTS) + 1) + 3))
        for number in range(count):
            # Nobody is always the first, or always asked after the same neighbour.
            order = [*them[number % len(them) :], *them[: number % len(them)]]
            for clients in CLIENTS:
                for side in order:
                    progress.update(bar, description=f"{side.name}, {clients} at once")
                    took, seconds, replies = await ask(side, clients=clients, turns=turns)
                    measured.turns[side.name, clients].append(took)
                    measured.rates[side.name, clients].append(len(took) / seconds)
                    measured.answered[side.name] += [sourced(reply) for reply in replies]
                    measured.silent[side.name] += replies.count([])
                    progress.advance(bar)
            for side in order:
                progress.update(bar, description=f"{side.name}, a long conversation")
                measured.lengths[side.name].append(await long_conversation(side))
                progress.advance(bar)
            for side in order:
                if side.name in TICKETS:
                    progress.update(bar, description=f"{side.name}, tickets")
                    measured.tickets[side.name] += await dialogues(side, 10)
                    progress.advance(bar)
            progress.update(bar, description="reading alone")
            measured.parse += parse(turns)
            progress.advance(bar)


async def ask(side: Side, *, clients: int, turns: int) -> tuple[list[float], float, list[Reply]]:
    """Milliseconds of each turn, seconds in all, and the replies."""
    took: list[float] = []
    replies: list[Reply] = []

    async def client(http: httpx.AsyncClient) -> None:
        sender = ""
        for number in range(turns // clients):
            if number % TURNS_A_CONVERSATION == 0:
                sender = uuid4().hex
            reply, ms = await turn(http, sender, next(_ASKED[side.name]))
            took.append(ms)
            replies.append(reply)

    async with _http(side) as http:
        began = time.perf_counter()
        await asyncio.gather(*(client(http) for _ in range(clients)))
        return took, time.perf_counter() - began, replies


async def long_conversation(side: Side) -> list[float]:
    sender = uuid4().hex
    async with _http(side) as http:
        return [
            (await turn(http, sender, next(_ASKED[side.name])))[1]
            for _ in range(max(LENGTHS) + AROUND)
        ]


async def dialogues(side: Side, count: int) -> list[float]:
    """Milliseconds that whoever wants a ticket waits for the assistant, in all."""
    took = []
    async with _http(side) as http:
        for _ in range(count):
            sender = uuid4().hex
            reply: Reply = []
            waited = 0.0
            for text in TICKETS[side.name]:
                reply, ms = await turn(http, sender, text)
                waited += ms
            if not any("ASD-" in one["text"] or "INC0" in one["text"] for one in reply):
                raise SystemExit(f"{side.name} opened no ticket: {reply}")
            took.append(waited)
    return took


async def turn(http: httpx.AsyncClient, sender: str, text: str) -> tuple[Reply, float]:
    """The bubbles and the milliseconds; an assistant of Rasa may have nothing to say."""
    began = time.perf_counter()
    response = await http.post("/webhooks/rest/webhook", json={"sender": sender, "message": text})
    ms = (time.perf_counter() - began) * 1000
    return response.raise_for_status().json(), ms


def sourced(reply: Reply) -> bool:
    """Whether it is an article with its sources."""
    return bool(reply and reply[0].get("custom", {}).get("sources"))


def parse(turns: int) -> list[float]:
    texts = list(islice(questions(), turns))
    done = subprocess.run(
        [sides.BOT_PYTHON, "-m", "benchmarks.peers.parse"],
        cwd=PROJECT,
        input="".join(json.dumps(text) + "\n" for text in texts),
        capture_output=True,
        text=True,
        check=True,
    )
    return [float(line) for line in done.stdout.splitlines()]


def _http(side: Side) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=side.url, headers=side.headers, timeout=60)
