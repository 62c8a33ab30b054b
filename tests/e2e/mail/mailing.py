"""A desk that reads a mailbox and sends by a relay, and people who write to it."""

import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from desk.conversations.models import InboundMail
from desk.mail.intake import key_of
from desk.outbox.models import OutboxItem
from desk.tickets.models import Ticket
from tests.dovecot import Dovecot, serving
from tests.e2e.stack import Stack, running
from tests.relay import Relay, relaying

ADDRESS = "desk@desk.example"
BUDGET, OTHER_BUDGET = 6, 3
"""Automatic mails an hour of a usual desk, and of the one that machines write to."""
ANALYST = "eva@desk.example"
SOON_S = 30
"""A reply takes two seconds on a machine that has nothing else to do."""
_NUMBER = re.compile(r"ASD-\d{6}")


@dataclass(frozen=True, kw_only=True)
class Mailing:
    """A desk, its mailbox and its relay."""

    stack: Stack
    imap: Dovecot
    relay: Relay
    address: str = ADDRESS
    _token: list[str] = field(default_factory=list, repr=False)

    def receives(self, *mails: EmailMessage | bytes) -> None:
        """Put mails into the mailbox and wait until all that follows from them is done."""
        raw = [mail if isinstance(mail, bytes) else mail.as_bytes() for mail in mails]
        self.imap.deliver(*(one.replace(b"\r\n", b"\n") for one in raw))
        self.waits_for(lambda: len(self.rows(raw)) == len(raw))
        self.comes_to_rest()

    def comes_to_rest(self, *, seconds: float = SOON_S) -> None:
        """Wait until every mail is dealt with and all that was written has been sent."""
        self.waits_for(lambda: not self.busy(), seconds=seconds)

    def busy(self) -> list[InboundMail | OutboxItem]:
        """What is still to be dealt with or sent."""
        unsent = OutboxItem.topic == "mail.send", OutboxItem.settled_at.is_(None)
        with self.reading() as store:
            return [
                *store.scalars(select(InboundMail).where(InboundMail.state == "received")),
                *store.scalars(select(OutboxItem).where(*unsent)),
            ]

    def rows(self, raw: Sequence[bytes]) -> list[InboundMail]:
        """What the desk knows of mails, in their order."""
        keys = [key_of(one) for one in raw]
        with self.reading() as store:
            found = store.scalars(select(InboundMail).where(InboundMail.key.in_(keys)))
            known = {row.key: row for row in found}
        return [known[key] for key in keys if key in known]

    def row(self, mail: EmailMessage) -> InboundMail:
        """What the desk knows of a mail."""
        return self.rows([mail.as_bytes()])[0]

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """The desk's store, as it is at this moment."""
        engine = create_engine("sqlite://", creator=self._connect, poolclass=NullPool)
        with Session(engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """The desk's store, to change what only time does."""
        engine = create_engine(f"sqlite:///{self._database}", poolclass=NullPool)
        with Session(engine) as session, session.begin():
            yield session

    def dump(self) -> str:
        """All that the store holds, as text."""
        with closing(self._connect()) as connection:
            return "\n".join(connection.iterdump())

    def logs(self) -> str:
        return "\n".join(file.read_text() for file in self.stack.home.rglob("*.log"))

    def ticket(self, number: str) -> Any:
        """All of a ticket, as a program of an analyst gets it."""
        answer = self.stack.http.get(f"/api/v1/tickets/{number}", headers=self._program())
        assert answer.status_code == 200, answer.text
        return answer.json()

    def works(self, number: str, act: str, **values: str) -> None:
        """An analyst does something with a ticket; returns when all that follows is done."""
        headers = self._program() | {"Idempotency-Key": uuid4().hex}
        path = f"/api/v1/tickets/{number}/{act}"
        answer = self.stack.http.post(path, headers=headers, json=values)
        assert answer.status_code == 200, answer.text
        self.comes_to_rest()

    def tickets(self) -> set[str]:
        """Numbers of all tickets that there are."""
        with self.reading() as store:
            return {ticket.number for ticket in store.scalars(select(Ticket))}

    def waits_for(self, condition: Callable[[], bool], *, seconds: float = SOON_S) -> None:
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, self.logs()[-6000:]
            time.sleep(0.1)

    def _program(self) -> dict[str, str]:
        if not self._token:
            cli, scopes = self.stack.cli, ("tickets.read", "tickets.work", "conversations.reply")
            cli("user", "add", ANALYST, "--password-stdin", stdin="correct horse battery")
            asked = [word for scope in scopes for word in ("--scope", scope)]
            made = cli("user", "token", ANALYST, "--name", "test", *asked)
            self._token.append(made.split()[-1])
        return {"Authorization": f"Bearer {self._token[0]}"}

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)

    @property
    def _database(self) -> Path:
        return self.stack.home / "acedesk.db"


