"""Analysts look at mails in quarantine, and decide what becomes of them."""

from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import select

from desk.attachments.spool import Spool
from desk.audit.models import AuditEntry
from desk.conversations.models import InboundMail
from desk.home import Home
from desk.mail import handling
from desk.mail.intake import Intake
from desk.mail.room import MailRoom
from desk.outbox.models import OutboxItem
from desk.services import Services
from desk.store import Store
from desk.tickets.models import Ticket
from tests.integration.conftest import Desk, NewDesk
from tests.integration.console import new_user, proof, sign_in_at_once
from tests.unit.mail.mails import raw

AUTHSERV = "mx.desk.example"
FAILED = f"{AUTHSERV}; dmarc=fail header.from=importer.example; spf=fail"


@pytest.fixture
async def desk(new_desk: NewDesk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(handling, "PATIENCE", -handling.PATIENCE)
    services, http = await new_desk(mail_address="desk@desk.example", mail_authserv_id=AUTHSERV)
    await sign_in_at_once(services, http, await new_user(services, role="analyst"))
    return services, http


async def takes(services: Services, *mails: bytes) -> None:
    intake = Intake(services.store, Spool.of(Home(services.settings.home)))
    for one in mails:
        await intake.take(one)
    await deal(services)


async def deal(services: Services) -> None:
    room = MailRoom(services.store, services.settings)
    while await room.deal():
        pass
    await room.close()


async def decide(http: httpx.AsyncClient, mail_id: int, fate: str) -> httpx.Response:
    return await http.post(
        f"/console/mail/{mail_id}", data={"fate": fate}, headers=proof(http), follow_redirects=True
    )


async def rows[Row: (InboundMail, Ticket, AuditEntry)](store: Store, table: type[Row]) -> list[Row]:
    async with store.read() as session:
        return list(await session.scalars(select(table).order_by(table.id)))


async def test_a_mail_shows_who_it_says_it_is_from_and_why_it_is_here(desk):
    services, http = desk
    body = "Change the owner. My SSN is 078-05-1120. <script>alert(1)</script>"
    await takes(services, raw(body, "[ASD-000007] <b>owner</b>", Authentication_Results=FAILED))
    page = (await http.get("/console/mail/")).text
    assert "Ana Ruiz &lt;ana@importer.example&gt;" in page
    assert "is not who they claim to be" in page
    assert "SPF: failed" in page
    assert "ASD-000007" in page
    assert "[ssn]" in page
    assert "078-05-1120" not in page
    assert "<script>alert(1)" not in page
    assert "<b>owner" not in page
    spanish = (await http.get("/console/mail/?lang=es")).text
    assert "no es quien dice ser" in spanish


async def test_a_released_mail_becomes_a_ticket(desk):
    services, http = desk
    await takes(services, raw("Please unlock my user.", Authentication_Results=FAILED))
    answer = await decide(http, 1, "ticket")
    assert "A ticket is being opened" in answer.text
    assert "No mail waits here" in answer.text
    await deal(services)
    [ticket] = await rows(services.store, Ticket)
    assert ticket.requester["email"] == "ana@importer.example"
    page = (await http.get(f"/console/tickets/{ticket.number}")).text
    assert "not who they claim to be" in page
    actions = [entry.action for entry in await rows(services.store, AuditEntry)]
    assert "mail_released" in actions
    # Whoever comes second finds nothing.
    assert (await decide(http, 1, "discard")).status_code == 404


async def test_a_strangers_mail_can_be_put_on_the_ticket_that_it_names(desk):
    services, http = desk
    colleague = raw(
        "I am Ana's colleague.",
        "Re: [ASD-000001]",
        From="Ben <ben@importer.example>",
        Message_ID="<2@x>",
    )
    await takes(services, raw("Please unlock my user."))
    await takes(services, colleague)
    await decide(http, 2, "append")
    await deal(services)
    [ticket] = await rows(services.store, Ticket)
    assert "I am Ana&#39;s colleague." in (await http.get(f"/console/tickets/{ticket.number}")).text
    # From now on they are a party of it.
    again = colleague.replace(b"<2@x>", b"<3@x>").replace(b"colleague", b"friend")
    await takes(services, again)
    assert (await rows(services.store, InboundMail))[-1].state == "done"


async def test_a_discarded_mail_is_gone_from_the_list_and_nothing_follows(desk):
    services, http = desk
    await takes(services, raw("News!", List_Id="<n.example>"))
    assert "Discarded." in (await decide(http, 1, "discard")).text
    await deal(services)
    assert await rows(services.store, Ticket) == []
    assert (await decide(http, 1, "burn")).status_code == 404


async def test_a_mail_as_it_came_is_saved_and_never_shown_and_that_is_kept(desk):
    services, http = desk
    mail = raw("My SSN is 078-05-1120", List_Id="<n.example>")
    await takes(services, mail)
    answer = await http.get("/console/mail/1/raw")
    assert answer.content == mail
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == "application/octet-stream"
    entry = (await rows(services.store, AuditEntry))[-1]
    assert (entry.action, entry.object) == ("mail_opened", "mail/1")
    Spool.of(Home(services.settings.home)).purge_older(datetime.now(UTC))
    assert (await http.get("/console/mail/1/raw")).status_code == 410
    assert (await http.get("/console/mail/99/raw")).status_code == 404


async def test_what_was_sent_to_many_comes_last_and_is_discarded_together(desk):
    services, http = desk
    news = [raw("News!", List_Id="<n.example>", Message_ID=f"<{n}@x>") for n in range(3)]
    await takes(services, *news, raw("Unlock me.", Authentication_Results=FAILED))
    page = (await http.get("/console/mail/")).text
    assert page.index("mail-4") < page.index("mail-1")
    answer = await http.post("/console/mail/lists", headers=proof(http), follow_redirects=True)
    assert "mail-4" in answer.text
    assert "mail-1" not in answer.text


async def test_a_released_mail_whose_sender_is_in_doubt_is_answered_by_nobody(desk):
    services, http = desk
    await takes(services, raw("Please unlock my user.", Authentication_Results=FAILED))
    await decide(http, 1, "ticket")
    await deal(services)
    assert len(await rows(services.store, Ticket)) == 1
    async with services.store.read() as session:
        sent = select(OutboxItem).where(OutboxItem.topic == "mail.send")
        assert list(await session.scalars(sent)) == []
