"""Nothing that a person told is left once it is erased, and no figure changes."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from desk.attachments.service import attach
from desk.attachments.spool import Spool
from desk.audit.models import AuditEntry
from desk.conversations import service
from desk.conversations.models import Conversation, Draft, Message
from desk.conversations.opening import authenticate, conversation_of_sender, open_conversation
from desk.conversations.service import receive
from desk.home import Home
from desk.outbox.models import OutboxItem
from desk.outbox.service import put
from desk.privacy.erasure import Erased, NotTheirs, erase_person
from desk.privacy.retention import retain
from desk.settings import Settings
from desk.sla.models import EpisodeRow
from desk.store import Base, Store
from desk.tickets import work
from desk.tickets.ledger import Actor
from desk.tickets.models import Ticket, TicketEvent
from desk.tickets.repair import repair
from tests import desks
from tests.desks import Case, Person


def people(count: int) -> list[Person]:
    """The same few persons at each run; every word of theirs is nobody else's."""
    drawn: list[Person] = []
    letters = st.text("bcdfghjklmnpqrstvwxyzñáéü", min_size=9, max_size=14)
    saying = st.lists(letters, min_size=2, max_size=5).map(" ".join)

    @seed(2026)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.from_regex(
            r"[A-Z][a-z]{4,9}\.[bcdfgh]{6,9}\+?[qxz]{1,3}@[bcdfgh]{6,9}\.example", fullmatch=True
        ),
        saying,
        st.tuples(saying, saying, saying),
    )
    def draw(email: str, name: str, words: tuple[str, str, str]) -> None:
        drawn.append(Person(email=email, name=name, words=words))

    draw()
    return drawn[:count]


async def cells(store: Store) -> list[str]:
    """What each table of the store holds."""
    found: list[str] = []
    async with store.read() as session:
        for table in Base.metadata.sorted_tables:
            for row in await session.execute(select(table)):
                found += [f"{table.name}: {cell}" for cell in row if cell is not None]
    return found


def left_of(person: Person, kept: list[str]) -> list[str]:
    told = [person.email, *person.name.split(), *(w for text in person.words for w in text.split())]
    return [cell for cell in kept if any(word.lower() in cell.lower() for word in told)]


def bytes_left_of(person: Person, folder: Path) -> list[str]:
    """Files in which something of the person still stands, in any page."""
    told = [person.email, *person.name.split(), *(w for text in person.words for w in text.split())]
    sought = {form.encode() for word in told for form in (word, json.dumps(word)[1:-1])}
    return [
        str(file)
        for file in folder.rglob("*")
        if file.is_file() and any(one in file.read_bytes() for one in sought)
    ]


async def figures(store: Store) -> dict[str, list[Any]]:
    """What reports are made from."""
    async with store.read() as session:
        return {
            "episodes": sorted(map(tuple, await session.execute(select(*EpisodeRow.__table__.c)))),
            "log": sorted(
                tuple(map(str, row))
                for row in await session.execute(
                    select(*TicketEvent.__table__.c).where(TicketEvent.kind != "erased")
                )
            ),
            "tickets": sorted(
                tuple(map(str, row))
                for row in await session.execute(
                    select(
                        *(
                            getattr(Ticket, name)
                            for name in (
                                "id", "state", "opened_at", "language", "channel", "category",
                                "topic", "priority", "group", "assignee_id", "resolution",
                                "disposed_at", "article", "tags", "is_test", "next_due",
                            )
                        )
                    )
                )
            ),
            "conversations": sorted(
                tuple(map(str, row))
                for row in await session.execute(
                    select(
                        Conversation.id, Conversation.outcome, Conversation.language,
                        Conversation.channel, Conversation.created_at, Conversation.last_at,
                        Conversation.last_seq,
                    )
                )
            ),
            "messages": sorted(
                tuple(map(str, row))
                for row in await session.execute(
                    select(
                        Message.id, Message.at, Message.actor, Message.language, Message.masked,
                        Message.evidence, Message.custom["kind"].as_string(),
                        Message.custom["article"].as_string(),
                    )
                )
            ),
        }  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def spool(home: Path) -> Spool:
    return Spool.of(Home(home))


