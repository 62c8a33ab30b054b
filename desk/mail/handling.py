"""Dealing with a mail that was taken: what the gate decides is done, and it is answered once.

All that a mail leads to is written in one transaction, which also marks it as dealt with. What goes
before that, such as asking the assistant, can be done again after a crash without another effect.
"""

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import getaddresses
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.attachments.service import hand_over
from desk.attachments.spool import ContentGone, Spool
from desk.conversations import service
from desk.conversations.bot import BotClient, BotUnavailable
from desk.conversations.handoff import find_emails, open_at_once
from desk.conversations.models import Conversation, Draft, InboundMail, Message
from desk.conversations.ownership import want_person
from desk.conversations.post import post
from desk.conversations.service import MAX_TEXT, Bubble, locked, only_thanks
from desk.knowledge.shelf import Shelf
from desk.mail import files, replies
from desk.mail.bounces import note_undelivered, undelivered
from desk.mail.budget import is_spent
from desk.mail.consulting import Consulted, consult
from desk.mail.files import Taken
from desk.mail.gate import Passed, examine
from desk.mail.message import Mail
from desk.mail.parse import Unreadable
from desk.mail.parties import is_party, target
from desk.mail.questions import questions
from desk.mail.threads import Marks, bare_subject
from desk.messages import say
from desk.settings import Settings
from desk.store import Store
from desk.tickets import work
from desk.tickets.ledger import Actor, Write
from desk.tickets.models import Ticket
from desk.tickets.service import processed, ticket_of_conversation
from desk.tickets.states import OPEN
from textkit.masking import mask
from textkit.normalise import printable

PATIENCE = timedelta(seconds=60)
"""How long a mail waits for an assistant that does not answer, before a person gets it."""
_LONGEST_BODY = 100_000
"""Characters of a whole body that are kept."""
_LONGEST_NAME, _LONGEST_SUBJECT = 200, 500
_NOTHING: Mapping[str, Any] = {}


class NotNow(Exception):
    """The assistant does not answer; the mail is to be dealt with a little later."""


@dataclass(frozen=True, kw_only=True)
class _Case:
    """A mail that somebody wrote to the desk, read."""

    row: InboundMail
    passed: Passed
    found: dict[str, Any]
    """Columns of the row, masked."""
    text: str
    """What was written, for the conversation, which masks it."""

    @property
    def subject(self) -> str:
        return bare_subject(str(self.found["subject"]))

    @property
    def requester(self) -> dict[str, str]:
        known = {"name": str(self.found["sender_name"]), "email": str(self.found["sender"])}
        return {name: value for name, value in known.items() if value}


