"""One turn: a visitor's message goes to the bot, and what comes back is stored as the answer.

Messages of one conversation are taken one at a time, in their order. No transaction is open while
the bot thinks, because its actions write meanwhile.
"""

import asyncio
import logging
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal

from desk import metrics
from desk.conversations import reopening
from desk.conversations.bot import BotClient, BotReply, BotUnavailable
from desk.conversations.handoff import open_at_once
from desk.conversations.live import Live
from desk.conversations.locks import Locks
from desk.conversations.models import Conversation, Message
from desk.conversations.service import (
    Bubble,
    at_hand,
    privacy_notice,
    replies,
    reply,
    unanswered_before,
)
from desk.messages import catalogue, say
from desk.store import Store
from desk.tickets.service import ticket_of_conversation
from textkit.language import detect
from textkit.normalise import fold

log = logging.getLogger(__name__)

PERSON = "/person_wanted"
AROUND_BOT_S = 4.0
"""What a turn may take besides the bot: reading and writing, and waiting for the store."""
_BLANK: dict[str, Any] = {
    "language": "other",
    "kind": "smalltalk",
    "article": None,
    "candidates": [],
    "confidence": 0.0,
    "ticket": None,
    "sources": [],
}


class Turns:
    """Answers visitors' messages."""

    def __init__(
        self, store: Store, bot: BotClient, live: Live, locks: Locks | None = None
    ) -> None:
        """`locks`: shared with the other processes that take turns, if there are any."""
        self._store = store
        self._bot = bot
        self._live = live
        self._locks = locks or Locks()
        self._going: dict[str, asyncio.Task[list[Message]]] = {}

    def begin(self, message: Message) -> asyncio.Task[list[Message]]:
        """Answer a message in the background; whoever streams the conversation sees it.

        Returns:
            What goes on until the message is answered; of one message there is one at a time.
        """
        turn = self._going.get(message.id)
        if turn is None:
            turn = self._going[message.id] = asyncio.create_task(self._take(message))
            turn.add_done_callback(partial(self._ended, message.id))
        return turn

    def _ended(self, message_id: str, turn: asyncio.Task[list[Message]]) -> None:
        del self._going[message_id]
        error = None if turn.cancelled() else turn.exception()
        if error is not None:
            # The message stays unanswered in the store, to be taken up later.
            metrics.TURN_FAILURES.inc()
            log.error("a turn failed", exc_info=error, extra={"message_id": message_id})

    async def close(self) -> None:
        """Give up what goes on; it stays unanswered in the store, to be taken up later.

        A turn that outlived the store would wait for its connection without an end.
        """
        going = list(self._going.values())
        for task in going:
            task.cancel()
        await asyncio.gather(*going, return_exceptions=True)

    async def take(self, message: Message) -> list[Message]:
        """The answer to a message: made now, or the stored one when there is one.

        Whoever hangs up does not take their acknowledged message with them.
        """
        return await asyncio.shield(self.begin(message))

    async def _take(self, message: Message) -> list[Message]:
        if self._locks.shared:
            # Another process may be at those before it, or have died with them.
            earlier = [self.begin(one) for one in await self._waiting_before(message)]
            if earlier:
                await asyncio.wait(earlier)
        async with self._locks.held(message.conversation_id):
            answer = await self._answer(message.id)
        self._live.announce(message.conversation_id)
        return answer

    async def _waiting_before(self, message: Message) -> list[Message]:
        async with self._store.read(brief=True) as session:
            return await unanswered_before(session, message)

    async def _answer(self, message_id: str) -> list[Message]:
        async with self._store.read(brief=True) as session:
            message, conversation, draft = await at_hand(session, message_id)
            collecting = draft is not None
            if message.answered_at is not None:
                return await replies(session, message)
        if (number := reopening.named(message)) is not None:
            return await self._reopen(message, conversation, number)
        if conversation.state == "analyst" or message.epoch != conversation.epoch:
            # It was said to a person, or before one came.
            return await self._keep(message, conversation, [], language=conversation.language)
        if (own := await self._own(message, conversation, collecting=collecting)) is not None:
            return own
        try:
            said = await self._bot.ask(
                sender=conversation.id,
                message=message.payload or message.text,
                metadata={
                    "message_id": message.id,
                    "channel": conversation.channel,
                    "language": conversation.language,
                    # A name or a company in the form says nothing of the visitor's language.
                    "language_locked": conversation.language_locked or collecting,
                },
            )
        except BotUnavailable as reason:
            log.warning("the bot gave no answer", extra={"reason": str(reason)})
            return await self._answer_alone(message, conversation)
        return await self._relay(message, conversation, said)

    async def _own(
        self, message: Message, conversation: Conversation, *, collecting: bool
    ) -> list[Message] | None:
        """What the desk answers by itself, to a visitor who comes back to a resolved ticket."""
        language = conversation.language
        if collecting or message.payload is not None or not reopening.seems_unsolved(message.text):
            return None
        async with self._store.read(brief=True) as session:
            ticket = await reopening.resolved_before(session, message.conversation_id)
        if ticket is None:
            return None
        again = f"{reopening.REOPEN} {ticket.number}"
        buttons = [
            {"title": say("not_solved.yes", language), "payload": again},
            {"title": say("not_solved.no", language), "payload": PERSON},
        ]
        text = say("not_solved.offer", language, number=ticket.number)
        custom = _BLANK | {"language": language, "kind": "clarify", "ticket": ticket.number}
        bubbles = _with_custom([Bubble(text=text, buttons=buttons)], custom)
        return await self._keep(message, conversation, bubbles, language=language)

    async def _reopen(
        self, message: Message, conversation: Conversation, number: str
    ) -> list[Message]:
        language = conversation.language
        custom = _BLANK | {"language": language, "kind": "ticket", "ticket": number}
        text = say("people.reopened", language, ticket=number)
        try:
            async with self._store.write() as session:
                await reopening.reopen(
                    session, conversation.id, number, key=message.id, now=datetime.now(UTC)
                )
        except (LookupError, reopening.NotReopened):
            custom |= {"kind": "clarify"}
            text = say("not_solved.closed", language, number=number)
        bubbles = _with_custom([Bubble(text=text)], custom)
        return await self._keep(message, conversation, bubbles, language=language)

    async def _relay(
        self, message: Message, conversation: Conversation, said: BotReply
    ) -> list[Message]:
        custom = _BLANK | said.custom
        language = custom.pop("reply_language", conversation.language)
        bubbles = _with_custom(
            [Bubble(text=text, buttons=buttons) for text, buttons in said.bubbles], custom
        )
        return await self._keep(
            message, conversation, bubbles, language=language, evidence=said.evidence
        )

    async def _answer_alone(self, message: Message, conversation: Conversation) -> list[Message]:
        """What the desk can do without the bot: say so, and open a ticket when that is wished."""
        prior: Literal["en", "es"] = "es" if conversation.language == "es" else "en"
        reading = detect(message.text, prior=prior)
        held = conversation.language_locked or message.payload or reading.confidence == 0
        kept = held and reading.asked is None
        language = conversation.language if kept else reading.reply
        custom = _BLANK | {
            "language": conversation.language if kept else reading.language,
            "kind": "degraded",
        }
        button = {"title": say("degraded.open_ticket", language), "payload": PERSON}
        text, buttons = say("degraded.reply", language), [button]
        if _wants_ticket(message, language):
            async with self._store.write() as session:
                ticket = await ticket_of_conversation(
                    session, conversation.id
                ) or await open_at_once(
                    session, message, category="support", priority="normal", actor="system"
                )
                number = ticket.number
            custom |= {"kind": "ticket", "ticket": number}
            text, buttons = say("degraded.ticket_opened", language, number=number), []
        bubbles = _with_custom([Bubble(text=text, buttons=buttons)], custom)
        return await self._keep(message, conversation, bubbles, language=language)

    async def _keep(
        self,
        message: Message,
        conversation: Conversation,
        bubbles: Sequence[Bubble],
        *,
        language: str,
        evidence: dict[str, Any] | None = None,
    ) -> list[Message]:
        if bubbles and message.masked:
            bubbles = [*bubbles, privacy_notice(message, language)]
        async with self._store.write() as session:
            kept = await reply(session, message, bubbles, language=language, evidence=evidence)
        metrics.count_turn(message.at, conversation.channel, [bubble.custom for bubble in bubbles])
        return kept


def _with_custom(bubbles: list[Bubble], custom: dict[str, Any]) -> list[Bubble]:
    first, *rest = bubbles
    return [Bubble(text=first.text, buttons=first.buttons, custom=custom), *rest]


def _wants_ticket(message: Message, language: str) -> bool:
    if message.payload == PERSON:
        return True
    words = set(re.findall(r"\w+", fold(message.text)))
    return not words.isdisjoint(catalogue(language)["degraded"]["ticket_words"])
