"""What the desk writes back by itself: an answer, or the receipt of a ticket."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from desk.attachments.service import ENDINGS
from desk.conversations.bot import BotReply
from desk.conversations.models import Message
from desk.conversations.service import Bubble, privacy_notice
from desk.messages import LANGUAGES, say
from desk.messages.moments import moment

_BETWEEN = "\n\n---\n\n"
_BLANK: dict[str, Any] = {
    "article": None,
    "candidates": [],
    "confidence": 1.0,
    "sources": [],
    "ticket": None,
}


def answer(
    given: Sequence[BotReply], message: Message, *, language: str, following: str | None
) -> Bubble:
    """An answer to each question, how to reach a person, and what is often asked next.

    Args:
        given: what the assistant said to each question, in their order.
        following: the title of the article that may be wanted next.
    """
    parts = [said(one) for one in given]
    if len(parts) > 1:
        parts = [say("mail.several", language), _BETWEEN.join(parts)]
    if following:
        parts.append(say("mail.following", language, title=following))
    parts.append(say("mail.person", language))
    if message.masked:
        parts.append(privacy_notice(message, language, key="mail.removed").text)
    custom = _BLANK | given[0].custom
    custom.pop("reply_language", None)
    return Bubble(text="\n\n".join(parts), custom=custom | {"kind": "answer"})


def receipt(
    message: Message,
    *,
    number: str,
    due: datetime,
    languages: Sequence[str],
    left_out: Sequence[str] = (),
    urgent: BotReply | None = None,
) -> Bubble:
    """That the mail has come, which ticket it is and by when it will be processed.

    Args:
        languages: to say it in, one below the other.
        left_out: names of files that could not be taken.
        urgent: what the assistant said when it opened the ticket as an emergency.
    """

    def written(language: str) -> str:
        if urgent and len(languages) == 1:
            parts = [said(urgent), say("mail.add", language)]
        else:
            kind = "urgent" if urgent else "ticket"
            parts = [say(f"mail.{kind}", language, number=number, due=moment(due, language))]
        if left_out:
            names = ", ".join(left_out)
            parts.append(say("mail.left_out", language, names=names, endings=ENDINGS))
        if message.masked:
            parts.append(privacy_notice(message, language, key="mail.removed").text)
        return "\n\n".join(parts)

    text = _BETWEEN.join(written(language) for language in languages)
    kind = "urgent" if urgent else "ticket"
    return Bubble(text=text, custom=_BLANK | {"kind": kind, "ticket": number})


def said(reply: BotReply) -> str:
    """All bubbles of the assistant as one text."""
    return "\n\n".join(text for text, _ in reply.bubbles)


def languages_for(language: str, reply: str) -> Sequence[str]:
    """The languages to write a receipt in: both when the sender's is mixed or unknown."""
    other = next(one for one in LANGUAGES if one != reply)
    return (language,) if language in LANGUAGES else (reply, other)
