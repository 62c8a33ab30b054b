"""People at a desk, for soaks and faults: visitors, programs, analysts, writers of mails.

All of them do what real clients do when something fails: they repeat the same request, with the
same key, until it is acknowledged or refused. What was acknowledged is written into a ledger, which
the store can be held against afterwards.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import urlsplit

import httpx

QUESTIONS = (
    "how do i add a new user to our ace account",
    "cómo agrego un usuario nuevo a nuestra cuenta de ace",
    "how can i schedule a report so it gets emailed to me every week",
    "no me llega el código de seguridad para entrar",
    "what is the 45 day rule",
    "dónde inicio sesión en el portal de ace",
)
FORMS = (
    ("i want to talk to a person", "the Reports tab does not open", "/skip", "/skip", "yes"),
    ("quiero hablar con una persona", "la pestaña Reports no abre", "/skip", "/skip", "sí"),
    ("someone hacked our ace account and changed the bank information",),
)
"""Ways to a ticket: two forms to their end, and one that opens at once."""
PERSON = "person"
"""What a message is answered with that an analyst has now: not by the assistant."""
TICKETS = ("ticket", "urgent")
"""Kinds of answers that tell of an open ticket; whoever gets one goes."""
_FORM_SHARE = 0.04
_PROGRAMS = 8
_AGAIN_S = 0.5
_TIMEOUT_S = 12.0
_STREAM_SILENCE_S = 20.0
"""A heartbeat comes every 15 seconds; without it the connection is dead."""


@dataclass(kw_only=True)
class Said:
    """A message, and what its writer knows of it."""

    by: str
    """`visitor` or `program`."""
    conversation: str
    """The conversation's id, or the sender of a program."""
    key: str
    text: str
    began: float
    acknowledged: float | None = None
    answered: float | None = None
    kind: str | None = None
    """What the answer was."""


@dataclass(kw_only=True)
class Done:
    """Something that an analyst did with a ticket."""

    ticket: str
    act: str
    key: str
    status: int


@dataclass
class Ledger:
    """What was acknowledged, and what failed on the way."""

    said: list[Said] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    widgets: list["Widget"] = field(default_factory=list)
    """What each saw; empty unless it is to be remembered."""
    requests: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    """Attempts that came to nothing, by the status or the error."""


@dataclass(kw_only=True)
class Pace:
    """How much goes on."""

    turns: float
    """Messages a second, half of them by widgets and half by programs."""
    streams: int
    """Widgets that are open at a time."""
    analysts: int = 2
    channels: tuple[str, ...] = ("chat", "email")
    """What analysts work on."""
    remember: bool = False
    """Keep what every widget has seen."""