class Handler:
    """Deals with mails, one at a time or several at once."""

    def __init__(
        self,
        store: Store,
        spool: Spool,
        bot: BotClient,
        *,
        shelf: Shelf,
        marks: Marks,
        settings: Settings,
    ) -> None:
        self._store = store
        self._spool = spool
        self._bot = bot
        self._shelf = shelf
        self._marks = marks
        self._settings = settings

    async def handle(self, mail_id: int) -> None:
        """Deal with a mail, once, however often it is called.

        Raises:
            NotNow: the assistant does not answer, and the mail can wait for it.
        """
        async with self._store.read() as session:
            row = await session.get_one(InboundMail, mail_id)
        if row.state != "received":
            return
        try:
            raw = await asyncio.to_thread(self._spool.get, row.spool_key)
            passed = await asyncio.to_thread(self._examine, raw)
        except (Unreadable, ContentGone) as error:
            reason = error.reason if isinstance(error, Unreadable) else "content_gone"
            await self.quarantine(row.id, reason)
            return
        case = await asyncio.to_thread(_case, row, passed, self._settings)
        decision = row.released_as or passed.decision
        if not row.whole and not row.released_as:
            await self.quarantine(row.id, "too_large", case.found)
        elif decision == "quarantine":
            await self.quarantine(row.id, passed.reason, case.found)
        elif decision == "ignore":
            await self._settle(row.id, case.found)
        elif decision == "bounce":
            await self._bounce(case)
        elif decision != "append" or not await self._append(case):
            await self._open(case, consulting=decision in ("assistant", "append"))

    async def quarantine(
        self, mail_id: int, reason: str, found: Mapping[str, Any] = _NOTHING
    ) -> None:
        """Keep a mail until an analyst has looked; nobody is answered."""
        came_to = {"decision": "quarantine", "reason": reason, "state": "quarantined"}
        await self._settle(mail_id, {**found, **came_to})

    def _examine(self, raw: bytes) -> Passed:
        return examine(
            raw,
            marks=self._marks,
            own=self._settings.mail_addresses,
            bounces=self._settings.bounce_address,
            authserv_id=self._settings.mail_authserv_id or "",
        )

    async def _settle(self, mail_id: int, found: Mapping[str, Any]) -> None:
        async with self._store.write() as session:
            await _settled(session, mail_id, found)

    async def _bounce(self, case: _Case) -> None:
        ids = undelivered(case.passed.mail, self._marks)
        async with self._store.write() as session:
            if await _settled(session, case.row.id, case.found) is not None:
                for message_id in ids:
                    await note_undelivered(session, message_id, now=datetime.now(UTC))

    async def _append(self, case: _Case) -> bool:
        """Put a mail to what it goes on with; False when it goes on with nothing that there is."""
        thread, sender = case.passed.thread, case.passed.mail.sender.address
        if thread is None:
            return False
        async with self._store.read() as session:
            to = await target(session, thread)
            if to is None:
                return False
            allowed = case.row.released_as or await is_party(session, to.conversation_id, sender)
        if not allowed:
            await self.quarantine(case.row.id, "not_a_party", case.found)
            return True
        with ExitStack() as keeping:
            taken = await self._take_files(case, keeping)
            async with self._store.write() as session:
                row = await _settled(session, case.row.id, case.found | {"left_out": _pairs(taken)})
                if row is not None:
                    conversation = await locked(session, to.conversation_id)
                    await self._add(session, row, case, to.ticket, conversation, taken)
        return True

    async def _take_files(self, case: _Case, keeping: ExitStack) -> Taken:
        return await asyncio.to_thread(files.take, case.passed.mail.files, self._spool, keeping)

    async def _add(
        self,
        session: AsyncSession,
        row: InboundMail,
        case: _Case,
        ticket: Ticket | None,
        conversation: Conversation,
        taken: Taken,
    ) -> None:
        now = datetime.now(UTC)
        if conversation.state == "closed":
            want_person(conversation, now)
        had = conversation.state == "analyst"
        message = await service.receive(session, conversation, case.text, client_id=_client_id(row))
        row.conversation_id, row.said_id = conversation.id, message.id
        await files.keep(session, message, taken.pieces, now=now)
        thanks = only_thanks(case.text)
        if ticket is not None and ticket.state not in ("closed", "cancelled"):
            message.answered_at = message.at
            if not (had and ticket.state in OPEN):
                write = Write(key=message.id, actor=Actor(kind="customer"), now=now)
                await work.received(
                    session, ticket.id, write, message_id=message.id, waits=not thanks
                )
            await hand_over(session, conversation.id, ticket.id, now=now)
        elif thanks:
            message.answered_at = message.at
        else:
            await self._hand_off(session, row, case, message, None)

    async def _open(self, case: _Case, *, consulting: bool) -> None:
        """Answer a mail that begins something new, or open a ticket for it."""
        message, conversation = await self._begin(case)
        if message is None or conversation is None:
            return
        consulted = None
        if consulting:
            consulted = await self._consult(case, conversation, message)
        with ExitStack() as keeping:
            taken = await self._take_files(case, keeping)
            async with self._store.write() as session:
                left_out = {"left_out": _pairs(taken)}
                row = await _settled(session, case.row.id, case.found | left_out)
                if row is None:
                    return
                message = await session.get_one(Message, message.id)
                await files.keep(session, message, taken.pieces, now=datetime.now(UTC))
                if not await self._answer(session, row, case, message, consulted):
                    await self._hand_off(session, row, case, message, consulted)

    async def _begin(self, case: _Case) -> tuple[Message | None, Conversation | None]:
        """The conversation of a mail, made when it is dealt with for the first time."""
        async with self._store.write() as session:
            row = await _locked(session, case.row.id)
            if row is None:
                return None, None
            if row.said_id is None:
                conversation = await service.open_by_mail(
                    session, key=row.key, language=case.passed.language.reply
                )
                message = await service.receive(
                    session, conversation, case.text, client_id=_client_id(row)
                )
                row.conversation_id, row.said_id = conversation.id, message.id
            message = await session.get_one(Message, row.said_id)
            return message, await session.get_one(Conversation, message.conversation_id)

    async def _consult(
        self, case: _Case, conversation: Conversation, message: Message
    ) -> Consulted | None:
        """What the assistant says; None when it says nothing for too long."""
        asked = questions(mask(case.passed.trimmed.own_words).text, case.subject)
        if not asked or message.answered_at is not None:
            return None
        try:
            return await consult(self._bot, self._shelf, conversation, message, asked)
        except BotUnavailable as error:
            if datetime.now(UTC) - case.row.received_at < PATIENCE:
                raise NotNow from error
            return None

    async def _answer(
        self,
        session: AsyncSession,
        row: InboundMail,
        case: _Case,
        message: Message,
        consulted: Consulted | None,
    ) -> bool:
        """Answer it if the assistant has all answers and nothing speaks against it."""
        if consulted is None or not consulted.answered or case.passed.silent:
            return False
        begun = await session.get(Draft, message.conversation_id) or await ticket_of_conversation(
            session, message.conversation_id
        )
        if begun is not None or await self._is_spent(session, row):
            return False
        language = str(consulted.last.custom.get("reply_language") or case.passed.language.reply)
        bubble = replies.answer(
            consulted.replies,
            message,
            language=language,
            following=await self._following(consulted, language),
        )
        await self._reply(session, row, message, bubble, language=language)
        return True

    async def _hand_off(
        self,
        session: AsyncSession,
        row: InboundMail,
        case: _Case,
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
            article=article,
            known=case.requester,
        )
        # What was opened at once as an emergency did not ask who it is.
        ticket.requester = ticket.requester | case.requester
        await hand_over(session, message.conversation_id, ticket.id, now=datetime.now(UTC))
        reply = case.passed.language.reply
        if case.passed.silent or await self._is_spent(session, row):
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
            session,
            answer_to=row.answer_to,
            conversation_id=str(row.conversation_id),
            limit=self._settings.mail_budget,
            now=datetime.now(UTC),
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


