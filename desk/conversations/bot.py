"""The desk's call to the bot: Rasa's REST channel on loopback."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from textkit.embedding import Remembering


class BotUnavailable(Exception):
    """The bot is down, slow, or failed at the message; the same message may be sent again."""


@dataclass(frozen=True, kw_only=True)
class BotReply:
    """What the bot said: bubbles as (text, buttons), and what it decided."""

    bubbles: list[tuple[str, list[dict[str, str]]]]
    custom: dict[str, Any] = field(default_factory=dict)


class BotClient:
    """Speaks to one bot process."""

    def __init__(self, url: str, token: str, *, timeout: float, embedder: Remembering) -> None:
        """Nothing is called yet.

        Args:
            url: where the bot listens.
            token: proves the desk to it.
            timeout: seconds that a visitor is made to wait for a reply.
            embedder: what gives each message its meaning, for the bot and for the search after it.
        """
        self._embedder = embedder
        self._http = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(timeout, connect=1.0),
            # The bot is on loopback; a proxy of the environment must not see it.
            trust_env=False,
        )

    async def ask(self, *, sender: str, message: str, metadata: dict[str, Any]) -> BotReply:
        """Send one message, already masked, and wait for the reply.

        Raises:
            BotUnavailable: no answer in time, an error, or an empty reply, which is how Rasa's
                REST channel tells of an exception.
        """
        # Rasa strips what it reads, and its text must be the one that the vector stands under.
        message = message.strip()
        body = {"sender": sender, "message": message, "metadata": metadata}
        if not message.startswith("/"):
            vector = self._embedder.pack(message)
            body["meaning"] = {"embedder": self._embedder.name, "vector": vector}
        try:
            response = await self._http.post("/webhooks/rest/webhook", json=body)
            response.raise_for_status()
            elements = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise BotUnavailable(type(error).__name__) from error
        reply = _assemble(elements)
        if not reply.bubbles:
            raise BotUnavailable("empty reply")
        return reply

    async def healthy(self) -> bool:
        """Whether the bot is ready for messages, answered within a second."""
        try:
            response = await self._http.get("/health", timeout=1.0)
        except httpx.HTTPError:
            return False
        return response.status_code == 200

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def _assemble(elements: list[dict[str, Any]]) -> BotReply:
    bubbles = [
        (element["text"], element.get("buttons") or []) for element in elements if "text" in element
    ]
    custom: dict[str, Any] = {}
    for element in elements:
        custom |= element.get("custom") or {}
    return BotReply(bubbles=bubbles, custom=custom)
