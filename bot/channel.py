"""The one way into the assistant: Rasa's REST format, for the desk alone."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json
from textkit.embedding import UnusableVector, embedder

from bot.components.embedding import MODEL
from bot.quiet import REQUEST_ID

logger = logging.getLogger(__name__)


class Replies(CollectingOutputChannel):
    """The bubbles of one turn; Rasa's own collector would cut a text at every blank line."""

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        await self._persist_message(self._message(recipient_id, text=text))


class DeskChannel(InputChannel):
    """`POST /webhooks/rest/webhook`, one turn a request.

    A turn that fails answers 500, where Rasa's own channel answers 200 with an empty list. A turn
    whose action failed ends with an empty list too; since the desk has an answer to every message,
    that is a failure as well.
    """

    @classmethod
    def name(cls) -> str:
        return "rest"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        webhook = Blueprint("desk_channel")

        @webhook.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            body = request.json
            if not _well_formed(body):
                return json(
                    {"error": "sender and message must be text, the rest objects"}, status=400
                )
            REQUEST_ID.set(str(body.get("metadata", {}).get("request_id") or "-"))
            try:
                _take_over(body["message"], body.get("meaning"))
            except UnusableVector as error:
                return json({"error": str(error)}, status=400)
            replies = Replies()
            try:
                await on_new_message(
                    UserMessage(
                        body["message"],
                        replies,
                        body["sender"],
                        input_channel=self.name(),
                        metadata=body.get("metadata"),
                    )
                )
            except Exception:
                logger.exception("a turn failed")
                return json({"error": "the turn failed"}, status=500)
            if not replies.messages:
                return json({"error": "the turn had no reply"}, status=500)
            return json(replies.messages)

        return webhook


def _take_over(text: str, meaning: dict[str, str] | None) -> None:
    """What the desk has embedded is not embedded again, if this very embedder did it."""
    if meaning is not None and meaning["embedder"] == MODEL:
        embedder(MODEL).take_over(text.strip(), meaning["vector"])


def _well_formed(body: Any) -> bool:
    return (
        isinstance(body, dict)
        and all(
            isinstance(body.get(key), str) and body[key].strip() for key in ("sender", "message")
        )
        and isinstance(body.get("metadata", {}), dict)
        and _is_meaning(body.get("meaning"))
    )


def _is_meaning(given: Any) -> bool:
    return given is None or (
        isinstance(given, dict)
        and all(isinstance(given.get(key), str) for key in ("embedder", "vector"))
    )
