"""A conversation as a file for its visitor: plain text, or the same as JSON."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts.models import User
from desk.conversations.models import Conversation, Message
from desk.messages import say
from desk.tickets.models import Ticket
from desk.tickets.numbers import number


@dataclass(frozen=True, kw_only=True)
class Said:
    """One message."""

    seq: int
    at: datetime
    actor: str
    """visitor, bot, analyst or system."""
    name: str
    """Who that is, in the language of the conversation."""
    text: str
    sources: tuple[dict[str, str], ...]
    """Of an answer: title, url, reviewed."""


@dataclass(frozen=True, kw_only=True)
class Transcript:
    """What was said, without what was erased."""

    language: str
    started_at: datetime
    made_at: datetime
    tickets: tuple[str, ...]
    messages: tuple[Said, ...]

    @property
    def file_stem(self) -> str:
        """A name for the file, of letters, digits and hyphens."""
        return f"{say('transcript.file', self.language)}-{self.made_at:%Y-%m-%d}"

    def as_text(self) -> str:
        """For reading."""
        head = [
            f"{say('transcript.desk', self.language)} · {say('transcript.title', self.language)}",
            f"{self._word('started')}: {_instant(self.started_at)}",
            f"{self._word('made')}: {_instant(self.made_at)}",
        ]
        if self.tickets:
            head.append(f"{self._word('tickets')}: {', '.join(self.tickets)}")
        head.append(self._word("times"))
        return "\n\n".join(["\n".join(head), *map(self._paragraph, self.messages)]) + "\n"

    def as_document(self) -> dict[str, Any]:
        """For programs."""
        return {
            "desk": say("transcript.desk", self.language),
            "language": self.language,
            "started_at": _instant(self.started_at),
            "made_at": _instant(self.made_at),
            "tickets": list(self.tickets),
            "messages": [
                {
                    "seq": one.seq,
                    "at": _instant(one.at),
                    "actor": one.actor,
                    "name": one.name,
                    "text": one.text,
                    "sources": list(one.sources),
                }
                for one in self.messages
            ],
        }

    def _paragraph(self, said: Said) -> str:
        lines = [f"[{_instant(said.at)}] {said.name}", said.text]
        if said.sources:
            lines.append(f"{self._word('sources')}:")
            lines += [f"- {self._source(source)}" for source in said.sources]
        return "\n".join(lines)

    def _source(self, source: dict[str, str]) -> str:
        reviewed = say("transcript.reviewed", self.language, date=source["reviewed"])
        return f"{source['title']}: {source['url']} ({reviewed})"

    def _word(self, key: str) -> str:
        return say(f"transcript.{key}", self.language)


async def transcript(
    session: AsyncSession, conversation: Conversation, *, now: datetime
) -> Transcript:
    """The conversation as it stands."""
    language = conversation.language
    rows = await session.execute(
        select(Message, User.name)
        .outerjoin(User, User.id == Message.user_id)
        .where(Message.conversation_id == conversation.id, Message.text != "")
        .order_by(Message.seq)
    )
    tickets = await session.scalars(
        select(Ticket.id).where(Ticket.conversation_id == conversation.id).order_by(Ticket.id)
    )
    return Transcript(
        language=language,
        started_at=conversation.created_at,
        made_at=now,
        tickets=tuple(map(number, tickets)),
        messages=tuple(
            Said(
                seq=message.seq,
                at=message.at,
                actor=message.actor,
                name=_name(message.actor, name, language),
                text=message.text,
                sources=tuple((message.custom or {}).get("sources", ())),
            )
            for message, name in rows
        ),
    )


def _name(actor: str, name: str | None, language: str) -> str:
    if actor == "analyst" and name:
        return say("transcript.actors.named_analyst", language, name=name)
    return say(f"transcript.actors.{actor}", language)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
