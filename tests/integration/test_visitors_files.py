"""Files of visitors: kept once, answered, put on the ticket, scanned, and gone when refused."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from desk.attachments import spool
from desk.attachments.models import Attachment
from desk.attachments.service import Piece, attachments_of, clean_name
from desk.attachments.spool import Spool
from desk.conversations import ownership
from desk.conversations.files import receive_file
from desk.conversations.handoff import open_at_once
from desk.conversations.models import Conversation, Message
from desk.conversations.opening import conversation_of_sender
from desk.conversations.service import locked, receive
from desk.home import Home
from desk.messages import say
from desk.privacy.erasure import erase_person
from desk.privacy.retention import retain
from desk.store import Store
from desk.tickets.ledger import Actor, lines_of
from desk.tickets.service import ticket_of_conversation
from tests.clamd import EICAR, clamd
from tests.desks import analyst
from tests.integration.served import Desk, Visitor, serving
from tests.unit.attachments.files import PDF, XLSM

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with serving(tmp_path) as desk:
        yield desk


async def open_ticket(visitor: Visitor) -> int:
    """The ticket that a person's wish opens."""
    async with visitor.services.store.write() as session:
        conversation = await locked(session, visitor.id)
        message = await receive(session, conversation, "a person please", client_id="p")
        message.answered_at = NOW
        ticket = await open_at_once(session, message, category="support", priority="normal")
        return ticket.id


async def test_a_file_is_a_message_that_the_desk_answers_and_the_bot_never_sees(desk):
    visitor = await desk.visitor(language="es")
    sent = await visitor.send_file(PDF, name=r"C:\Luz\mi reporte.PDF")
    assert sent.status_code == 202
    file = {"id": 1, "name": "mi reporte.PDF", "media_type": "application/pdf", "size": len(PDF)}
    theirs, ours = await visitor.messages()
    assert sent.json() == {"id": theirs["id"], "seq": 1, "file": file}
    assert (theirs["actor"], theirs["text"]) == ("visitor", "mi reporte.PDF")
    assert theirs["custom"] == {"kind": "file", "file": file}
    assert theirs["client_id"] == "f1"
    assert ours["text"] == say("files.waits", "es", name="mi reporte.PDF")
    assert ours["buttons"] == [{"title": "Hablar con una persona", "payload": "/person_wanted"}]
    (kept,) = desk.spool
    assert PDF not in kept.read_bytes()


async def test_the_same_client_id_is_the_same_file_also_at_once(desk):
    visitor = await desk.visitor()
    answers = await asyncio.gather(*(visitor.send_file(PDF) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 1
    assert len(desk.spool) == 1
    assert [one["actor"] for one in await visitor.messages()] == ["visitor", "bot"]
    await visitor.post("messages", client_id="m1", text="hello")
    taken = await visitor.send_file(PDF, client_id="m1")
    assert (taken.status_code, taken.json()["error"]["code"]) == (400, "invalid_field")
    assert len(desk.spool) == 1


async def test_a_file_goes_on_the_ticket_that_is_open_or_opened_later(desk):
    visitor = await desk.visitor()
    await visitor.send_file(PDF, client_id="before")
    ticket_id = await open_ticket(visitor)
    await visitor.send_file(b"one,two\n1,2\n", name="rows.csv", client_id="after")
    async with desk.services.store.read() as session:
        files = await attachments_of(session, ticket_id)
        lines = [one for one in await lines_of(session, ticket_id) if one.kind == "attached"]
    assert [file.name for file in files] == ["report.pdf", "rows.csv"]
    assert [(one.actor, one.payload) for one in lines] == [
        ("customer", {"attachment": file.id}) for file in files
    ]
    last = (await visitor.messages())[-1]
    assert last["text"] == say("files.on_ticket", "en", name="rows.csv", number="ASD-000001")
    assert last["buttons"] == []


async def test_an_analyst_gets_the_file_without_a_word_of_the_desk(desk):
    visitor = await desk.visitor()
    await open_ticket(visitor)
    by = await analyst(desk.services.store)
    async with desk.services.store.write() as session:
        conversation = await locked(session, visitor.id)
        await ownership.take(session, conversation, by, datetime.now(UTC))
    await visitor.send_file(PDF)
    assert [one["text"] for one in await visitor.messages()] == ["a person please", "report.pdf"]
    async with desk.services.store.read() as session:
        (line,) = [one for one in await lines_of(session, 1) if one.kind == "received"]
    assert line.actor == "customer"


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "file_empty"),
        (b"a" * (10 * 1024 * 1024 + 1), 413, "file_too_large"),
        (b"a" * 13_000_000, 413, "file_too_large"),
        (XLSM, 415, "file_type"),
        (b"MZ\0", 415, "file_type"),
    ],
)
async def test_what_is_refused_leaves_nothing_and_gets_a_sentence(desk, content, status, code):
    visitor = await desk.visitor()
    said = set()
    for language in ("en", "es"):
        answer = await visitor.send_file(content, **{"Accept-Language": language})
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
        said.add(answer.json()["error"]["message"])
    assert len(said) == 2
    assert desk.spool == []
    assert await visitor.messages() == []


