from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from desk.attachments.models import Attachment
from desk.attachments.service import (
    MAX_BYTES,
    MAX_NAME,
    EmptyFile,
    FileTooLarge,
    TypeNotAllowed,
    attach,
    attachments_of,
    clean_name,
)
from desk.attachments.spool import ContentGone, Spool
from desk.audit.models import AuditEntry
from desk.home import Home
from desk.privacy.attachments import open_attachment, purge_old
from desk.tickets.ledger import Actor, KeyReused, lines_of
from tests import desks
from tests.desks import Person
from tests.strategies import compact, messages
from tests.unit.attachments.files import PDF, XLSM
from textkit.normalise import printable

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture
def spool(tmp_path):
    return Spool.of(Home(tmp_path / "home"))


@pytest.fixture
async def ticket_id(store):
    return (await desks.case(store, Person(), sender="luz", done=False)).ticket_id


async def put(store, spool, ticket_id, *, key="a1", name="report.pdf", content=PDF):
    by = await desks.analyst(store)
    async with store.write() as session:
        write = desks.writes(key, by=by, now=datetime.now(UTC))
        return await attach(session, spool, ticket_id, write, name=name, content=content)


async def test_a_file_stands_in_the_log_once_for_each_key(store, spool, ticket_id, tmp_path):
    first = await put(store, spool, ticket_id)
    again = await put(store, spool, ticket_id)
    assert first.id == again.id
    assert len(list((tmp_path / "home" / "spool").iterdir())) == 1
    async with store.read() as session:
        (line,) = [one for one in await lines_of(session, ticket_id) if one.kind == "attached"]
        assert line.payload == {"attachment": first.id}
        assert line.id == first.event_id
        (kept,) = await attachments_of(session, ticket_id)
    assert (kept.name, kept.media_type, kept.size) == ("report.pdf", "application/pdf", len(PDF))


async def test_opening_is_accounted_for(store, spool, ticket_id):
    kept = await put(store, spool, ticket_id)
    by = Actor(kind="analyst", user_id=await desks.analyst(store))
    async with store.write() as session:
        _, content = await open_attachment(session, spool, kept.id, by=by, now=NOW)
    assert content == PDF
    async with store.read() as session:
        entry = (
            await session.scalars(select(AuditEntry).where(AuditEntry.action == "opened"))
        ).one()
    assert (entry.action, entry.object, entry.user_id) == (
        "opened",
        f"attachment/{kept.id}",
        by.user_id,
    )
    assert entry.detail == {"ticket": ticket_id}
    with pytest.raises(LookupError):
        async with store.write() as session:
            await open_attachment(session, spool, 99, by=by, now=NOW)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", EmptyFile),
        (b"a" * (MAX_BYTES + 1), FileTooLarge),
        (XLSM, TypeNotAllowed),
        (b"MZ\x00", TypeNotAllowed),
    ],
)
async def test_what_is_refused_leaves_nothing(store, spool, ticket_id, tmp_path, content, error):
    with pytest.raises(error):
        await put(store, spool, ticket_id, content=content)
    async with store.read() as session:
        assert await attachments_of(session, ticket_id) == []
    assert list((tmp_path / "home" / "spool").iterdir()) == []


async def test_a_key_of_another_write_and_an_unknown_ticket_leave_nothing(
    store, spool, ticket_id, tmp_path
):
    with pytest.raises(KeyReused):
        await put(store, spool, ticket_id, key=f"{ticket_id}-1")
    with pytest.raises(LookupError):
        await put(store, spool, 99)
    assert list((tmp_path / "home" / "spool").iterdir()) == []


async def test_old_content_is_deleted_and_the_row_stays(store, spool, ticket_id, tmp_path):
    kept = await put(store, spool, ticket_id)
    later = datetime.now(UTC) + timedelta(seconds=1)
    assert await purge_old(store, spool, before=kept.at, now=later) == 0
    assert await purge_old(store, spool, before=later, now=later) == 1
    assert await purge_old(store, spool, before=later, now=later) == 0
    assert list((tmp_path / "home" / "spool").iterdir()) == []
    async with store.write() as session:
        row = await session.get_one(Attachment, kept.id)
        assert (row.name, row.purged_at, row.sha256) == ("report.pdf", later, None)
        with pytest.raises(ContentGone):
            await open_attachment(session, spool, kept.id, by=Actor(kind="system"), now=NOW)
    async with store.read() as session:
        opened = select(func.count()).where(AuditEntry.action == "opened")
        assert await session.scalar(opened) == 0


@pytest.mark.parametrize(
    ("name", "media_type", "kept"),
    [
        ("report.pdf", "application/pdf", "report.pdf"),
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        (r"C:\Users\luz\Mis archivos\REPORTE.PDF", "application/pdf", "REPORTE.PDF"),
        ("page.html", "text/plain", "page.html.txt"),
        ("fdp.exe", "application/pdf", "fdp.exe.pdf"),
        ("invoice\u202efdp.exe", "application/pdf", "invoicefdp.exe.pdf"),
        ("SSN 123-45-6789.pdf", "application/pdf", "SSN [ssn].pdf"),
        ("account number/79922983695.pdf", "application/pdf", "[bank].pdf"),
        ("a\nb\x00<c>.csv", "text/csv", "a b c .csv"),
        ("", "image/png", "file.png"),
        (".pdf", "application/pdf", "pdf.pdf"),
        ("x" * 400 + ".pdf", "application/pdf", "x" * (MAX_NAME - 4) + ".pdf"),
    ],
)
def test_a_name_is_made_harmless(name, media_type, kept):
    assert clean_name(name, media_type) == kept


@given(st.text(max_size=300))
def test_no_name_is_too_odd(name):
    kept = clean_name(name, "application/pdf")
    assert kept.lower().endswith(".pdf")
    assert 4 < len(kept) <= MAX_NAME
    assert not set(kept) & set('/\\\n\r\0<>:"|?*')


@settings(max_examples=50)
@given(messages, st.sampled_from(["", ".pdf", ".PDF", ".exe"]))
def test_no_secret_stays_in_a_name(pasted, ending):
    kept = compact(clean_name(pasted.text + ending, "application/pdf"))
    openly = compact(pasted.around)
    for secret in pasted.secrets:
        assert compact(secret) in openly or compact(secret) not in kept


@given(st.text(max_size=300))
def test_a_name_can_be_shown_as_a_message(name):
    kept = clean_name(name, "text/csv")
    assert not kept.startswith("/")
    assert printable(kept).strip() == kept