def _case(row: InboundMail, passed: Passed, settings: Settings) -> _Case:
    mail = passed.mail
    subject = mask(printable(mail.subject)).text[:_LONGEST_SUBJECT]
    words = passed.trimmed.text.strip() or bare_subject(subject)
    text = printable(words).strip().lstrip("/ ")
    return _Case(
        row=row,
        passed=passed,
        text=text[:MAX_TEXT] or say("mail.no_words", passed.language.reply),
        found={
            "state": "done",
            "kind": passed.classification.kind,
            "decision": row.released_as or passed.decision,
            "reason": passed.reason,
            "language": passed.language.language,
            "authentication": {
                "verdict": passed.authentication.verdict,
                "forged": passed.authentication.forged,
                **passed.authentication.results,
            },
            "silent": passed.silent,
            "reference": passed.thread.reference if passed.thread else None,
            "message_id": mail.message_id,
            "thread": list(reversed(mail.references)),
            "sender": mail.sender.address,
            "sender_name": mask(printable(mail.sender.name)).text[:_LONGEST_NAME],
            "answer_to": _answer_to(mail, settings.mail_addresses),
            "subject": subject,
            "body": mask(printable(mail.text[:_LONGEST_BODY])).text,
        },
    )


def _answer_to(mail: Mail, own: tuple[str, ...]) -> str:
    """Where answers go; empty when there is no address that can be written to."""
    wished = [address for _, address in getaddresses([mail.first("reply-to")], strict=False)]
    for address in (*wished, mail.sender.address):
        lowered = address.strip().lower()
        if find_emails(lowered) == [lowered] and lowered not in own:
            return lowered
    return ""


def _client_id(row: InboundMail) -> str:
    return f"mail/{row.key}"


def _pairs(taken: Taken) -> list[list[str]]:
    return [[name, why] for name, why in taken.left_out]


async def _locked(session: AsyncSession, mail_id: int) -> InboundMail | None:
    """A mail that still waits, for this transaction alone."""
    row = await session.get_one(InboundMail, mail_id, with_for_update=True, populate_existing=True)
    return row if row.state == "received" else None


async def _settled(
    session: AsyncSession, mail_id: int, found: Mapping[str, Any]
) -> InboundMail | None:
    """The mail, marked as dealt with; None when somebody else was faster."""
    row = await _locked(session, mail_id)
    if row is not None:
        for name, value in found.items():
            setattr(row, name, value)
        row.settled_at = datetime.now(UTC)
    return row
