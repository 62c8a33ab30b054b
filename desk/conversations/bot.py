"""The desk's call to the bots: Rasa's REST channel on loopback."""

import asyncio
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import httpcore
from opentelemetry.trace import SpanKind
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from desk import metrics, tracing
from desk.logs import request_id
from textkit.embedding import Remembering

_CONNECT_S = _HEALTH_S = 1.0
_AT_ONCE = 8
"""Messages that one bot has at a time. It works on one after the other, also on those that nobody
waits for any more: with more at once, a rush would keep it busy with these alone."""
_EMBED_AT_ONCE = 2
"""Texts. Each thread keeps the memory that its longest one took."""
_MOST_BYTES = 1_000_000
"""A longer answer is no answer; the longest article has a fiftieth of that."""
_UNHEARD = (httpcore.ConnectError, httpcore.ConnectTimeout)
"""The message has certainly not arrived."""
_FAILURES = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)
_Text = Annotated[str, Field(min_length=1, pattern=r"^[^\x00]*$")]


class BotUnavailable(Exception):
    """The bot is down, slow, or failed at the message; the same message may be sent again."""


@dataclass(frozen=True, kw_only=True)
class BotReply:
    """What the bot said, as pairs of a text and buttons, and how it came to say it."""

    bubbles: list[tuple[str, list[dict[str, str]]]]
    custom: dict[str, Any] = field(default_factory=dict)
    """What it decided."""
    evidence: dict[str, Any] | None = None
    """See `Message.evidence`."""


class _Button(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: _Text
    payload: _Text


class _Evidence(BaseModel):
    model_config = ConfigDict(extra="forbid")

    intent: str
    confidence: float
    language: Literal["en", "es", "mixed", "other"]


class _Custom(BaseModel):
    """What the desk relies on; the rest of what was decided goes to visitors' pages as it is."""

    model_config = ConfigDict(extra="allow")

    evidence: _Evidence
    kind: Literal[
        "answer", "clarify", "handoff", "ticket", "status", "smalltalk", "decline",
        "unsupported_language", "urgent",
    ]  # fmt: skip
    language: Literal["en", "es", "mixed", "other"]
    reply_language: Literal["en", "es"]


class _Element(BaseModel):
    text: _Text | None = None
    buttons: list[_Button] = []
    custom: _Custom | None = None


_ELEMENTS = TypeAdapter(list[_Element])


@dataclass(kw_only=True)
class _Bot:
    url: str
    asked: int = 0
    """Messages that it has not answered yet."""


class BotClient:
    """Speaks to the bots; each message goes to the one that has least to do."""

    def __init__(
        self, urls: Sequence[str], token: str, *, timeout: float, embedder: Remembering
    ) -> None:
        """Nothing is called yet.

        Args:
            urls: where the bots are, one or several.
            token: what the bots know the desk by.
            timeout: seconds that a visitor is made to wait for a reply.
            embedder: what gives each message its meaning, for the bot and for the search after it.
        """
        self._bots = [_Bot(url=url.rstrip("/")) for url in urls]
        self._embedder = embedder
        # Of their own, so that nobody waits behind uploads or passwords that are being looked at.
        self._threads = ThreadPoolExecutor(_EMBED_AT_ONCE, thread_name_prefix="embed")
        self._timeout = timeout
        self._room = asyncio.Semaphore(_AT_ONCE * len(urls))
        self._headers: list[tuple[bytes | str, bytes | str]] = [
            ("Authorization", f"Bearer {token}"),
            ("Content-Type", "application/json"),
        ]
        # What is built upon it for the open web costs as much as the desk's statements.
        self._http = httpcore.AsyncConnectionPool(max_connections=None)

    async def ask(self, *, sender: str, message: str, metadata: dict[str, Any]) -> BotReply:
        """Send one message, already masked, and wait for the reply.

        Raises:
            BotUnavailable: no answer in time, an error, what is no answer of our assistant's, or
                an empty reply, which is how Rasa's REST channel tells of an exception.
        """
        # Rasa strips what it reads, and its text must be the one that the vector stands under.
        message = message.strip()
        body: dict[str, Any] = {"sender": sender, "message": message}
        try:
            # A timeout of the pool would begin anew with each piece of the answer.
            async with asyncio.timeout(self._timeout), self._room:
                if not message.startswith("/"):
                    # It is done outside of Python, on another core if there is one.
                    vector = await asyncio.get_running_loop().run_in_executor(
                        self._threads, self._embedder.pack, message
                    )
                    body["meaning"] = {"embedder": self._embedder.name, "vector": vector}
                with (
                    metrics.timed(metrics.BOT_CALL_DURATION),
                    tracing.span("bot", kind=SpanKind.CLIENT),
                ):
                    # Its action brings these back.
                    marks = {"request_id": request_id(), "trace": tracing.carried()}
                    answer = await self._post(body | {"metadata": metadata | marks})
            elements = _ELEMENTS.validate_json(answer)
        except (*_FAILURES, TimeoutError, ValueError) as error:
            raise _unavailable(type(error).__name__) from error
        reply = _assemble(elements)
        if not reply.bubbles:
            raise _unavailable("empty reply")
        return reply

    async def healthy(self) -> bool:
        """Whether a bot is ready for messages, answered within a second."""
        return any(await asyncio.gather(*(self._is_healthy(bot) for bot in self._bots)))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()
        self._threads.shutdown(wait=False)

    async def _post(self, body: dict[str, Any]) -> bytes:
        # Of those that have equally much to do, each has its turn.
        self._bots.append(self._bots.pop(0))
        content = json.dumps(body).encode()
        *others, last = sorted(self._bots, key=lambda bot: bot.asked)
        for bot in others:
            try:
                return await self._post_to(bot, content)
            except _UNHEARD:
                # After any other error it may have heard the message.
                continue
        return await self._post_to(last, content)

    async def _post_to(self, bot: _Bot, content: bytes) -> bytes:
        bot.asked += 1
        try:
            return await self._call("POST", f"{bot.url}/webhooks/rest/webhook", content)
        finally:
            bot.asked -= 1

    async def _is_healthy(self, bot: _Bot) -> bool:
        try:
            async with asyncio.timeout(_HEALTH_S):
                await self._call("GET", f"{bot.url}/health")
        except (*_FAILURES, TimeoutError, ValueError):
            return False
        return True

    async def _call(self, method: str, url: str, content: bytes | None = None) -> bytes:
        """What it answers with status 200.

        Raises:
            ValueError: another status, or too many bytes.
        """
        answer = bytearray()
        timeouts = {"timeout": {"connect": _CONNECT_S}}
        async with self._http.stream(
            method, url, headers=self._headers, content=content, extensions=timeouts
        ) as response:
            if response.status != 200:
                raise ValueError(f"status {response.status}")
            async for piece in response.aiter_stream():
                answer += piece
                if len(answer) > _MOST_BYTES:
                    raise ValueError("the answer is too long")
        return bytes(answer)


def _unavailable(reason: str) -> BotUnavailable:
    metrics.BOT_FAILURES.labels(reason).inc()
    return BotUnavailable(reason)


def _assemble(elements: list[_Element]) -> BotReply:
    bubbles = [
        (element.text, [button.model_dump() for button in element.buttons])
        for element in elements
        if element.text is not None
    ]
    custom: dict[str, Any] = {}
    for element in elements:
        if element.custom is not None:
            custom |= element.custom.model_dump(exclude_unset=True)
    evidence = custom.pop("evidence", None)
    return BotReply(bubbles=bubbles, custom=custom, evidence=evidence)
