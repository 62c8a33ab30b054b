"""Mails of the outbox, handed to a real relay: over TLS, greylisted, refused, and after a while."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import select

from desk.conversations.post import TOPIC
from desk.mail.outgoing import Outgoing
from desk.mail.servers import Server
from desk.mail.smtp import Smtp
from desk.mail.smtp import relay as relay_at
from desk.outbox.delivery import deliver
from desk.outbox.models import OutboxItem
from desk.outbox.service import put
from desk.store import Store
from tests.e2e.stack import free_port
from tests.relay import PASSWORD, USER, WARNS, certificate, relaying

pytestmark = WARNS

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ADDRESS, ENVELOPE = "desk@desk.example", "desk+bounces@desk.example"
MAIL = Outgoing(
    to="ana@importer.example",
    subject="Re: Sesión [ASD-000123]",
    text="Buenos días:\n\nSu caso es el ASD-000123.\n",
    html="<p>Su caso es el ASD-000123.</p>",
    message_id="ASD-000123.ack.abcdefghijklmnop@desk.example",
    answers="2@importer.example",
    references=("1@importer.example", "2@importer.example"),
    reply_to="desk+ASD-000123.abcdefghijklmnop@desk.example",
    sender_name="Mesa de servicio de cuentas de ACE",
    language="es",
    automatic=True,
)


class OneMail:
    """Sends the same mail for whatever the outbox holds."""

    def __init__(self, smtp: Smtp) -> None:
        self.smtp = smtp

    async def send(self, item: OutboxItem) -> None:
        await self.smtp.send(MAIL, at=item.created_at)

    async def close(self) -> None:
        pass


class Desk:
    """An outbox with one mail, and a clock."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = NOON

    async def sends(self, relay: Server, ca: Path | None = None) -> OutboxItem:
        smtp = Smtp(relay, address=ADDRESS, envelope=ENVELOPE, ca=ca)
        await deliver(self.store, {TOPIC: OneMail(smtp)}, clock=lambda: self.now)
        async with self.store.read() as session:
            return (await session.scalars(select(OutboxItem))).one()


@pytest.fixture
async def desk(store: Store) -> Desk:
    async with store.write() as session:
        await put(session, TOPIC, "mail/1", {}, now=NOON)
    return Desk(store)


@pytest.mark.parametrize(("security", "scheme"), [("starttls", "smtp"), ("tls", "smtps")])
async def test_a_mail_goes_out_over_tls_with_a_password(desk, tmp_path, security, scheme):
    cert = certificate(tmp_path)
    with relaying(security=security, cert=cert) as taking:
        url = f"{scheme}://{USER}:{quote(PASSWORD)}@127.0.0.1:{taking.port}"
        # On loopback the address alone would not ask for it.
        relay = replace(relay_at(url), security=security)
        item = await desk.sends(relay, ca=cert[0])
    assert item.state == "delivered"
    [(envelope, mail)] = taking.taken
    assert envelope == ENVELOPE
    assert mail["From"] == f"Mesa de servicio de cuentas de ACE <{ADDRESS}>"
    assert mail["To"] == "ana@importer.example"
    assert mail["Subject"] == "Re: Sesión [ASD-000123]"
    assert mail["Message-ID"] == f"<{MAIL.message_id}>"
    assert mail["In-Reply-To"] == "<2@importer.example>"
    assert mail["References"] == "<1@importer.example> <2@importer.example>"
    assert mail["Reply-To"] == MAIL.reply_to
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["Date"] == "Fri, 20 Nov 2026 12:00:00 +0000"
    plain, html = mail.iter_parts()
    assert plain.get_content().splitlines() == MAIL.text.splitlines()
    assert "ASD-000123" in html.get_content()


@pytest.mark.parametrize(("password", "trusted"), [("wrong", True), (PASSWORD, False)])
async def test_a_mail_waits_until_the_relay_may_be_trusted_and_trusts_us(
    desk, tmp_path, password, trusted
):
    cert = certificate(tmp_path)
    with relaying(security="tls", cert=cert) as taking:
        relay = relay_at(f"smtps://{USER}:{quote(password)}@127.0.0.1:{taking.port}")
        item = await desk.sends(relay, ca=cert[0] if trusted else None)
    assert not taking.taken
    assert item.state == "waiting"
    assert item.error == ("smtp_535" if trusted else "unreachable")
    assert password not in str(item.error)


async def test_a_greylisted_mail_goes_out_a_minute_later(desk):
    with relaying() as taking:
        relay = relay_at(f"smtp://127.0.0.1:{taking.port}")
        taking.behave = lambda _: "451 4.7.1 come back later"
        item = await desk.sends(relay)
        assert (item.state, item.error) == ("waiting", "smtp_451")
        assert item.not_before >= NOON + timedelta(seconds=60)
        taking.behave = lambda _: "250 OK"
        desk.now = NOON + timedelta(seconds=61)
        assert (await desk.sends(relay)).state == "delivered"
    assert len(taking.taken) == 1


async def test_an_address_that_is_not_there_is_not_tried_again(desk):
    with relaying() as taking:
        taking.behave = lambda _: "550 5.1.1 no such user"
        relay = relay_at(f"smtp://127.0.0.1:{taking.port}")
        item = await desk.sends(relay)
    assert (item.state, item.error) == ("failed", "smtp_550")
    assert len(taking.asked) == 1


async def test_a_mail_outlives_a_relay_that_is_down(desk):
    port = free_port()
    relay = relay_at(f"smtp://127.0.0.1:{port}")
    item = await desk.sends(relay)
    assert (item.state, item.error) == ("waiting", "unreachable")
    with relaying(port=port) as taking:
        desk.now = NOON + timedelta(minutes=1)
        assert (await desk.sends(relay)).state == "delivered"
    assert len(taking.taken) == 1