@contextmanager
def mailing(home: Path, *, address: str = ADDRESS, **settings: str) -> Iterator[Mailing]:
    """A desk with a mailbox and a relay of its own."""
    with serving() as imap, relaying() as relay:
        named = {
            "ACEDESK_MAILBOXES": imap.url,
            "ACEDESK_SMTP_URL": f"smtp://127.0.0.1:{relay.port}",
            "ACEDESK_MAIL_ADDRESS": address,
        }
        with running(home, **named, **settings) as stack:
            yield Mailing(stack=stack, imap=imap, relay=relay, address=address)


@dataclass
class Person:
    """Somebody who writes to a desk, from an address that nobody else has."""

    desk: Mailing
    name: str = "Ana Ruiz"
    address: str = field(default_factory=lambda: f"{uuid4().hex[:12]}@importer.example")

    def letter(self, text: str, *, subject: str, **headers: str) -> EmailMessage:
        """A mail; in names of headers underscores stand for hyphens."""
        mail = EmailMessage()
        mail["From"] = f"{self.name} <{self.address}>"
        mail["Subject"] = subject
        mail["Message-ID"] = f"<{uuid4().hex}@importer.example>"
        mail["Date"] = "Thu, 26 Nov 2026 12:00:00 +0000"
        for name, value in {"To": self.desk.address, **headers}.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text)
        return mail

    def writes(self, text: str, *, subject: str, **headers: str) -> EmailMessage:
        """Send a mail; returns when the desk has done all about it."""
        mail = self.letter(text, subject=subject, **headers)
        self.desk.receives(mail)
        return mail

    def asks(self, text: str, *, subject: str, **headers: str) -> EmailMessage:
        """Send a mail and read the one that comes back."""
        before = len(self.got())
        self.writes(text, subject=subject, **headers)
        got = self.got()[before:]
        assert len(got) == 1, [mail["Subject"] for mail in got]
        return got[0]

    def replies(self, to: EmailMessage, text: str) -> EmailMessage:
        """Press "reply" below a mail of the desk's, as mail programs do it."""
        return self.writes(text, **as_reply(to))

    def got(self) -> list[EmailMessage]:
        """All mails that were sent to them."""
        return [mail for _, mail in self.desk.relay.taken if to(mail) == self.address]


def as_reply(to: EmailMessage) -> dict[str, str]:
    """The headers of a reply to a mail."""
    thread = f"{to.get('References', '')} {to['Message-ID']}".split()
    return {
        "To": str(to["Reply-To"]),
        "subject": str(to["Subject"]),
        "In_Reply_To": str(to["Message-ID"]).strip(),
        "References": " ".join(thread),
    }


def to(mail: EmailMessage) -> str:
    return parseaddr(str(mail["To"]))[1]


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    text = str(part.get_content())
    return text.replace("\r\n", "\n")


def html_of(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    html = str(part.get_content())
    return html.replace("\r\n", "\n")


def number_in(mail: EmailMessage) -> str:
    """The one ticket that a mail names."""
    [found] = set(_NUMBER.findall(text_of(mail)))
    return str(found)
