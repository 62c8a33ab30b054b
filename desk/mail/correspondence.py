"""What was said in a conversation, put together as a mail when its turn in the outbox comes."""

from dataclasses import dataclass
from html import escape

from sqlalchemy import case, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Conversation, InboundMail, Message
from desk.knowledge.html import article_html
from desk.knowledge.plain import plain
from desk.mail.bounces import note_undelivered
from desk.mail.outgoing import Outgoing
from desk.mail.smtp import Smtp
from desk.mail.threads import Marks, bare_subject, mail_reference
from desk.messages import say
from desk.outbox.models import OutboxItem
from desk.outbox.senders import SendFailed
from desk.store import Store
from desk.tickets.models import Ticket
from desk.tickets.numbers import parse
from desk.tickets.service import latest_ticket


class Correspondence:
    """Takes mails out of the outbox."""

    def __init__(self, store: Store, smtp: Smtp, marks: Marks, *, address: str) -> None:
        """Send as a desk.

        Args:
            store: where the conversations stand.
            smtp: what sends.
            marks: what marks mails, so that answers to them are known.
            address: the desk's own.
        """
        self._store = store
        self._smtp = smtp
        self._marks = marks
        self._address = address

    async def send(self, item: OutboxItem) -> None:
        """Hand one mail over to the relay.

        Raises:
            SendFailed: the relay did not take it, or its words have been erased meanwhile.
        """
        message_id: str = item.payload["message"]
        async with self._store.read() as session:
            mail = await compose(session, message_id, marks=self._marks, address=self._address)
        if mail is None:
            raise SendFailed("erased", final=True)
        try:
            await self._smtp.send(mail, at=item.created_at)
        except SendFailed as error:
            if error.final:
                async with self._store.write() as session:
                    await note_undelivered(session, message_id, now=item.created_at)
            raise

    async def close(self) -> None:
        """There is nothing to let go."""


@dataclass(frozen=True, kw_only=True)
class _Thread:
    """What a mail of ours goes on with."""

    last: InboundMail
    ticket: Ticket | None

    @property
    def reference(self) -> str:
        return self.ticket.number if self.ticket else mail_reference(self.last.id)

    def subject(self, language: str) -> str:
        bare = bare_subject(self.last.subject) or say("mail.subject", language)
        number = self.ticket.number if self.ticket else None
        marked = f"{bare} [{number}]" if number and number not in bare.upper() else bare
        return f"Re: {marked}"


async def compose(
    session: AsyncSession, message_id: str, *, marks: Marks, address: str
) -> Outgoing | None:
    """The mail that a message is; None when its words or its receiver have been erased."""
    message = await session.get_one(Message, message_id)
    thread = await _thread(session, message)
    if not message.text or thread is None or not thread.last.answer_to:
        return None
    conversation = await session.get_one(Conversation, message.conversation_id)
    language = message.language or conversation.language
    by_person = message.actor == "analyst"
    # Analysts greet and sign as they like, as macros do.
    frame = ("", "")
    if not by_person:
        frame = (say("mail.greeting", language), say("mail.signature", language))
    shown = message.text if by_person else plain(message.text)
    return Outgoing(
        to=thread.last.answer_to,
        subject=thread.subject(language),
        text="\n\n".join(part.strip() for part in (frame[0], shown, frame[1]) if part) + "\n",
        html=_html(frame, message.text, language, as_typed=by_person),
        message_id=marks.message_id(thread.reference, message.id),
        answers=thread.last.message_id or None,
        references=thread.last.thread,
        reply_to=marks.address(address, thread.reference),
        sender_name=say("mail.name", language),
        language=language,
        automatic=not by_person,
    )


async def _thread(session: AsyncSession, message: Message) -> _Thread | None:
    """The mail that a message answers, or else the last one before it, and its ticket."""
    answers = InboundMail.said_id == (message.reply_to or "")
    last = await session.scalar(
        select(InboundMail)
        .where(
            InboundMail.conversation_id == message.conversation_id,
            or_(answers, InboundMail.received_at <= message.at),
        )
        .order_by(case((answers, 0), else_=1), InboundMail.id.desc())
        .limit(1)
    )
    if last is None:
        return None
    named = await session.get(Ticket, parse((message.custom or {}).get("ticket") or "") or 0)
    return _Thread(last=last, ticket=named or await latest_ticket(session, message.conversation_id))


def _html(frame: tuple[str, str], text: str, language: str, *, as_typed: bool) -> str:
    greeting, signature = (_paragraphs(part) for part in frame)
    shown = _paragraphs(text) if as_typed else article_html(text, language)
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"></head>'
        f"<body>{greeting}{shown}{signature}</body></html>\n"
    )


def _paragraphs(text: str) -> str:
    parts = (escape(part).replace("\n", "<br>") for part in text.strip().split("\n\n"))
    return "".join(f"<p>{part}</p>" for part in parts if part)
