"""Asking the assistant what a mail asks."""

from collections.abc import Sequence
from dataclasses import dataclass

from desk.conversations.bot import BotClient, BotReply
from desk.conversations.models import Conversation, Message
from desk.knowledge.shelf import Shelf
from desk.mail.questions import MOST

_LONGEST = 2000
"""Characters of one question; what is longer tells a story that nobody reads to its end."""
_PEOPLE_ONLY = {"C", "E"}
"""Routing classes that only a person may deal with, and those where every minute counts."""


@dataclass(frozen=True, kw_only=True)
class Consulted:
    """What the assistant said."""

    replies: Sequence[BotReply]
    """To each question, up to the first that it has no answer to."""
    answered: bool
    """Every one of them is an answer that may be given without a person."""

    @property
    def last(self) -> BotReply:
        """What was said last: it tells why there is no answer."""
        return self.replies[-1]


async def consult(
    bot: BotClient,
    shelf: Shelf,
    conversation: Conversation,
    message: Message,
    asked: Sequence[str],
) -> Consulted:
    """Ask one question after the other, masked already, as long as each is answered.

    What the assistant does besides, such as beginning a hand-off, stands in the store.

    Raises:
        BotUnavailable: it gives no answer now.
    """
    replies: list[BotReply] = []
    for question in asked[: MOST + 1]:
        reply = await bot.ask(
            sender=conversation.id,
            message=question[:_LONGEST],
            metadata={
                "message_id": message.id,
                "channel": conversation.channel,
                "language": conversation.language,
                "language_locked": False,
            },
        )
        replies.append(reply)
        if not await _answers(reply, shelf):
            return Consulted(replies=replies, answered=False)
    return Consulted(replies=replies, answered=0 < len(replies) <= MOST)


async def _answers(reply: BotReply, shelf: Shelf) -> bool:
    """Whether it is an answer from an article that is not for analysts alone."""
    if reply.custom.get("kind") != "answer":
        return False
    article = await shelf.article(str(reply.custom.get("article")), "en")
    return article is not None and not set(article.routing) <= _PEOPLE_ONLY