async def test_a_form_that_lacks_something_is_refused(desk):
    visitor = await desk.visitor()
    url, auth = f"{visitor.base}/files", visitor.auth
    for form in (
        {"files": {"file": ("a.pdf", PDF)}},
        {"data": {"client_id": "1"}, "files": {"other": ("a.pdf", PDF)}},
        {
            "data": {"client_id": "1"},
            "files": [("file", ("a.pdf", PDF)), ("file", ("b.pdf", PDF))],
        },
        {"content": b"nonsense"},
        {
            "content": b"--x\r\nnonsense\r\n--x--",
            "headers": auth | {"Content-Type": "multipart/form-data; boundary=x"},
        },
    ):
        answer = await desk.http.post(url, **({"headers": auth} | form))
        assert answer.status_code == 400, form
    assert (await desk.http.post(url, files={"file": ("a.pdf", PDF)})).status_code == 401
    assert desk.spool == []


async def test_the_scanner_sees_the_whole_file_and_what_it_finds_is_not_kept(tmp_path):
    async with clamd(b"stream: OK\0") as (address, seen), serving(tmp_path, clamd=address) as desk:
        visitor = await desk.visitor()
        large = b"a" * 1_000_000
        assert (await visitor.send_file(large, name="a.txt")).status_code == 202
        assert seen == [large]
        answer = await visitor.send_file(EICAR, name="b.txt", client_id="f2")
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "file_infected")
        assert len(desk.spool) == 1
        assert len(await visitor.messages()) == 2


@pytest.mark.parametrize("reply", [b"INSTREAM size limit exceeded. ERROR\0", b"stream: ?\0", b""])
async def test_without_a_verdict_nothing_is_kept(tmp_path, reply):
    async with clamd(reply) as (address, _), serving(tmp_path, clamd=address) as desk:
        await fails_closed(desk)


async def test_a_scanner_that_is_down_or_silent_keeps_nothing(tmp_path, monkeypatch):
    async with serving(tmp_path / "down", clamd=str(tmp_path / "no.sock")) as desk:
        await fails_closed(desk)
    async with clamd(None) as (address, _), serving(tmp_path / "slow", clamd=address) as desk:
        monkeypatch.setattr(desk.scanner, "_timeout", 0.2)
        await fails_closed(desk)


async def fails_closed(desk: Desk) -> None:
    visitor = await desk.visitor()
    answer = await visitor.send_file(PDF)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "scanner_down")
    assert int(answer.headers["Retry-After"]) > 0
    assert desk.spool == []
    assert await visitor.messages() == []


async def test_an_erased_person_leaves_no_file(desk):
    visitor = await desk.visitor()
    await visitor.post("messages", client_id="m", text="I am luz@x.example")
    await visitor.send_file(PDF, name="luz vega.pdf")
    async with desk.services.store.write() as session:
        erased = await erase_person(
            session,
            Spool.of(Home(desk.home)),
            email="luz@x.example",
            ticket_id=None,
            by=Actor(kind="system"),
            now=NOW,
            write=True,
        )
    assert erased.attachments == 1
    assert desk.spool == []
    async with desk.services.store.read() as session:
        (file,) = await session.scalars(select(Attachment))
        assert (file.name, file.sha256, file.spool_key) == ("", None, None)
        customs = list(await session.scalars(select(Message.custom)))
    assert "luz" not in str(customs)


