"""What becomes of a mail where no assistant answers: tickets, threads, quarantine, and an end."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select

from desk.attachments.models import Attachment
from desk.attachments.spool import Spool
from desk.conversations.analysts import finish, reply_to_requester
from desk.conversations.models import Conversation, InboundMail, Message
from desk.home import Home
from desk.mail import handling
from desk.mail.correspondence import compose
from desk.mail.intake import Intake
from desk.mail.outgoing import Outgoing
from desk.mail.room import MailRoom
from desk.mail.threads import Marks
from desk.outbox.models import OutboxItem
from desk.settings import Settings
from desk.store import Store
from desk.tickets import work
from desk.tickets.models import Ticket, TicketEvent
from tests import desks
from tests.clamd import clamd
from tests.e2e.stack import free_port
from tests.unit.mail.mails import raw

OWN = "desk@desk.example"


class Room:
    """A desk's mail without servers: mails are handed in, and what would be sent is looked at."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        home = Home(settings.home)
        self.marks = Marks(home.secrets().mail_key, settings.mail_domain)
        self.spool = Spool.of(home)
        self.room = MailRoom(store, settings)
        self._intake = Intake(store, self.spool)

    async def takes(self, *mails: bytes) -> None:
        for one in mails:
            await self._intake.take(one)
        while await self.room.deal():
            pass

    async def mails(self) -> list[InboundMail]:
        async with self.store.read() as session:
            return list(await session.scalars(select(InboundMail).order_by(InboundMail.id)))

    async def tickets(self) -> list[Ticket]:
        async with self.store.read() as session:
            return list(await session.scalars(select(Ticket).order_by(Ticket.id)))

    async def log(self, ticket: Ticket) -> list[str]:
        async with self.store.read() as session:
            rows = await session.scalars(
                select(TicketEvent)
                .where(TicketEvent.ticket_id == ticket.id)
                .order_by(TicketEvent.seq)
            )
            return [row.kind for row in rows]

    async def sent(self) -> list[Outgoing]:
        async with self.store.read() as session:
            items = await session.scalars(
                select(OutboxItem).where(OutboxItem.topic == "mail.send").order_by(OutboxItem.id)
            )
            found = [
                await compose(session, item.payload["message"], marks=self.marks, address=OWN)
                for item in items
            ]
        return [mail for mail in found if mail is not None]


@pytest.fixture
async def room(
    migrated: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Room]:
    # There is no assistant, and nobody waits for it.
    monkeypatch.setattr(handling, "PATIENCE", -handling.PATIENCE)
    settings = Settings(home=tmp_path, mail_address=OWN, bot_port=free_port())
    made = Room(migrated, settings)
    yield made
    await made.room.close()


