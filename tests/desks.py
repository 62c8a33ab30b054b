"""A desk that has been at work: rows in every table that visitors and analysts fill."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from desk.accounts.models import User
from desk.accounts.service import add_user
from desk.conversations import drafts, opening, service
from desk.conversations.analysts import reply_to_requester
from desk.conversations.handoff import finish_draft, open_at_once
from desk.conversations.service import Bubble
from desk.outages.service import parent_of_reports, post_status
from desk.store import Store
from desk.tickets import work
from desk.tickets.ledger import Actor, Write

PASSWORD = "correct horse battery"
ANALYST = "ana@desk.example"


@dataclass(frozen=True, kw_only=True)
class Person:
    """A requester, and what they say."""

    email: str = "Luz.Vega@broker.example"
    name: str = "Luz Vega Ortiz"
    words: tuple[str, ...] = field(
        default=("El reporte ES-003 sale vacío", "Trabajo con Aduanal Bravo", "¿Y cuándo?")
    )


@dataclass(frozen=True, kw_only=True)
class Case:
    """What a person left at the desk."""

    conversation_id: str
    ticket_id: int


async def analyst(store: Store) -> int:
    """The analyst's user id."""
    async with store.write() as session:
        known = await session.scalar(select(User.id).where(User.email == ANALYST))
        if known is not None:
            return known
        user = await add_user(
            session, email=ANALYST, role="analyst", language="es", password=PASSWORD
        )
        return user.id


def writes(key: str, *, by: int | None, now: datetime) -> Write:
    """What a write says besides what it does."""
    actor = Actor(kind="analyst" if by else "system", user_id=by)
    return Write(key=key, actor=actor, now=now)


async def case(store: Store, person: Person, *, sender: str, done: bool = True) -> Case:
    """A person's conversation and its ticket, worked on to its end if `done`."""
    by = await analyst(store)
    story, company, again = person.words
    async with store.write() as session:
        conversation = await opening.conversation_of_sender(
            session, sender, channel="chat", is_test=False, language="es"
        )
        message = await service.receive(session, conversation, story, client_id=f"c-{sender}")
        message.evidence = {"intent": "reports", "confidence": 0.9, "language": "es"}
        bubble = Bubble(
            text=f"«{story}»",
            buttons=[{"title": company, "payload": f"/x {company}"}],
            custom={"kind": "handoff", "language": "es", "article": "r", "confidence": 0.9},
        )
        await service.reply(session, message, [bubble], language="es")
        draft = await drafts.begin(
            session,
            conversation.id,
            key=message.id,
            category="reports",
            priority="normal",
            article="r",
            fields=("name", "email", "company", "report"),
            story=story,
        )
        for name, value in (
            ("name", person.name),
            ("email", person.email),
            ("company", company),
            ("report", again),
        ):
            await drafts.answer(session, draft, name, value)
        ticket = await finish_draft(session, draft)
    now = datetime.now(UTC)
    async with store.write() as session:
        for number, (do, values) in enumerate(
            (
                (work.take, {}),
                (work.note, {"text": f"{person.name} <{person.email}>: {company}"}),
                (work.plan, {"action": f"Llamar a {person.name}", "due": now + timedelta(days=1)}),
                (work.tag, {"add": ("es-003",)}),
                (reply_to_requester, {"text": f"Hola, {person.name}"}),
                (work.hold, {"reason": "user"}),
            )
        ):
            key = f"{ticket.id}-{number}"
            await do(session, ticket.id, writes(key, by=by, now=datetime.now(UTC)), **values)
    async with store.write() as session:
        conversation = await session.get_one(service.Conversation, ticket.conversation_id)
        await service.receive(session, conversation, again, client_id=None)
    if done:
        async with store.write() as session:
            end = writes(f"{ticket.id}-end", by=by, now=datetime.now(UTC))
            await work.resolve(
                session, ticket.id, end, code="explained", notes=f"{person.name}: {story}"
            )
    return Case(conversation_id=ticket.conversation_id, ticket_id=ticket.id)


async def draft_only(store: Store, person: Person, *, sender: str) -> str:
    """A person's conversation that stopped in the middle of a form; its id."""
    story, company, _ = person.words
    async with store.write() as session:
        conversation = await opening.conversation_of_sender(
            session, sender, channel="chat", is_test=False
        )
        message = await service.receive(session, conversation, story, client_id=None)
        draft = await drafts.begin(
            session,
            conversation.id,
            key=message.id,
            category="support",
            priority="normal",
            article=None,
            fields=("email", "company"),
            story=story,
        )
        await drafts.answer(session, draft, "email", person.email)
        await drafts.answer(session, draft, "company", company)
        return conversation.id


async def outage(store: Store) -> int:
    """An outage with a posted status and one report; the parent's id."""
    now = datetime.now(UTC)
    async with store.write() as session:
        await post_status(
            session,
            en="ACE is slow.",
            es="ACE está lento.",
            until=now + timedelta(hours=1),
            now=now,
        )
        parent = await parent_of_reports(session, language="en", is_test=False, now=now)
        conversation = await opening.conversation_of_sender(
            session, "reporter", channel="chat", is_test=False
        )
        message = await service.receive(session, conversation, "ACE is down", client_id=None)
        await open_at_once(session, message, category="outage", priority="high", parent=parent)
        return parent.id