async def test_a_file_without_a_ticket_goes_with_its_conversation(desk):
    visitor = await desk.visitor()
    await visitor.send_file(PDF, name="luz vega.pdf")
    later = datetime.now(UTC) + timedelta(days=366)
    store, settings = desk.services.store, desk.services.settings
    assert (await retain(store, settings, later, dry_run=True)).attachments == 1
    done = await retain(store, settings, later)
    assert (done.conversations, done.attachments) == (1, 1)
    assert desk.spool == []
    async with store.read() as session:
        (file,) = await session.scalars(select(Attachment))
    assert (file.name, file.purged_at) == ("", later)


# Both databases, where two come at once.


def piece(number: int) -> Piece:
    return Piece(
        name=clean_name("report", "application/pdf"),
        media_type="application/pdf",
        size=1,
        sha256="0" * 64,
        spool_key=f"{number:032x}",
    )


async def begun(store: Store) -> tuple[Conversation, Message]:
    async with store.write() as session:
        conversation = await conversation_of_sender(session, "x", channel="chat", is_test=False)
        return conversation, await receive(session, conversation, "a person", client_id="p")


async def test_two_files_of_one_client_id_at_once_are_one(migrated: Store) -> None:
    conversation, _ = await begun(migrated)

    async def send(number: int) -> int:
        async with migrated.write() as session:
            kept = await receive_file(session, conversation, piece(number), client_id="f")
            return kept.file.id

    assert len(set(await asyncio.gather(*map(send, range(6))))) == 1
    async with migrated.read() as session:
        assert len((await session.scalars(select(Attachment))).all()) == 1


async def test_a_file_and_a_ticket_at_once_find_each_other(migrated: Store) -> None:
    conversation, message = await begun(migrated)

    async def send(number: int) -> None:
        async with migrated.write() as session:
            await receive_file(session, conversation, piece(number), client_id=f"f{number}")

    async def wish() -> None:
        async with migrated.write() as session:
            await open_at_once(session, message, category="support", priority="normal")

    await asyncio.gather(*map(send, range(4)), wish(), *map(send, range(4, 8)))
    async with migrated.read() as session:
        ticket = await ticket_of_conversation(session, conversation.id)
        assert ticket is not None
        assert len(await attachments_of(session, ticket.id)) == 8
        lines = [one for one in await lines_of(session, ticket.id) if one.kind == "attached"]
    assert len(lines) == 8


@pytest.mark.parametrize("language", ["en", "es"])
async def test_a_full_disk_takes_no_file_and_says_so_and_words_still_get_through(
    desk, monkeypatch, language
):
    visitor = await desk.visitor(language=language)
    assert (await visitor.send_file(PDF)).status_code == 202
    # The disk is what it is; what must stay free is more than any disk has.
    monkeypatch.setattr(spool, "FLOOR", 2**62)
    spoken = {"Accept-Language": language}
    refused = await visitor.send_file(PDF, client_id="f2", **spoken)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "600")
    assert refused.json()["error"]["message"] == say("errors.no_room", language)
    assert len(desk.spool) == 1
    assert (await visitor.post("messages", client_id="m1", text="hello")).status_code == 202
    monkeypatch.undo()
    assert (await visitor.send_file(PDF, client_id="f2")).status_code == 202


async def test_all_visitors_together_send_so_much_in_an_hour(tmp_path):
    async with serving(tmp_path, rate_limit=240) as desk:
        visitors = [await desk.visitor() for _ in range(2)]
        assert (await visitors[0].send_file(PDF)).status_code == 202
        most = 240 * 8 * 2**20
        async with desk.services.store.write() as session:
            await session.execute(update(Attachment).values(size=most))
        refused = [await visitor.send_file(PDF, client_id="f2") for visitor in visitors]
        assert [one.status_code for one in refused] == [503, 503]
        assert refused[0].json()["error"]["code"] == "no_room"
        hour_ago = datetime.now(UTC) - timedelta(hours=1)
        async with desk.services.store.write() as session:
            await session.execute(update(Attachment).values(at=hour_ago))
        assert (await visitors[1].send_file(PDF, client_id="f2")).status_code == 202
