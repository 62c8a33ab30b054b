"""How fast a message reaches widgets, many of which are connected to one desk process.

    .venv/bin/python -m benchmarks.streams --widgets 500 --write

Starts a desk of its own with the real bot, opens a conversation and a stream for each widget, and
sends messages at an even rate through widgets chosen at random. Measured, in milliseconds:

- echo: from sending a visitor's message to its arrival on that visitor's own stream, and so in a
  second tab;
- analyst: from an analyst's reply, written by another process, to its arrival at the visitor.

Streams are read by plain sockets, since a client library for 500 streams would cost more than the
desk that is measured.
"""

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from desk.accounts.service import add_user
from desk.conversations.analysts import reply_to_requester
from desk.conversations.handoff import open_at_once
from desk.conversations.models import Message
from desk.settings import PROJECT, Settings
from desk.store import Store
from desk.tickets.ledger import Actor, Write
from tests.e2e.stack import running

DOCS = PROJECT / "docs" / "streams.md"
MARKS = "<!-- measured -->", "<!-- end of measured -->"

_PATIENCE_S = 120
"""Until every stream stands."""


class Widget:
    """One visitor's open page."""

    def __init__(self, conversation_id: str, token: str) -> None:
        self.id = conversation_id
        self.token = token
        self._arrivals: dict[str, asyncio.Future[float]] = {}
        """When each text came, by the text."""
        self.connected = asyncio.Event()

    async def follow(self, host: str, port: int) -> None:
        """Read the stream until cancelled."""
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(
            f"GET /api/v1/conversations/{self.id}/stream HTTP/1.1\r\nHost: {host}\r\n"
            f"Authorization: Bearer {self.token}\r\n\r\n".encode()
        )
        try:
            while line := await reader.readline():
                now = time.perf_counter()
                if line.startswith(b"event: state"):
                    self.connected.set()
                if line.startswith(b"data: {") and b'"text"' in line:
                    arrival = self._arrival(json.loads(line[6:])["text"])
                    if not arrival.done():
                        arrival.set_result(now)
        finally:
            writer.close()

    async def saw(self, text: str, *, seconds: float = 10) -> float:
        """When a text arrived.

        Raises:
            TimeoutError: it did not.
        """
        async with asyncio.timeout(seconds):
            return await self._arrival(text)

    def _arrival(self, text: str) -> asyncio.Future[float]:
        return self._arrivals.setdefault(text, asyncio.get_running_loop().create_future())


async def main() -> None:
    """Measure, print, and write the figures down if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--widgets", type=int, default=500)
    parser.add_argument("--messages", type=int, default=400)
    parser.add_argument("--rate", type=float, default=5.0, help="messages a second")
    parser.add_argument("--database", help="URL of an empty store; SQLite by default")
    parser.add_argument("--write", action="store_true", help="put the figures into the docs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        extra = {"ACEDESK_DATABASE_URL": options.database} if options.database else {}
        with running(Path(home), **extra) as stack:
            store = Store(Settings(home=Path(home), database_url=options.database).store_url)
            told = await measure(stack.url, store, options)
            memory = _resident(stack.pid_of("serve"))
            await store.close()
    table = "\n".join(
        [
            "| Messages | Count | p50 ms | p95 ms | Largest ms |",
            "| --- | --- | --- | --- | --- |",
            *(_row(name, took) for name, took in told.items()),
        ]
    )
    note = (
        f"{options.widgets} widgets connected to one desk process on two cores, "
        f"{options.rate:g} messages a second, half of them by visitors, whom the bot answers, and "
        f"half by analysts from another process. The desk process held {memory} MB."
    )
    print(f"{note}\n\n{table}")
    if options.write:
        before, _, rest = DOCS.read_text("utf-8").partition(MARKS[0])
        _, _, after = rest.partition(MARKS[1])
        DOCS.write_text(f"{before}{MARKS[0]}\n\n{note}\n\n{table}\n\n{MARKS[1]}{after}", "utf-8")


async def measure(url: str, store: Store, options: argparse.Namespace) -> dict[str, list[float]]:
    """Seconds from sending to arrival, by who sent it."""
    host, port = urlsplit(url).hostname or "", urlsplit(url).port or 0
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        widgets = [await _opened(http) for _ in range(options.widgets)]
        tickets, analyst = await _tickets(store, http, widgets)
        following = [asyncio.create_task(one.follow(host, port)) for one in widgets]
        async with asyncio.timeout(_PATIENCE_S):
            for one in widgets:
                await one.connected.wait()
        took: dict[str, list[float]] = {"Visitor's own, on their stream": [], "Analyst's": []}

        async def visitor(one: Widget, number: int) -> None:
            text = f"how can i schedule a report, question {number}"
            began = time.perf_counter()
            await http.post(
                f"/api/v1/conversations/{one.id}/messages",
                json={"client_id": uuid4().hex, "text": text},
                headers={"Authorization": f"Bearer {one.token}"},
            )
            took["Visitor's own, on their stream"].append(await one.saw(text) - began)

        async def person(one: Widget, number: int) -> None:
            text = f"We are looking into it, answer {number}."
            write = Write(
                key=uuid4().hex, actor=Actor(kind="analyst", user_id=analyst), now=datetime.now(UTC)
            )
            async with store.write() as session:
                await reply_to_requester(session, tickets[one.id], write, text=text)
            # From the commit on: before it, there is nothing to deliver.
            began = time.perf_counter()
            took["Analyst's"].append(await one.saw(text) - began)

        chance = random.Random(5)
        tasks = []
        with_person = [one for one in widgets if one.id in tickets]
        without = [one for one in widgets if one.id not in tickets]
        for number in range(options.messages):
            one = chance.choice(with_person if number % 2 else without)
            sending = person(one, number) if number % 2 else visitor(one, number)
            tasks.append(asyncio.create_task(sending))
            await asyncio.sleep(1 / options.rate)
        await asyncio.gather(*tasks)
        for task in following:
            task.cancel()
        return took


async def _opened(http: httpx.AsyncClient) -> Widget:
    made = (await http.post("/api/v1/conversations", json={"language": "en"})).json()
    return Widget(made["id"], made["token"])


async def _tickets(
    store: Store, http: httpx.AsyncClient, widgets: list[Widget]
) -> tuple[dict[str, int], int]:
    """Tickets for every fifth visitor, and the analyst who answers them."""
    async with store.write() as session:
        user = await add_user(
            session,
            email="bench@desk.example",
            role="analyst",
            language="en",
            password=uuid4().hex,
        )
    tickets = {}
    for one in widgets[::5]:
        sent = await http.post(
            f"/api/v1/conversations/{one.id}/messages",
            json={"client_id": uuid4().hex, "text": "hello"},
            headers={"Authorization": f"Bearer {one.token}"},
        )
        async with store.write() as session:
            message = await session.get_one(Message, sent.json()["id"])
            ticket = await open_at_once(session, message, category="support", priority="normal")
            tickets[one.id] = ticket.id
    return tickets, user.id


def _row(name: str, took: list[float]) -> str:
    p95 = statistics.quantiles(took, n=20)[-1]
    figures = (statistics.median(took), p95, max(took))
    return f"| {name} | {len(took)} | " + " | ".join(f"{f * 1e3:.0f}" for f in figures) + " |"


def _resident(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) // 1024


if __name__ == "__main__":
    asyncio.run(main())