class Traffic:
    """People at one desk, until they are told to stop."""

    def __init__(self, url: str, token: str, pace: Pace, chance: Random) -> None:
        """`token` is an analyst's."""
        self.ledger = Ledger()
        self._url = url
        self._pace = pace
        self._chance = chance
        self._stop = asyncio.Event()
        limits = httpx.Limits(max_connections=400, max_keepalive_connections=50)
        self._http = httpx.AsyncClient(base_url=url, timeout=_TIMEOUT_S, limits=limits)
        self._program = {"Authorization": f"Bearer {token}"}
        self._people: list[asyncio.Task[None]] = []

    def begin(self) -> None:
        """Let them come."""
        apart_s, widgets = 2 / self._pace.turns, range(self._pace.streams)
        self._people = [
            *(self._task(self._visitors, apart_s * len(widgets)) for _ in widgets),
            *(self._task(self._programs, apart_s * _PROGRAMS) for _ in range(_PROGRAMS)),
            *(self._task(self._analyst, 1.0) for _ in range(self._pace.analysts)),
        ]

    async def end(self, *, seconds: float = 60.0) -> None:
        """Let them finish what they are at; whoever takes longer is sent away."""
        self._stop.set()
        _, late = await asyncio.wait(self._people, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*self._people)
        await self._http.aclose()

    def check(self) -> None:
        """Raise what ended one of them, if anything did."""
        for task in self._people:
            if task.done() and not task.cancelled():
                task.result()

    async def request(
        self, method: str, path: str, *, until: Callable[[], bool] | None = None, **rest: Any
    ) -> httpx.Response | None:
        """Repeat a request until the desk takes or refuses it; None when there is no time left."""
        while True:
            self.ledger.requests += 1
            try:
                answer = await self._http.request(method, path, **rest)
            except httpx.HTTPError as error:
                self.ledger.failures[type(error).__name__] += 1
            else:
                if answer.status_code < 500 and answer.status_code != 429:
                    return answer
                self.ledger.failures[str(answer.status_code)] += 1
            if until is not None and until():
                return None
            await asyncio.sleep(_AGAIN_S * self._chance.uniform(0.5, 1.5))

    def _task(self, come: Callable[[float], Any], pause_s: float) -> asyncio.Task[None]:
        async def again_and_again() -> None:
            with suppress(asyncio.CancelledError):
                # They do not all come in the same moment.
                await self._rest(self._chance.uniform(0, pause_s))
                while not self._stop.is_set():
                    await come(pause_s)

        return asyncio.create_task(again_and_again())

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop.wait()

    async def _pause(self, began: float, pause_s: float) -> None:
        """Rest until about so long after the last message was begun."""
        until = began + pause_s * self._chance.uniform(0.5, 1.5)
        await self._rest(max(0.0, until - time.monotonic()))

    def _script(self) -> Sequence[str]:
        """What somebody comes to say; a form is taken about as often as its share of messages."""
        if self._chance.random() < _FORM_SHARE:
            return self._chance.choice(FORMS)
        return self._chance.choices(QUESTIONS, k=self._chance.randint(1, 8))

    async def _visitors(self, pause_s: float) -> None:
        """One visitor after another at one browser."""
        answer = await self.request("POST", "/api/v1/conversations", json={"language": "en"})
        assert answer is not None and answer.status_code == 201, answer
        made = answer.json()
        widget = Widget(self._url, made["id"], made["token"])
        if self._pace.remember:
            self.ledger.widgets.append(widget)
        following = asyncio.create_task(widget.follow())
        try:
            for text in self._script():
                began = time.monotonic()
                if await self._say(widget, text) in TICKETS or self._stop.is_set():
                    return
                await self._pause(began, pause_s)
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following

    async def _say(self, widget: "Widget", text: str) -> str | None:
        """Send a message and wait for what comes back; its kind."""
        said = self._begun("visitor", widget.id, text)
        answer = await self.request(
            "POST",
            f"/api/v1/conversations/{widget.id}/messages",
            json={"client_id": said.key, "text": text},
            headers={"Authorization": f"Bearer {widget.token}"},
        )
        assert answer is not None and answer.status_code == 202, answer
        said.acknowledged = time.monotonic()
        said.kind = await widget.kind_after(answer.json()["seq"])
        said.answered = time.monotonic()
        return said.kind

    async def _programs(self, pause_s: float) -> None:
        """One sender after another by the REST webhook."""
        sender = f"program-{self._chance.getrandbits(96):x}"
        for text in self._script():
            said = self._begun("program", sender, text)
            body = {"sender": sender, "message": text, "metadata": {"message_id": said.key}}
            answer = await self.request("POST", "/webhooks/rest/webhook", json=body)
            assert answer is not None and answer.status_code == 200, answer
            said.acknowledged = said.answered = time.monotonic()
            elements = answer.json()
            said.kind = elements[0].get("custom", {}).get("kind") if elements else PERSON
            if said.kind in TICKETS or self._stop.is_set():
                return
            await self._pause(said.began, pause_s)

    async def _analyst(self, pause_s: float) -> None:
        """Take the open tickets, answer and resolve them."""
        asked = {"state": "new", "limit": 50, "channel": self._pace.channels}
        found = await self.request(
            "GET", "/api/v1/tickets", params=asked, headers=self._program, until=self._stop.is_set
        )
        if found is None:
            return
        assert found.status_code == 200, found.text
        tickets = found.json()["tickets"]
        self._chance.shuffle(tickets)
        for ticket in tickets[:5]:
            for act, body in (
                ("take", {}),
                ("reply", {"text": "We have looked into it and set it right."}),
                ("resolve", {"code": "explained", "notes": "Explained."}),
            ):
                if not await self._do(ticket["number"], act, body):
                    break
        await self._rest(pause_s)

    async def _do(self, number: str, act: str, body: dict[str, str]) -> bool:
        key = f"{self._chance.getrandbits(96):x}"
        answer = await self.request(
            "POST",
            f"/api/v1/tickets/{number}/{act}",
            json=body,
            headers=self._program | {"Idempotency-Key": key},
        )
        assert answer is not None
        # Another analyst may have been faster.
        assert answer.status_code in (200, 409), answer.text
        self.ledger.done.append(Done(ticket=number, act=act, key=key, status=answer.status_code))
        return answer.status_code == 200

    def _begun(self, by: str, conversation: str, text: str) -> Said:
        key = f"{self._chance.getrandbits(96):x}"
        said = Said(by=by, conversation=conversation, key=key, text=text, began=time.monotonic())
        self.ledger.said.append(said)
        return said


class Widget:
    """A visitor's open page: it follows the stream, and connects again when that breaks off.

    It reads from a plain socket, since a client library would cost more than the desk.
    """

    def __init__(self, url: str, conversation_id: str, token: str) -> None:
        self.id = conversation_id
        self.token = token
        self.seen: dict[int, dict[str, Any]] = {}
        self.doubled: list[int] = []
        """Numbers that came twice on one connection, or out of order."""
        self._host, self._port = urlsplit(url).hostname or "", urlsplit(url).port or 80
        self._news = asyncio.Condition()
        self._person = False
        """An analyst has come."""

    async def follow(self) -> None:
        """Read until cancelled."""
        while True:
            with suppress(OSError, TimeoutError, ValueError, asyncio.IncompleteReadError):
                await self._read()
            await asyncio.sleep(_AGAIN_S)

    async def kind_after(self, seq: int) -> str | None:
        """What the message with this number is answered with, as soon as something is there."""
        async with self._news:
            while True:
                for number in sorted(self.seen):
                    if number > seq and self.seen[number]["actor"] == "bot":
                        custom = self.seen[number]["custom"]
                        return custom["kind"] if custom else None
                if self._person:
                    return PERSON
                await self._news.wait()

    async def _read(self) -> None:
        reader, writer = await asyncio.open_connection(self._host, self._port, limit=2**20)
        try:
            last = max(self.seen, default=0)
            writer.write(
                f"GET /api/v1/conversations/{self.id}/stream HTTP/1.1\r\nHost: {self._host}\r\n"
                f"Authorization: Bearer {self.token}\r\nLast-Event-ID: {last}\r\n\r\n".encode()
            )
            while True:
                async with asyncio.timeout(_STREAM_SILENCE_S):
                    line = await reader.readline()
                if not line:
                    return
                if line.startswith(b'data: {"state": "analyst"'):
                    async with self._news:
                        self._person = True
                        self._news.notify_all()
                if line.startswith(b"data: {") and b'"seq"' in line:
                    message = json.loads(line[6:])
                    if message["seq"] <= last:
                        self.doubled.append(message["seq"])
                    last = message["seq"]
                    async with self._news:
                        self.seen[last] = message
                        self._news.notify_all()
        finally:
            writer.close()
