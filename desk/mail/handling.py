"""Dealing with a mail that was taken: what the gate decides is done, and it is answered once.

All that a mail leads to is written in one transaction, which also marks it as dealt with. What goes
before that, such as asking the assistant, can be done again after a crash without another effect.
"""

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from desk.attachments.scanner import Scanner, ScannerDown
from desk.attachments.service import hand_over
from desk.attachments.spool import ContentGone, Spool
from desk.conversations import opening, service
from desk.conversations.bot import BotClient, BotUnavailable
from desk.conversations.models import Conversation, InboundMail, Message
from desk.conversations.ownership import want_person
from desk.conversations.service import locked
from desk.knowledge.shelf import Shelf
from desk.mail import files
from desk.mail.bounces import note_undelivered, undelivered
from desk.mail.case import Case, case_of
from desk.mail.consulting import Consulted, consult
from desk.mail.files import Taken
from desk.mail.gate import Passed, examine
from desk.mail.parse import Unreadable
from desk.mail.parties import is_party, target
from desk.mail.questions import questions, says_thanks
from desk.mail.responding import Responder
from desk.mail.threads import Marks
from desk.settings import Settings
from desk.store import Store
from desk.tickets import work
from desk.tickets.ledger import Actor, Write
from desk.tickets.models import Ticket
from desk.tickets.states import OPEN

PATIENCE = timedelta(seconds=60)
"""How long a mail waits for an assistant that does not answer, before a person gets it."""
SCANNER_PATIENCE = timedelta(minutes=10)
"""How long a mail with files waits for a scanner that is down."""
_NOTHING: Mapping[str, Any] = {}


class NotNow(Exception):
    """Something that is needed can't be had now; the mail is to be dealt with a little later."""


class Handler:
    """Deals with mails, one at a time or several at once."""

    def __init__(
        self,
        store: Store,
        spool: Spool,
        bot: BotClient,
        *,
        scanner: Scanner,
        shelf: Shelf,
        marks: Marks,
        settings: Settings,
    ) -> None:
        self._store = store
        self._spool = spool
        self._bot = bot
        self._scanner = scanner
        self._shelf = shelf
        self._marks = marks
        self._settings = settings
        self._responder = Responder(shelf, settings)

    async def handle(self, mail_id: int) -> None:
        """Deal with a mail, once, however often it is called.

        Raises:
            NotNow: the assistant or the scanner does not answer, and the mail can wait for it; or
                the ticket that it goes on with was merged or erased in this moment.
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
        case = await asyncio.to_thread(case_of, row, passed, own=self._settings.mail_addresses)
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

    async def _bounce(self, case: Case) -> None:
        ids = undelivered(case.passed.mail, self._marks)
        async with self._store.write() as session:
            if await _settled(session, case.row.id, case.found) is not None:
                for message_id in ids:
                    await note_undelivered(session, message_id, now=datetime.now(UTC))

    async def _append(self, case: Case) -> bool:
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
                row = await _settled(session, case.row.id, _found(case, taken))
                if row is None:
                    return True
                conversation = await locked(session, to.conversation_id)
                # What another mail of the thread has led to meanwhile is seen behind the lock only.
                to = await target(session, thread)
                if to is None or to.conversation_id != conversation.id:
                    raise NotNow
                await self._add(session, row, case, to.ticket, conversation, taken)
        return True

    async def _take_files(self, case: Case, keeping: ExitStack) -> Taken:
        """The files of a mail, which waits for the scanner, but not for ever."""
        came = case.passed.mail.files
        try:
            return await files.take(came, self._spool, self._scanner, keeping)
        except ScannerDown as error:
            if datetime.now(UTC) - case.row.received_at < SCANNER_PATIENCE:
                raise NotNow from error
            return files.left_unchecked(came)

    async def _add(
        self,
        session: AsyncSession,
        row: InboundMail,
        case: Case,
        ticket: Ticket | None,
        conversation: Conversation,
        taken: Taken,
    ) -> None:
        now = datetime.now(UTC)
        if conversation.state == "closed":
            want_person(conversation, now)
        had = conversation.state == "analyst"
        message = await service.receive(session, conversation, case.text, client_id=_client_id(row))
        # A forged mail of a party could have the answers to it sent elsewhere.
        if row.answer_to and not await is_party(session, conversation.id, row.answer_to):
            row.answer_to = row.sender
        row.conversation_id, row.said_id = conversation.id, message.id
        await files.keep(session, message, taken.pieces, now=now)
        thanks = says_thanks(case.text)
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
            await self._responder.hand_off(session, row, case, message, None)

    async def _open(self, case: Case, *, consulting: bool) -> None:
        """Answer a mail that begins something new, or open a ticket for it."""
        begun = await self._begin(case)
        if begun is None:
            return
        message, conversation = begun
        consulted = None
        if consulting:
            consulted = await self._consult(case, conversation, message)
        with ExitStack() as keeping:
            taken = await self._take_files(case, keeping)
            async with self._store.write() as session:
                row = await _settled(session, case.row.id, _found(case, taken))
                if row is None:
                    return
                message = await session.get_one(Message, message.id)
                await files.keep(session, message, taken.pieces, now=datetime.now(UTC))
                if consulted is not None and consulted.last.evidence is not None:
                    service.understand(message, consulted.last.evidence)
                if not await self._responder.answer(session, row, case, message, consulted):
                    await self._responder.hand_off(session, row, case, message, consulted)

    async def _begin(self, case: Case) -> tuple[Message, Conversation] | None:
        """A mail as a message and its conversation, made when it is dealt with for the first time.

        None when somebody else has dealt with it.
        """
        async with self._store.write() as session:
            row = await _locked(session, case.row.id)
            if row is None:
                return None
            if row.said_id is None:
                conversation = await opening.open_by_mail(
                    session, key=row.key, language=case.reply_language
                )
                message = await service.receive(
                    session, conversation, case.text, client_id=_client_id(row)
                )
                row.conversation_id, row.said_id = conversation.id, message.id
            message = await session.get_one(Message, row.said_id)
            return message, await session.get_one(Conversation, message.conversation_id)

    async def _consult(
        self, case: Case, conversation: Conversation, message: Message
    ) -> Consulted | None:
        """What the assistant says; None when it says nothing for too long."""
        asked = questions(case.own_words, case.subject)
        if not asked or message.answered_at is not None:
            return None
        try:
            return await consult(self._bot, self._shelf, conversation, message, asked)
        except BotUnavailable as error:
            if datetime.now(UTC) - case.row.received_at < PATIENCE:
                raise NotNow from error
            return None


def _client_id(row: InboundMail) -> str:
    return f"mail/{row.key}"


def _found(case: Case, taken: Taken) -> dict[str, Any]:
    """The columns of a mail whose files have been taken."""
    return case.found | {"left_out": [list(pair) for pair in taken.left_out]}


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
