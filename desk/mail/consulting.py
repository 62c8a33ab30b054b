"""Asking the assistant what a mail asks."""

from collections.abc import Sequence
from dataclasses import dataclass

from desk.conversations.bot import BotClient, BotReply
from desk.conversations.models import Conversation, Message
from desk.knowledge.shelf import Shelf
from desk.mail.questions import MOST, Asked, asks_us

_LONGEST = 2000
"""Characters of one question; what is longer tells a story that nobody reads to its end."""
_PEOPLE_ONLY = {"C", "E"}
"""Routing classes that only a person may deal with, and those where every minute counts."""
_PERSON = {"handoff", "ticket", "urgent", "status"}
"""Kinds of what the assistant says when it takes a person, or a look at what is going on."""
_MOST_ASIDES = 3


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
    asked: Sequence[Asked],
) -> Consulted:
    """Ask one question after the other, masked already, as long as each is answered.

    What the assistant does besides, such as beginning a hand-off, stands in the store.

    Raises:
        BotUnavailable: it gives no answer now.
    """
    replies: list[BotReply] = []
    questions = [one for one in asked if not one.aside][: MOST + 1]
    for one in (*[one for one in asked if one.aside][:_MOST_ASIDES], *questions):
        reply = await bot.ask(
            sender=conversation.id,
            message=one.text[:_LONGEST],
            metadata={
                "message_id": message.id,
                "channel": conversation.channel,
                "language": conversation.language,
                "language_locked": False,
            },
        )
        if one.aside and reply.custom.get("kind") not in _PERSON:
            continue
        replies.append(reply)
        if one.aside or not await _answers(one.text, reply, shelf):
            return Consulted(replies=replies, answered=False)
    return Consulted(replies=replies, answered=0 < len(replies) <= MOST)


async def _answers(question: str, reply: BotReply, shelf: Shelf) -> bool:
    """Whether it is an answer that may be given, and nothing has to be done by an analyst."""
    if reply.custom.get("kind") != "answer":
        return False
    article = await shelf.article(str(reply.custom.get("article")), "en")
    if article is None or set(article.routing) <= _PEOPLE_ONLY:
        return False
    return not ("C" in article.routing and asks_us(question))
