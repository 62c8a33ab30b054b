"""Following a mailbox over IMAP: what is new is taken in its order, and nothing is removed.

The server says at once that something has come (IDLE, RFC 2177) where it can; where it can't, it
is asked every minute. How far a mailbox was read is told by UIDVALIDITY and UID (RFC 3501 section
2.3.1.1): when the first changes, the numbers mean nothing any more, and all is read again. Whoever
takes the mails knows those again that it has had.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from imaplib import IMAP4
from pathlib import Path

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

from desk.mail.parse import LARGEST
from desk.mail.servers import Server, UnusableServer, trusting
from desk.outbox import delivery

log = logging.getLogger(__name__)

TIMEOUT_S = 30.0
"""For each word of the server."""
_SLICE_S = 2.0
"""How long a wait goes on before it is looked whether the desk stops."""
_LOOK_S = 60.0
"""After which it is looked for mail even if the server says nothing; some servers forget to."""
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 300.0


@dataclass(frozen=True, kw_only=True)
class Account:
    """A folder on a server that some user may read."""

    server: Server
    folder: str

    @classmethod
    def parse(cls, url: str) -> "Account":
        """Read `imaps://user:password@host:993/INBOX`.

        Raises:
            UnusableServer: see `Server.parse`; or it names no user and password.
        """
        server = Server.parse(
            url, setting="ACEDESK_MAILBOXES", scheme="imap", port=143, tls_port=993
        )
        if not (server.username and server.password):
            raise UnusableServer("ACEDESK_MAILBOXES names no user or no password")
        return cls(server=server, folder=server.path or "INBOX")

    @property
    def name(self) -> str:
        """What it is called in logs and in the store."""
        return f"{self.server.username}@{self.server.host}/{self.folder}"


@dataclass(frozen=True, kw_only=True)
class Position:
    """How far a mailbox was read."""

    uidvalidity: int
    uid: int


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A mail as the server has it, and where it stands."""

    position: Position
    raw: bytes
    whole: bool
    """Of a mail that is too large only the headers are fetched."""


class Mailbox:
    """One mailbox, and how far it was read."""

    def __init__(
        self,
        account: Account,
        take: Callable[[Letter], Awaitable[None]],
        *,
        position: Position | None = None,
        ca: Path | None = None,
        on_read: Callable[[], None] = lambda: None,
    ) -> None:
        """Read a mailbox.

        Args:
            account: where it is.
            take: keeps a mail for good; the next one is fetched when it returns. A mail that it
                raises for is fetched again, so that it is not lost.
            position: how far it was read before.
            ca: certificates to trust besides those of the system.
            on_read: is told each time that all of it has been read.
        """
        self.position = position
        self._on_read = on_read
        self._account = account
        self._take = take
        self._ca = ca
        self._failures = 0

    async def follow(self, stop: asyncio.Event) -> None:
        """Take what it holds and what comes, until told to stop.

        When the server goes away it is tried again, each time after twice as long.
        """
        while not stop.is_set():
            try:
                await self._read(stop)
            except (OSError, IMAP4.error, ImapToolsError) as error:
                log.warning(
                    "the mailbox can not be read",
                    extra={"mailbox": self._account.name, "reason": type(error).__name__},
                )
            except Exception:
                log.exception("a mail could not be kept", extra={"mailbox": self._account.name})
            self._failures += 1
            await _pause(stop, wait_s(self._failures, random.random()))  # noqa: S311

    async def _read(self, stop: asyncio.Event) -> None:
        session = await asyncio.to_thread(_Session, self._account, self._ca)
        try:
            if self.position is None or self.position.uidvalidity != session.uidvalidity:
                self.position = Position(uidvalidity=session.uidvalidity, uid=0)
            while not stop.is_set():
                # What comes while others are fetched is told with them, and not again in a wait.
                while await self._take_new(session, stop):
                    pass
                await _news(session, stop)
        finally:
            await asyncio.to_thread(session.close)

    async def _take_new(self, session: "_Session", stop: asyncio.Event) -> bool:
        """Take what lies behind the position; whether it is worth looking again."""
        begin = self.position.uid if self.position else 0
        found = await asyncio.to_thread(session.after, begin)
        for uid in found:
            if stop.is_set():
                return False
            letter = await asyncio.to_thread(session.fetch, uid)
            if letter is not None:
                await self._take(letter)
            self.position = Position(uidvalidity=session.uidvalidity, uid=uid)
        self._failures = 0
        self._on_read()
        return bool(found) or session.told


