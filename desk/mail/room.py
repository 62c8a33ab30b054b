"""The mail room put together: mailboxes are followed, what came is dealt with, answers are sent."""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from desk import metrics, tracing
from desk.attachments.scanner import scanner_of
from desk.attachments.spool import Spool
from desk.conversations.bot import BotClient
from desk.conversations.models import InboundMail
from desk.home import Home
from desk.knowledge.shelf import Shelf
from desk.logs import begin
from desk.mail.correspondence import Correspondence
from desk.mail.handling import Handler, NotNow
from desk.mail.intake import Intake
from desk.mail.mailbox import Account, Letter, Mailbox, Position
from desk.mail.models import MailboxPosition
from desk.mail.smtp import Smtp, relay
from desk.mail.threads import Marks
from desk.mail.watch import alone
from desk.settings import Settings
from desk.store import Store
from textkit.embedding import embedder

log = logging.getLogger(__name__)

AT_ONCE = 8
"""Mails that one worker deals with side by side."""
LEASE = timedelta(seconds=60)
_AGAIN = timedelta(seconds=5)
MOST_ATTEMPTS = 5
"""A mail at which the desk has failed so often is put into quarantine, where people see it."""


class MailRoom:
    """Everything that a worker does about mail."""

    def __init__(self, store: Store, settings: Settings) -> None:
        """Put it together; nothing is called or read yet.

        Raises:
            UnusableServer: a mailbox or the relay of the settings is none.
        """
        home = Home(settings.home)
        secrets = home.secrets()
        self._store = store
        self._watches = home.path / "mailboxes"
        self._ca = settings.mail_ca
        self._spool = Spool.of(home)
        self._intake = Intake(store, self._spool)
        self._marks = Marks(secrets.mail_key, settings.mail_domain)
        self._bot = BotClient(
            home.bot_urls(settings),
            secrets.bot_token,
            timeout=settings.bot_timeout,
            embedder=embedder(settings.embedder),
        )
        self._handler = Handler(
            store,
            self._spool,
            self._bot,
            scanner=scanner_of(settings.clamd),
            shelf=Shelf(store),
            marks=self._marks,
            settings=settings,
        )
        self._accounts = accounts(settings)
        self.sender = self._sender(settings)

    async def follow(self, stop: asyncio.Event) -> None:
        """Read every mailbox until told to stop; each is left to the first worker that comes."""
        async with asyncio.TaskGroup() as tasks:
            for number, account in enumerate(self._accounts, start=1):
                tasks.create_task(self._follow(account, number, stop))

    async def deal(self) -> bool:
        """Deal with a share of what waits; whether more may be waiting."""
        leased = await self._lease()
        await asyncio.gather(*(self._deal(mail) for mail in leased))
        return len(leased) == AT_ONCE

    async def close(self) -> None:
        """Let go of connections."""
        await self._bot.close()

    async def _follow(self, account: Account, number: int, stop: asyncio.Event) -> None:
        begin(f"mailbox-{number}")
        name = hashlib.sha256(account.name.encode()).hexdigest()[:16]
        async with alone(self._watches / name, stop) as chosen:
            if chosen:
                await self._read(account, number, stop)

    async def _read(self, account: Account, number: int, stop: asyncio.Event) -> None:
        async with self._store.read() as session:
            known = await session.get(MailboxPosition, account.name)

        async def take(letter: Letter) -> None:
            at = letter.position
            position = MailboxPosition(name=account.name, uidvalidity=at.uidvalidity, uid=at.uid)
            await self._intake.take(letter.raw, whole=letter.whole, position=position)

        position = Position(uidvalidity=known.uidvalidity, uid=known.uid) if known else None
        # By its place among the settings, since its name is an address.
        read = metrics.MAILBOX_READ.labels(str(number))
        mailbox = Mailbox(
            account, take, position=position, ca=self._ca, on_read=read.set_to_current_time
        )
        await mailbox.follow(stop)

    async def _lease(self) -> Sequence[InboundMail]:
        now = datetime.now(UTC)
        waiting = (
            select(InboundMail)
            .where(InboundMail.state == "received", InboundMail.not_before <= now)
            .order_by(InboundMail.not_before, InboundMail.id)
            .limit(AT_ONCE)
        )
        async with self._store.read() as session:
            if await session.scalar(waiting.limit(1)) is None:
                return ()
        async with self._store.write() as session:
            found = (await session.scalars(waiting.with_for_update(skip_locked=True))).all()
            for mail in found:
                mail.not_before = now + LEASE
                mail.attempts += 1
            return found

    async def _deal(self, mail: InboundMail) -> None:
        # Each mail is dealt with in a task of its own, which remembers this.
        begin(f"mail-{mail.id}")
        try:
            with tracing.span("mail", after={}):
                await self._handler.handle(mail.id)
        except NotNow:
            metrics.MAILS_HANDLED.labels("put_off").inc()
            await self._put_off(mail.id, attempts=mail.attempts - 1)
        except Exception:
            metrics.MAILS_HANDLED.labels("failed").inc()
            log.exception("a mail could not be dealt with", extra={"mail": mail.id})
            if mail.attempts >= MOST_ATTEMPTS:
                await self._handler.quarantine(mail.id, "failed")
            else:
                await self._put_off(mail.id, attempts=mail.attempts)
        else:
            metrics.MAILS_HANDLED.labels("done").inc()

    async def _put_off(self, mail_id: int, *, attempts: int) -> None:
        async with self._store.write() as session:
            await session.execute(
                update(InboundMail)
                .where(InboundMail.id == mail_id, InboundMail.state == "received")
                .values(not_before=datetime.now(UTC) + _AGAIN, attempts=attempts)
            )

    def _sender(self, settings: Settings) -> Correspondence | None:
        if settings.smtp_url is None:
            return None
        address = settings.mail_addresses[0]
        smtp = Smtp(
            relay(settings.smtp_url.get_secret_value()),
            address=address,
            envelope=settings.bounce_address,
            ca=settings.mail_ca,
        )
        return Correspondence(self._store, smtp, self._marks, address=address)


def accounts(settings: Settings) -> list[Account]:
    """The mailboxes of the settings.

    Raises:
        UnusableServer: one of them is none.
    """
    named = settings.mailboxes.get_secret_value() if settings.mailboxes else ""
    return [Account.parse(url) for url in named.split()]