async def whole_case(store: Store, spool: Spool, person: Person, sender: str) -> Case:
    """A case with everything that may hold words."""
    case = await desks.case(store, person, sender=sender)
    by = await desks.analyst(store)
    async with store.write() as session:
        write = desks.writes(f"file-{case.ticket_id}", by=by, now=datetime.now(UTC))
        await attach(
            session,
            spool,
            case.ticket_id,
            write,
            name=f"{person.name}.txt",
            content=" ".join(person.words).encode(),
        )
        await put(
            session, "ticket.mail", f"mail/{case.ticket_id}", {}, now=write.now,
            ticket_id=case.ticket_id,
        )  # fmt: skip
        await session.execute(
            update(OutboxItem)
            .where(OutboxItem.ticket_id == case.ticket_id)
            .values(error=f"550 <{person.email}> is not known here")
        )
    return case


async def erase(
    store: Store, spool: Spool, *, email: str | None, ticket: int | None = None, write: bool = True
) -> Erased:
    async with store.write() as session:
        erased = await erase_person(
            session,
            spool,
            email=email,
            ticket_id=ticket,
            by=Actor(kind="system"),
            now=datetime.now(UTC),
            write=write,
        )
    await store.let_go()
    return erased


async def test_nothing_of_a_person_is_left_and_no_figure_changes(
    migrated: Store, spool: Spool, home: Path, tmp_path: Path
) -> None:
    erased, other = people(2)
    theirs = await whole_case(migrated, spool, erased, "one")
    await whole_case(migrated, spool, other, "two")
    await desks.draft_only(migrated, erased, sender="half")
    by = await desks.analyst(migrated)
    async with migrated.write() as session:
        elsewhere = desks.writes("elsewhere", by=by, now=datetime.now(UTC))
        text = f"Lo mismo que {erased.email.upper()}."
        await work.note(session, theirs.ticket_id + 1, elsewhere, text=text)
    before, kept = await figures(migrated), await cells(migrated)
    assert left_of(erased, kept)
    counted = await erase(migrated, spool, email=erased.email.lower(), write=False)
    assert await cells(migrated) == kept
    done = await erase(migrated, spool, email=f" {erased.email.swapcase()} ")
    assert replace(done, mentions=counted.mentions) == counted
    assert (len(done.tickets), done.conversations, done.attachments) == (1, 2, 1)
    assert await figures(migrated) == before
    assert left_of(erased, await cells(migrated)) == []
    assert bytes_left_of(erased, tmp_path) == []
    assert left_of(other, await cells(migrated))
    async for differences in repair(migrated, now=datetime.now(UTC), write=False):
        assert differences == []
    async with migrated.read() as session:
        ticket = await session.get_one(Ticket, theirs.ticket_id)
        assert ticket.erased_at is not None
        actions = [entry.action for entry in await session.scalars(select(AuditEntry))]
        assert {"address_erased", "erased"} <= set(actions)
        assert await session.get(Draft, theirs.conversation_id) is None
    again = await erase(migrated, spool, email=erased.email)
    assert (again.tickets, again.conversations, again.mentions) == ((), 0, 0)


async def test_only_whose_address_it_is_loses_a_conversation(migrated: Store, spool: Spool) -> None:
    """Somebody known by another address keeps theirs, without this one in it."""
    luz, bo = Person(email="luz@x.example"), Person(email="bo@x.example")
    bos = await desks.case(migrated, bo, sender="bo", done=False)
    async with migrated.write() as session:
        conversation = await session.get_one(Conversation, bos.conversation_id)
        for text in ("Ask Luz@X.example!", "or aluz@x.example, luz@x.example.mx"):
            await receive(session, conversation, text, client_id=None)
        anonymous, _ = await open_conversation(session, language="en")
        await receive(session, anonymous, "I am LUZ@x.example", client_id=None)
    done = await erase(migrated, spool, email=luz.email)
    assert (done.tickets, done.conversations, done.mentions) == ((), 1, 1)
    async with migrated.read() as session:
        texts = list(
            await session.scalars(
                select(Message.text).where(Message.actor == "visitor").order_by(Message.at)
            )
        )
    assert texts[-3:] == ["Ask [erased]!", "or aluz@x.example, luz@x.example.mx", ""]


async def test_one_ticket_is_erased_of_who_gave_no_address(migrated: Store, spool: Spool) -> None:
    nobody = Person(email="", name="Sol")
    case = await desks.case(migrated, nobody, sender="sol")
    other = await desks.case(migrated, Person(), sender="other")
    with pytest.raises(NotTheirs):
        await erase(migrated, spool, email=Person().email, ticket=case.ticket_id)
    with pytest.raises(LookupError):
        await erase(migrated, spool, email=None, ticket=99)
    done = await erase(migrated, spool, email=None, ticket=case.ticket_id)
    assert (len(done.tickets), done.conversations) == (1, 1)
    assert [cell for cell in await cells(migrated) if "Sol" in cell] == []
    done = await erase(migrated, spool, email=Person().email, ticket=other.ticket_id)
    assert done.tickets == ("ASD-000002",)


