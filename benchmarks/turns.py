"""Latency and throughput of article answers through a running desk.

    ACEDESK_PORT=8080 .venv/bin/python benchmarks/turns.py

Each client holds conversations of its own and sends one question after another. The desk must run
with ACEDESK_RATE_LIMIT=0. Also printed: resident memory of every process of the desk.
"""

import argparse
import asyncio
import random
import statistics
import subprocess
import time
from collections.abc import Iterator
from itertools import cycle
from uuid import uuid4

import httpx

from desk.cli.articles import SEED
from desk.knowledge.files import read_folder
from desk.settings import Settings

TURNS_A_CONVERSATION = 6


def questions() -> Iterator[str]:
    """Example questions of the articles in both languages, in the same order in every run.

    Thousands pass before one comes again, so that nothing remembered of a text helps.
    """
    asked = [question for one in read_folder(SEED) for question in one.meta.questions]
    random.Random(1).shuffle(asked)
    return cycle(asked)


_ASKED = questions()


async def main() -> None:
    """Measure at one client and at several."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=240, help="turns in each measurement")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 4, 16])
    options = parser.parse_args()
    base = f"http://127.0.0.1:{Settings().port}"
    async with httpx.AsyncClient(base_url=base, timeout=60) as http:
        await measure(http, clients=1, turns=24)  # warms everything up and is not reported
        print(
            f"{'clients':>8} {'turns':>6} {'p50 ms':>8} {'p95 ms':>8} {'turns/s':>8} {'answers':>8}"
        )
        for clients in options.clients:
            took, seconds, answers = await measure(http, clients=clients, turns=options.turns)
            p95 = statistics.quantiles(took, n=20)[-1]
            print(
                f"{clients:>8} {len(took):>6} {statistics.median(took) * 1e3:>8.1f} "
                f"{p95 * 1e3:>8.1f} {len(took) / seconds:>8.1f} {answers / len(took):>8.0%}"
            )
    print(memory())


async def measure(
    http: httpx.AsyncClient, *, clients: int, turns: int
) -> tuple[list[float], float, int]:
    """Seconds of each turn, seconds in all, and how many were answered from an article."""
    took: list[float] = []
    answers = 0

    async def one_client(turns: int) -> None:
        nonlocal answers
        sender = ""
        for number in range(turns):
            if number % TURNS_A_CONVERSATION == 0:
                sender = uuid4().hex
            body = {"sender": sender, "message": next(_ASKED)}
            began = time.perf_counter()
            response = await http.post("/webhooks/rest/webhook", json=body)
            took.append(time.perf_counter() - began)
            answers += response.json()[0]["custom"]["kind"] == "answer"

    began = time.perf_counter()
    await asyncio.gather(*(one_client(turns // clients) for _ in range(clients)))
    return took, time.perf_counter() - began, answers


def memory() -> str:
    """Resident memory of the desk's processes, in MB."""
    lines = subprocess.run(
        ["ps", "-eo", "rss=,args="], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    wanted = {
        "bot.server": "bot",
        "desk serve": "serve",
        "desk worker": "worker",
        "acedesk up": "up",
    }
    return "\n".join(
        f"{name:>8} {int(line.split()[0]) / 1024:6.0f} MB"
        for line in lines
        for mark, name in wanted.items()
        if mark in line and "ps -eo" not in line
    )


if __name__ == "__main__":
    asyncio.run(main())