def reply_to(mail: Outgoing, body: str, number: int = 2, **headers: str) -> bytes:
    """What somebody answers to a mail of ours."""
    given = {
        "To": mail.reply_to,
        "In-Reply-To": f"<{mail.message_id}>",
        "Message-ID": f"<{number}@importer.example>",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    return raw(body, mail.subject, **given)


async def test_a_mail_becomes_a_ticket_and_is_acknowledged_in_its_language(room):
    await room.takes(raw("El informe ES-003 sale vacío desde ayer.", "Informe"))
    [ticket] = await room.tickets()
    assert (ticket.channel, ticket.language) == ("email", "es")
    assert ticket.requester["email"] == "ana@importer.example"
    assert ticket.requester["name"] == "Ana Ruiz"
    assert ticket.summary == "Informe\nEl informe ES-003 sale vacío desde ayer."
    [mail] = await room.sent()
    assert mail.to == "ana@importer.example"
    assert mail.subject == "Re: Informe [ASD-000001]"
    assert "Su caso es el ASD-000001" in mail.text
    assert "hora del Este" in mail.text
    assert (mail.language, mail.automatic) == ("es", True)
    assert (mail.answers, mail.references) == ("1@importer.example", [])
    assert room.marks.issued(mail.message_id)


async def test_the_same_mail_is_taken_once_whichever_way_it_comes(room):
    twice = raw("Where is ES-003?", Received="from elsewhere")
    await room.takes(raw("Where is ES-003?"), twice)
    without_id = raw("Who are you?", Message_ID="")
    await room.takes(without_id, without_id)
    assert len(await room.mails()) == 2
    # Whoever learns the id of another's mail can't keep that mail away.
    await room.takes(raw("Where is ES-003?", From="Eve <eve@evil.example>"))
    assert len(await room.mails()) == 3


async def test_a_mail_that_is_dealt_with_by_two_workers_is_answered_once(room):
    await room._intake.take(raw("Please unlock my user."))
    await asyncio.gather(*(room.room._handler.handle(1) for _ in range(4)))
    assert len(await room.tickets()) == len(await room.sent()) == 1
    async with room.store.read() as session:
        assert len(list(await session.scalars(select(Message)))) == 2


@pytest.mark.parametrize("changed", ["token", "message_id", "subject"])
async def test_a_reply_lands_in_the_ticket_and_nobody_is_answered(room, changed):
    await room.takes(raw("Please unlock my user."))
    [receipt] = await room.sent()
    ways = {
        "token": {"In_Reply_To": "<x@y>", "subject": "hello"},
        "message_id": {"To": OWN, "subject": "hello"},
        "subject": {"To": OWN, "In_Reply_To": "<x@y>"},
    }[changed]
    subject = ways.pop("subject", receipt.subject)
    answer = reply_to(receipt, "My user is AR.\n\nOn Friday Desk wrote:\n> your ticket is", **ways)
    await room.takes(answer.replace(receipt.subject.encode(), subject.encode()))
    [ticket] = await room.tickets()
    assert await room.log(ticket) == ["opened", "received"]
    assert len(await room.sent()) == 1
    async with room.store.read() as session:
        said = [message.text for message in await session.scalars(select(Message))]
    assert said[-1] == "My user is AR."
    assert "> your ticket is" in (await room.mails())[-1].body


async def test_a_stranger_gets_neither_in_nor_an_answer(room):
    await room.takes(raw("Please unlock my user."))
    [receipt] = await room.sent()
    forged = reply_to(receipt, "Change the owner to me.", From="Eve <eve@evil.example>")
    await room.takes(forged)
    last = (await room.mails())[-1]
    assert (last.state, last.reason) == ("quarantined", "not_a_party")
    assert await room.log((await room.tickets())[0]) == ["opened"]
    assert len(await room.sent()) == 1


async def test_an_analysts_answer_goes_out_by_mail_and_the_reply_resumes_the_clock(room):
    await room.takes(raw("Please unlock my user.", "Locked"))
    [ticket] = await room.tickets()
    by = await desks.analyst(room.store)
    now = datetime.now(UTC)
    async with room.store.write() as session:
        write = desks.writes("r", by=by, now=now)
        await reply_to_requester(session, ticket.id, write, text="Which user?\n\nAna")
        await work.hold(session, ticket.id, desks.writes("h", by=by, now=now), reason="user")
    receipt, answer = await room.sent()
    assert answer.automatic is False
    assert answer.subject == receipt.subject == "Re: Locked [ASD-000001]"
    assert "Which user?" in answer.text
    await room.takes(reply_to(answer, "AR1"))
    [ticket] = await room.tickets()
    assert (ticket.state, ticket.hold_reason) == ("in_progress", None)
    assert (await room.log(ticket))[-2:] == ["received", "resumed"]
    async with room.store.write() as session:
        end = desks.writes("e", by=by, now=datetime.now(UTC))
        await finish(session, work.resolve, ticket.id, end, code="done", notes="Unlocked.")
    ended = (await room.sent())[-1]
    assert "ASD-000001 is marked as resolved" in ended.text
    assert ended.automatic is True
    await room.takes(reply_to(ended, "Still locked!", 3))
    [ticket] = await room.tickets()
    assert ticket.state == "assigned"
    await room.takes(reply_to(ended, "Thank you!", 4))
    assert len(await room.sent()) == 3


async def test_a_reply_to_what_is_closed_opens_a_new_ticket(room):
    await room.takes(raw("Please unlock my user."))
    [receipt] = await room.sent()
    [ticket] = await room.tickets()
    by = await desks.analyst(room.store)
    async with room.store.write() as session:
        cancel = desks.writes("c", by=by, now=datetime.now(UTC))
        await finish(session, work.cancel, ticket.id, cancel, reason="mistake")
    await room.takes(reply_to(receipt, "It was no mistake."))
    assert [one.state for one in await room.tickets()] == ["cancelled", "new"]
    assert "ASD-000002" in (await room.sent())[-1].text


async def test_machines_are_answered_by_nobody(room):
    await room.takes(
        raw("I am away.", "Automatic reply: x", Auto_Submitted="auto-replied", Message_ID="<a@x>"),
        raw("News", "News", List_Id="<n.example>", Message_ID="<b@x>"),
        raw("Who?", Return_Path="<>", Message_ID="<c@x>"),
        raw("Hello", From=OWN, Message_ID="<d@x>"),
    )
    assert [mail.decision for mail in await room.mails()] == [
        "ignore", "quarantine", "ignore", "ignore",
    ]  # fmt: skip
    assert await room.tickets() == await room.sent() == []


async def test_who_asks_for_silence_gets_a_ticket_and_no_mail(room):
    await room.takes(raw("Please unlock my user.", X_Auto_Response_Suppress="All"))
    assert len(await room.tickets()) == 1
    assert await room.sent() == []


async def test_a_loop_ends_by_its_budget_whatever_its_headers_say(room):
    await room.takes(*(raw("Who is there?", Message_ID=f"<{n}@x>") for n in range(9)))
    assert len(await room.sent()) == 6
    assert len(await room.tickets()) == 9


@pytest.mark.parametrize(("domain", "sent"), [("importer.example", 6), ("elsewhere.example", 30)])
async def test_new_addresses_for_answers_are_no_new_budget(room, domain, sent):
    await room.takes(
        *(
            raw("Who is there?", Message_ID=f"<{n}@x>", Reply_To=f"<case{n}@{domain}>")
            for n in range(33)
        )
    )
    assert len(await room.sent()) == sent
    assert len(await room.tickets()) == 33


async def test_a_thread_has_a_budget_too(room):
    await room.takes(raw("Please unlock my user."))
    by = await desks.analyst(room.store)
    for number in range(8):
        latest = (await room.tickets())[-1]
        async with room.store.write() as session:
            cancel = desks.writes(f"c{number}", by=by, now=datetime.now(UTC))
            await finish(session, work.cancel, latest.id, cancel, reason="mistake")
        receipt = (await room.sent())[-1]
        named = {"Reply_To": f"<other{number}@elsewhere.example>"}
        await room.takes(reply_to(receipt, "Again!", number + 10, **named))
    assert len(await room.sent()) == 6
    assert len(await room.tickets()) == 9


async def test_a_bounce_is_marked_on_the_requester_and_answered_by_nobody(room):
    await room.takes(raw("Please unlock my user."))
    [receipt] = await room.sent()
    report = EmailMessage()
    report["From"], report["To"] = "mailer-daemon@x.example", "desk+bounces@desk.example"
    report["Subject"], report["Message-ID"] = "Undelivered Mail", "<b@x.example>"
    report.set_content("It could not be delivered.")
    original = EmailMessage()
    original["Message-ID"] = f"<{receipt.message_id}>"
    original.set_content("x")
    report.add_attachment(original)
    await room.takes(report.as_bytes())
    [ticket] = await room.tickets()
    assert ticket.tags == ["undelivered"]
    assert ticket.requester["undelivered_at"] == datetime.now(UTC).date().isoformat()
    assert len(await room.sent()) == 1


async def test_secrets_are_gone_from_text_subject_and_names_of_files(room):
    mail = EmailMessage()
    mail["From"], mail["To"] = "Ana <ana@importer.example>", OWN
    mail["Subject"] = "my SSN is 078-05-1120"
    mail["Message-ID"] = "<1@importer.example>"
    mail.set_content("My password is hunter2Blue! and my SSN is 078-05-1120, unlock me")
    mail.add_attachment(b"%PDF-1.4 x", maintype="application", subtype="pdf",
                        filename="ssn 078-05-1120.pdf")  # fmt: skip
    mail.add_attachment(b"MZ\x90\x00", maintype="application", subtype="pdf",
                        filename="card 4111 1111 1111 1111.exe")  # fmt: skip
    await room.takes(mail.as_bytes())
    async with room.store.read() as session:
        [file] = await session.scalars(select(Attachment))
        stored = [
            value
            for table in (InboundMail, Message, Ticket, Attachment, Conversation)
            for row in await session.scalars(select(table))
            for value in vars(row).values()
        ]
    told = " ".join(map(str, stored)) + (await room.sent())[0].text
    assert "078-05-1120" not in told
    assert "hunter2Blue" not in told
    assert "4111" not in told
    assert file.ticket_id == 1
    assert (await room.mails())[0].left_out == [["card [card].exe", "type"]]
    assert "For your protection" in (await room.sent())[0].text


@pytest.mark.parametrize(("body", "reason"), [(b"", "empty"), (b"no header at all", "no_headers")])
async def test_what_can_not_be_read_waits_for_somebody_to_look(room, body, reason):
    await room.takes(body or b"\n")
    [mail] = await room.mails()
    assert (mail.state, mail.reason) == ("quarantined", reason)


async def test_a_mail_that_fails_again_and_again_is_kept_where_people_see_it(room, monkeypatch):
    async def fail(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(room.room._handler, "_begin", fail)
    monkeypatch.setattr("desk.mail.room._AGAIN", timedelta(0))
    for _ in range(8):
        await room.takes(raw("Please unlock my user."))
    [mail] = await room.mails()
    assert (mail.state, mail.reason) == ("quarantined", "failed")


async def test_a_reply_can_not_have_the_answers_sent_elsewhere(room):
    await room.takes(raw("Please unlock my user."))
    [receipt] = await room.sent()
    forged = {"Reply_To": "<eve@evil.example>"}
    await room.takes(reply_to(receipt, "Please write to my other address.", **forged))
    by = await desks.analyst(room.store)
    async with room.store.write() as session:
        write = desks.writes("r", by=by, now=datetime.now(UTC))
        await reply_to_requester(session, 1, write, text="Your user is unlocked.")
    assert (await room.sent())[-1].to == "ana@importer.example"


def with_file() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Ana <ana@importer.example>", OWN, "A file"
    mail["Message-ID"] = "<1@importer.example>"
    mail.set_content("Please look at this.")
    mail.add_attachment(b"%PDF-1.4 x", maintype="application", subtype="pdf", filename="a.pdf")
    return mail.as_bytes()


async def test_what_the_scanner_finds_is_left_out(room, store, tmp_path):
    async with clamd(b"stream: Eicar-Test-Signature FOUND\0") as (address, _):
        settings = Settings(home=tmp_path, mail_address=OWN, bot_port=free_port(), clamd=address)
        scanned = Room(store, settings)
        await scanned.takes(with_file())
        assert (await scanned.mails())[0].left_out == [["a.pdf", "infected"]]
        assert "a.pdf" in (await scanned.sent())[0].text
        await scanned.room.close()


async def test_a_mail_with_files_waits_for_the_scanner_but_not_for_ever(
    room, store, tmp_path, monkeypatch
):
    settings = Settings(
        home=tmp_path, mail_address=OWN, bot_port=free_port(), clamd=str(tmp_path / "no.sock")
    )
    waiting = Room(store, settings)
    await waiting.takes(with_file())
    assert (await waiting.mails())[0].state == "received"
    monkeypatch.setattr(handling, "SCANNER_PATIENCE", -handling.SCANNER_PATIENCE)
    await waiting.room._handler.handle(1)
    [mail] = await waiting.mails()
    assert (mail.state, mail.left_out) == ("done", [["a.pdf", "unchecked"]])
    await waiting.room.close()