async def test_an_erased_conversation_can_not_be_opened_again(
    migrated: Store, spool: Spool
) -> None:
    async with migrated.write() as session:
        made, token = await open_conversation(session, language="en")
        await receive(session, made, "luz@x.example", client_id=None)
        before = made.epoch
    await erase(migrated, spool, email="luz@x.example")
    async with migrated.write() as session:
        with pytest.raises(LookupError):
            await authenticate(session, made.id, token)
        # A reply on its way is dropped, and no empty message is answered at the next start.
        kept = await session.get_one(Conversation, made.id)
        assert kept.epoch > before
        assert await service.unanswered(session, before=datetime.now(UTC)) == []


async def test_the_audit_refuses_changes(migrated: Store, spool: Spool) -> None:
    await erase(migrated, spool, email="luz@x.example")
    for change in (update(AuditEntry).values(action="none"), delete(AuditEntry)):
        with pytest.raises(DBAPIError, match="never changed"):
            async with migrated.write() as session:
                await session.execute(change)


async def test_what_is_past_its_time_goes_and_what_is_not_stays(
    migrated: Store, spool: Spool, home: Path
) -> None:
    kept_for = Settings(home=home, keep_conversations_days=10, keep_tickets_days=20, spool_days=5)
    closed, open_, asked = people(3)
    done = await whole_case(migrated, spool, closed, "closed")
    await whole_case(migrated, spool, open_, "open")
    await desks.draft_only(migrated, asked, sender="asked")
    by = await desks.analyst(migrated)
    async with migrated.write() as session:
        write = desks.writes("close", by=by, now=datetime.now(UTC))
        await work.close(session, done.ticket_id, write)
    before, now = await figures(migrated), datetime.now(UTC)

    async def after(days: float, *, dry_run: bool = False) -> tuple[int, int, int]:
        found = await retain(migrated, kept_for, now + timedelta(days=days), dry_run=dry_run)
        return (found.tickets, found.conversations, found.attachments)

    assert await after(4) == (0, 0, 0)
    assert await after(6, dry_run=True) == (0, 0, 2)
    assert await after(6) == (0, 0, 2)
    assert await after(6) == (0, 0, 0)
    assert await after(11) == (0, 1, 0)
    assert left_of(asked, await cells(migrated)) == []
    assert left_of(closed, await cells(migrated))
    assert await after(19) == (0, 0, 0)
    assert await after(21, dry_run=True) == (1, 1, 0)
    assert await after(21) == (1, 1, 0)
    assert await after(400) == (0, 0, 0)
    assert left_of(closed, await cells(migrated)) == []
    assert left_of(open_, await cells(migrated))
    assert await figures(migrated) == before
    async with migrated.write() as session:
        late = desks.writes("late", by=by, now=now + timedelta(days=401))
        await work.note(session, done.ticket_id, late, text=closed.name)
    assert await after(402) == (1, 0, 0)
    assert left_of(closed, await cells(migrated)) == []
    async with migrated.read() as session:
        entries = await session.scalars(
            select(AuditEntry).where(AuditEntry.action == "retained").order_by(AuditEntry.id)
        )
        assert [entry.detail["attachments"] for entry in entries] == [2, 0, 0, 0]


async def test_whoever_writes_for_years_loses_only_old_messages(
    migrated: Store, home: Path
) -> None:
    kept_for = Settings(home=home, keep_conversations_days=10)
    async with migrated.write() as session:
        conversation = await conversation_of_sender(session, "s", channel="chat", is_test=False)
        old = await receive(session, conversation, "long ago", client_id="1")
        new = await receive(session, conversation, "today", client_id="2")
        long_ago = new.at - timedelta(days=30)
        old.at = conversation.created_at = long_ago
    now = datetime.now(UTC)
    for expected in (1, 0):
        assert (await retain(migrated, kept_for, now)).conversations == expected
    async with migrated.write() as session:
        again = await conversation_of_sender(session, "s", channel="chat", is_test=False)
        assert again.id == conversation.id
        texts = list(await session.scalars(select(Message.text).order_by(Message.seq)))
        assert texts == ["", "today"]
    later = now + timedelta(days=11)
    for expected in (1, 0):
        assert (await retain(migrated, kept_for, later)).conversations == expected
    async with migrated.write() as session:
        fresh = await conversation_of_sender(session, "s", channel="chat", is_test=False)
        assert fresh.id != conversation.id