def wait_s(failures: int, drawn: float) -> float:
    """Seconds until the next attempt; see `delivery.wait_s`."""
    return delivery.wait_s(failures, drawn, first_s=_FIRST_WAIT_S, longest_s=_LONGEST_WAIT_S)


async def _news(session: "_Session", stop: asyncio.Event) -> None:
    """Wait until there may be something new."""
    if not session.idles:
        await _pause(stop, _LOOK_S)
        await asyncio.to_thread(session.keep_alive)
        return
    await asyncio.to_thread(session.start_idling)
    try:
        waited = 0.0
        while not stop.is_set() and waited < _LOOK_S:
            if await asyncio.to_thread(session.hears, _SLICE_S):
                break
            waited += _SLICE_S
    finally:
        await asyncio.to_thread(session.stop_idling)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


class _Session:
    """One connection, used from one thread at a time."""

    def __init__(self, account: Account, ca: Path | None) -> None:
        self._box = _connected(account.server, ca)
        try:
            self._box.login(account.server.username, account.server.password, initial_folder=None)
            self._box.folder.set(account.folder, readonly=True)
            status = self._box.folder.status(account.folder, ["UIDVALIDITY"])
        except BaseException:
            self.close()
            raise
        self.uidvalidity = status["UIDVALIDITY"]
        self.idles = "IDLE" in self._box.client.capabilities

    @property
    def told(self) -> bool:
        """Whether the server said since the last look that something has come.

        It may do so with its answer to any command (RFC 3501 section 7), and says it once.
        """
        return "EXISTS" in self._box.client.untagged_responses

    def after(self, uid: int) -> list[int]:
        """UIDs behind this one, in their order."""
        self._box.client.response("EXISTS")
        # A range always holds the last mail, however small its number is.
        found = self._box.uids(f"UID {uid + 1}:*")
        return sorted(number for one in found if (number := int(one)) > uid)

    def fetch(self, uid: int) -> Letter | None:
        """A mail; None when it is gone."""
        position = Position(uidvalidity=self.uidvalidity, uid=uid)
        size = next(self._data(uid, "(RFC822.SIZE)"), None)
        if size is None:
            return None
        whole = int(size.rpartition(b"RFC822.SIZE ")[2].strip(b" )").split()[0]) <= LARGEST
        raw = next(self._data(uid, "(BODY.PEEK[])" if whole else "(BODY.PEEK[HEADER])"), None)
        return None if raw is None else Letter(position=position, raw=raw, whole=whole)

    def _data(self, uid: int, what: str) -> Iterator[bytes]:
        answer, data = self._box.client.uid("FETCH", str(uid), what)
        if answer != "OK":
            raise IMAP4.error("FETCH was refused")
        for part in data:
            if isinstance(part, tuple):
                yield part[1]
            elif isinstance(part, bytes) and b"RFC822.SIZE" in part:
                yield part

    def keep_alive(self) -> None:
        """Let the server say what is new, and show it that somebody is there."""
        self._box.client.noop()

    def start_idling(self) -> None:
        """Have the server say when something comes."""
        self._box.idle.start()  # type: ignore[no-untyped-call]

    def hears(self, seconds: float) -> bool:
        """Whether the server says within so long that something has come."""
        return self.told or any(b"EXISTS" in line for line in self._box.idle.poll(timeout=seconds))

    def stop_idling(self) -> None:
        """Take the word back."""
        self._box.idle.stop()  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Go, politely if the server still listens."""
        with suppress(OSError, IMAP4.error, ImapToolsError):
            self._box.client.logout()
        with suppress(OSError, IMAP4.error):
            self._box.client.shutdown()


def _connected(server: Server, ca: Path | None) -> BaseMailBox:
    if server.security == "none":
        return MailBoxUnencrypted(server.host, server.port, timeout=TIMEOUT_S)
    kind = MailBox if server.security == "tls" else MailBoxStartTls
    return kind(server.host, server.port, timeout=TIMEOUT_S, ssl_context=trusting(ca))
