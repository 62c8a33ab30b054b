"""The desk's call to the bot: Rasa's REST channel on loopback."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from opentelemetry.trace import SpanKind

from desk import metrics, tracing
from desk.logs import request_id
from textkit.embedding import Remembering


class BotUnavailable(Exception):
    """The bot is down, slow, or failed at the message; the same message may be sent again."""


@dataclass(frozen=True, kw_only=True)
class BotReply:
    """What the bot said: bubbles as (text, buttons), and what it decided."""

    bubbles: list[tuple[str, list[dict[str, str]]]]
    custom: dict[str, Any] = field(default_factory=dict)


@dataclass(kw_only=True)
class _Bot:
    http: httpx.AsyncClient
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
        self._embedder = embedder
        self._bots = [
            _Bot(
                http=httpx.AsyncClient(
                    base_url=url,
                    headers={"Authorization": f"Bearer {token}"},
                    timeout=httpx.Timeout(timeout, connect=1.0),
                    # The bot is on loopback; a proxy of the environment must not see it.
                    trust_env=False,
                )
            )
            for url in urls
        ]

    async def ask(self, *, sender: str, message: str, metadata: dict[str, Any]) -> BotReply:
        """Send one message, already masked, and wait for the reply.

        Raises:
            BotUnavailable: no answer in time, an error, or an empty reply, which is how Rasa's
                REST channel tells of an exception.
        """
        # Rasa strips what it reads, and its text must be the one that the vector stands under.
        message = message.strip()
        body: dict[str, Any] = {"sender": sender, "message": message}
        if not message.startswith("/"):
            vector = self._embedder.pack(message)
            body["meaning"] = {"embedder": self._embedder.name, "vector": vector}
        try:
            with (
                metrics.timed(metrics.BOT_CALL_DURATION),
                tracing.span("bot", kind=SpanKind.CLIENT),
            ):
                # Its action brings these back.
                marks = {"request_id": request_id(), "trace": tracing.carried()}
                response = await self._post(body | {"metadata": metadata | marks})
            response.raise_for_status()
            elements = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise _unavailable(type(error).__name__) from error
        reply = _assemble(elements)
        if not reply.bubbles:
            raise _unavailable("empty reply")
        return reply

    async def healthy(self) -> bool:
        """Whether a bot is ready for messages, answered within a second."""
        return any(await asyncio.gather(*(_is_healthy(bot) for bot in self._bots)))

    async def close(self) -> None:
        """Close the connections."""
        for bot in self._bots:
            await bot.http.aclose()

    async def _post(self, body: dict[str, Any]) -> httpx.Response:
        # Of those that have equally much to do, each has its turn.
        self._bots.append(self._bots.pop(0))
        *others, last = sorted(self._bots, key=lambda bot: bot.asked)
        for bot in others:
            try:
                return await _post_to(bot, body)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                # This one has not heard the message. After any other error it may have.
                continue
        return await _post_to(last, body)


async def _post_to(bot: _Bot, body: dict[str, Any]) -> httpx.Response:
    bot.asked += 1
    try:
        return await bot.http.post("/webhooks/rest/webhook", json=body)
    finally:
        bot.asked -= 1


async def _is_healthy(bot: _Bot) -> bool:
    try:
        response = await bot.http.get("/health", timeout=1.0)
    except httpx.HTTPError:
        return False
    return response.status_code == 200


def _unavailable(reason: str) -> BotUnavailable:
    metrics.BOT_FAILURES.labels(reason).inc()
    return BotUnavailable(reason)


def _assemble(elements: list[dict[str, Any]]) -> BotReply:
    bubbles = [
        (element["text"], element.get("buttons") or []) for element in elements if "text" in element
    ]
    custom: dict[str, Any] = {}
    for element in elements:
        custom |= element.get("custom") or {}
    return BotReply(bubbles=bubbles, custom=custom)
