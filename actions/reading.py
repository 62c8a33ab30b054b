"""What the bot understood of the latest message, as the tracker tells it."""

from dataclasses import dataclass, replace
from typing import Any

from rasa_sdk import Tracker
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Conversation, Draft, Message
from desk.conversations.service import at_hand, understand


class StaleTurn(Exception):
    """A turn that took too long: nobody waits for its outcome, so it must have none."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The latest message: whose it is, what it says, what the pipeline made of it."""

    conversation_id: str
    message_id: str
    text: str
    intent: str
    confidence: float
    margins: dict[str, float]
    """Intent to how far the message lies on its side; empty for a pressed button."""
    language: str
    """Of the message: en, es, mixed or other; without evidence the conversation's."""
    language_confidence: float
    reply_language: str
    """To answer in: en or es."""
    entities: dict[str, str]

    @classmethod
    def of(cls, tracker: Tracker) -> "Reading":
        """Read the tracker that rasa-sdk was handed."""
        latest: dict[str, Any] = tracker.latest_message
        metadata = latest["metadata"]
        # A pressed button passes by the pipeline: the conversation's language holds.
        kept = {"code": metadata["language"], "confidence": 0.0, "reply": metadata["language"]}
        language = latest.get("language") or kept
        certain = language["confidence"] > 0
        return cls(
            conversation_id=str(tracker.sender_id),
            message_id=metadata["message_id"],
            text=latest.get("text") or "",
            intent=latest["intent"].get("name") or "",
            confidence=float(latest["intent"].get("confidence") or 0),
            margins=latest.get("margins") or {},
            language=language["code"] if certain else language["reply"],
            language_confidence=float(language["confidence"]),
            reply_language=language["reply"],
            entities={
                str(found["entity"]): str(found["value"]) for found in latest.get("entities", [])
            },
        )

    @property
    def written(self) -> str:
        """The language that carries the message, en or es; without evidence the conversation's."""
        return self.language if self.language in ("en", "es") else self.reply_language

    @property
    def is_payload(self) -> bool:
        """A button was pressed; there is no text of the visitor's own."""
        return self.text.startswith("/")

    @property
    def evidence(self) -> dict[str, Any]:
        """How the message was read, for the trail that a ticket carries."""
        return {
            "intent": self.intent,
            "confidence": round(self.confidence, 3),
            "language": self.language,
        }

    async def look(self, session: AsyncSession) -> tuple[Message, Conversation, Draft | None]:
        """The message, its conversation, and the hand-off that is being prepared there.

        Raises:
            StaleTurn: the desk has answered the message without the bot meanwhile.
        """
        message, conversation, draft = await at_hand(session, self.message_id)
        if message.answered_at is not None:
            raise StaleTurn(self.message_id)
        return message, conversation, draft

    async def record(self, session: AsyncSession) -> tuple[Message, Draft | None]:
        """Keep at once how the message was read, for a ticket that is opened before the reply.

        Returns:
            The message, and the hand-off that is being prepared.

        Raises:
            StaleTurn: the desk has answered the message without the bot meanwhile.
        """
        message, conversation, draft = await self.look(session)
        if not conversation.language_locked:
            conversation.language = self.reply_language
        understand(message, self.evidence)
        return message, draft

    def in_language(self, language: str) -> "Reading":
        """The same reading, answered in another language."""
        return replace(self, reply_language=language)

    def custom(self, **decided: Any) -> dict[str, Any]:
        """What goes to the desk beside the bubbles; a step of the form is a certain decision."""
        return {
            "language": self.language,
            "reply_language": self.reply_language,
            "evidence": self.evidence,
            "confidence": 1.0,
            **decided,
        }
