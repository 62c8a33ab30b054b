"""What a mail leads to that begins something: an answer, or a ticket and its receipt.

These functions write; whoever calls them has marked the mail as dealt with in the same transaction.
"""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.attachments.service import hand_over
from desk.conversations import service
from desk.conversations.handoff import open_at_once
from desk.conversations.models import Draft, InboundMail, Message
from desk.conversations.post import post
from desk.conversations.service import Bubble
from desk.knowledge.shelf import Shelf
from desk.mail import replies
from desk.mail.budget import is_spent
from desk.mail.case import Case
from desk.mail.consulting import Consulted
from desk.settings import Settings
from desk.tickets.models import Ticket
from desk.tickets.service import processed, ticket_of_conversation


class Responder:
    """Answers mails, or hands them to people."""

    def __init__(self, shelf: Shelf, settings: Settings) -> None:
        self._shelf = shelf
        self._settings = settings

    async def answer(
        self,
        session: AsyncSession,
        row: InboundMail,
        case: Case,
        message: Message,
        consulted: Consulted | None,
    ) -> bool:
        """Answer it if the assistant has all answers and nothing speaks against it."""
        # The assistant can't look into a file, which may say all that matters.
        if consulted is None or not consulted.answered or case.silent or case.passed.mail.attached:
            return False
        begun = await session.get(Draft, message.conversation_id) or await ticket_of_conversation(
            session, message.conversation_id
        )
        if begun is not None or await self._is_spent(session, row):
            return False
        language = str(consulted.last.custom.get("reply_language") or case.reply_language)
        bubble = replies.answer(
            consulted.replies,
            message,
            language=language,
            following=await self._following(consulted, language),
        )
        await self._reply(session, row, message, bubble, language=language)
        return True

    async def hand_off(
        self,
        session: AsyncSession,
        row: InboundMail,
        case: Case,
        message: Message,
        consulted: Consulted | None,
    ) -> None:
        """Open a ticket, if the assistant has not done so already, and acknowledge it."""
        opened = await ticket_of_conversation(session, message.conversation_id)
        draft = await session.get(Draft, message.conversation_id)
        story = f"{case.subject}\n{message.text}".strip()
        if draft is not None:
            # The assistant has kept the words without the subject.
            draft.fields = draft.fields | {"story": story}
        article = await self._about(session, message, consulted)
        about = await self._shelf.article(article, "en") if article else None
        ticket = opened or await open_at_once(
            session,
            message,
            category=draft.category if draft else about.category if about else "support",
            priority=draft.priority if draft else "normal",
            story=story,
            # It was shown only if this replies to an answer.
            article=None if consulted else article,
            known=case.requester,
        )
        # What was opened at once as an emergency did not ask who it is.
        ticket.requester = ticket.requester | case.requester
        await hand_over(session, message.conversation_id, ticket.id, now=datetime.now(UTC))
        reply = case.reply_language
        if case.silent or await self._is_spent(session, row):
            await service.reply(session, message, [], language=reply)
            return
        clock = (await processed(session, [ticket]))[ticket.id]
        bubble = replies.receipt(
            message,
            number=ticket.number,
            due=clock.due or clock.start,
            languages=replies.languages_for(case.passed.language.language, reply),
            left_out=[name for name, _ in row.left_out if name],
            urgent=consulted.last if opened and consulted else None,
        )
        await self._reply(session, row, message, bubble, language=reply, ticket=ticket)

    async def _reply(
        self,
        session: AsyncSession,
        row: InboundMail,
        message: Message,
        bubble: Bubble,
        *,
        language: str,
        ticket: Ticket | None = None,
    ) -> None:
        now = datetime.now(UTC)
        told = await service.reply(session, message, [bubble], language=language)
        await session.flush()
        for one in told:
            await post(session, one, now=now, ticket_id=ticket.id if ticket else None)
            row.replied_at = now

    async def _is_spent(self, session: AsyncSession, row: InboundMail) -> bool:
        return row.answer_to in ("", *self._settings.mail_addresses) or await is_spent(
            session, row, limit=self._settings.mail_budget, now=datetime.now(UTC)
        )

    async def _about(
        self, session: AsyncSession, message: Message, consulted: Consulted | None
    ) -> str | None:
        """The article that comes nearest to what a ticket is about."""
        if consulted is not None:
            custom = consulted.last.custom
        else:
            last = await session.scalar(
                select(Message)
                .where(Message.conversation_id == message.conversation_id, Message.actor == "bot")
                .order_by(Message.seq.desc())
                .limit(1)
            )
            custom = (last.custom or {}) if last else {}
        return custom.get("article") or next(iter(custom.get("candidates") or ()), None)

    async def _following(self, consulted: Consulted, language: str) -> str | None:
        """The title of what is probably asked next."""
        given = {reply.custom.get("article") for reply in consulted.replies}
        for slug in consulted.last.custom.get("candidates") or ():
            if slug not in given and (article := await self._shelf.article(slug, language)):
                return article.title
        return None
