"""Holding a desk's store, and what left it, against what people were acknowledged."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import func, select

from desk.conversations.models import Conversation, InboundMail, Message
from desk.mail import room
from desk.mail.intake import key_of
from desk.outbox import delivery
from desk.outbox.models import OutboxItem
from desk.store import Store
from desk.tickets.models import Ticket, TicketEvent
from desk.tickets.repair import repair
from tests.mailbag import Posted
from tests.relay import Relay
from tests.traffic import PERSON, TICKETS, Ledger, Said, Widget

_HONEST = {
    "answer", "clarify", "handoff", "ticket", "status", "smalltalk", "decline",
    "unsupported_language", "urgent", "degraded", PERSON,
}  # fmt: skip
_WORDS = {"take": "started", "reply": "responded", "resolve": "resolved"}
"""Lines of the log by the acts that make them."""


async def findings(
    store: Store, ledger: Ledger, mails: Sequence[Posted], relay: Relay
) -> list[str]:
    """Whatever is not as it was promised, in words."""
    return [
        *await _messages(store, ledger.said),
        *_streams(ledger.widgets),
        *await _order(store),
        *await _tickets(store, ledger),
        *await _mails(store, mails, relay),
        *await _left_over(store),
    ]


async def _messages(store: Store, said: Sequence[Said]) -> list[str]:
    """Each acknowledged message is kept once, in order, with one answer that says something."""
    found = []
    by_conversation: dict[str, list[Said]] = defaultdict(list)
    for one in said:
        if one.acknowledged is None:
            found.append(f"a {one.by}'s message was never acknowledged: {one.text!r}")
        elif one.answered is None:
            found.append(f"a {one.by} was never answered: {one.text!r}")
        elif one.kind not in _HONEST:
            found.append(f"a {one.by} was answered with kind {one.kind!r}")
        by_conversation[one.conversation].append(one)
    async with store.read() as session:
        for name, own in by_conversation.items():
            if own[0].by == "program":
                hashed = hashlib.sha256(name.encode()).hexdigest()
                place = Conversation.sender == hashed
            else:
                place = Conversation.id == name
            rows = (
                await session.scalars(
                    select(Message)
                    .join(Conversation, Conversation.id == Message.conversation_id)
                    .where(place)
                    .order_by(Message.seq)
                )
            ).all()
            kept = [row.client_id for row in rows if row.actor == "visitor"]
            sent = [one.key for one in own if one.acknowledged is not None]
            if kept[: len(sent)] != sent or len(kept) > len(own):
                found.append(f"sent {len(own)} ({len(sent)} acknowledged), kept {len(kept)}")
            first = Counter(row.reply_to for row in rows if row.actor == "bot" and row.custom)
            # An analyst who has the conversation answers in the assistant's place.
            least = 0 if any(row.actor == "analyst" for row in rows) else 1
            found += [
                f"{first[row.id]} answers in the store to {row.text!r}"
                for row in rows
                if row.actor == "visitor" and not least <= first[row.id] <= 1
            ]
    return found


def _streams(widgets: Sequence[Widget]) -> list[str]:
    """A stream gives each message once, without gaps."""
    found = [f"a stream repeated {one.doubled}" for one in widgets if one.doubled]
    for one in widgets:
        if sorted(one.seen) != list(range(1, len(one.seen) + 1)):
            found.append(f"a stream left out messages: {sorted(one.seen)}")
    return found


async def _order(store: Store) -> list[str]:
    """Numbers of messages run without a gap, and an answer stands behind its question."""
    asked = (
        select(
            Message.conversation_id,
            func.count(),
            func.min(Message.seq),
            func.max(Message.seq),
            Conversation.last_seq,
        )
        .join(Conversation, Conversation.id == Message.conversation_id)
        .group_by(Message.conversation_id, Conversation.last_seq)
    )
    async with store.read() as session:
        return [
            f"conversation {name} has {count} messages from {first} to {last} of {known}"
            for name, count, first, last, known in await session.execute(asked)
            if (first, count, last) != (1, known, known)
        ]


async def _tickets(store: Store, ledger: Ledger) -> list[str]:
    """A ticket a story, its log as its row, each act of an analyst once."""
    found = []
    async with store.read() as session:
        rows = await session.execute(
            select(Ticket.conversation_id, func.count()).group_by(Ticket.conversation_id)
        )
        opened = dict(rows.all())
        found += [f"{count} tickets of one conversation" for count in opened.values() if count > 1]
        for one in ledger.said:
            if one.kind in TICKETS:
                name = one.conversation
                if one.by == "program":
                    hashed = hashlib.sha256(name.encode()).hexdigest()
                    name = await session.scalar(
                        select(Conversation.id).where(Conversation.sender == hashed)
                    )
                if name not in opened:
                    found.append(f"a ticket was promised and is not there: {one.text!r}")
        acts: dict[str, Counter[str]] = defaultdict(Counter)
        for number, kind in await session.execute(
            select(TicketEvent.ticket_id, TicketEvent.kind).where(TicketEvent.actor == "analyst")
        ):
            acts[f"ASD-{number:06}"][kind] += 1
        for done in ledger.done:
            count = acts[done.ticket][_WORDS[done.act]]
            if done.status == 200 and count != 1:
                found.append(f"{done.ticket}: {done.act} was done and stands {count} times")
    async for differences in repair(store, now=datetime.now(UTC), write=False):
        found += [f"{one.ticket}: {one.what} is not what the log says" for one in differences]
    return found


async def _mails(store: Store, mails: Sequence[Posted], relay: Relay) -> list[str]:
    """Each mail is kept once; who waits for it gets one answer or one receipt."""
    found = []
    replies: dict[str, set[str]] = defaultdict(set)
    for _, mail in relay.taken:
        replies[str(mail["In-Reply-To"]).strip(" <>")].add(str(mail["Message-ID"]).strip())
    async with store.read() as session:
        keys = Counter(await session.scalars(select(InboundMail.key)))
    for mail in mails:
        kept = keys[key_of(mail.raw)]
        if kept != 1:
            found.append(f"a mail ({mail.kind}) is kept {kept} times")
        wanted = {1} if mail.wants_reply else {0, 1} if mail.kind == "broken" else {0}
        if len(replies[mail.message_id]) not in wanted:
            found.append(f"a mail ({mail.kind}) got {len(replies[mail.message_id])} replies")
    return found


async def _left_over(store: Store) -> list[str]:
    """What should have been dealt with by now."""
    async with store.read() as session:
        counted = {
            "mails are not dealt with": select(func.count())
            .select_from(InboundMail)
            .where(InboundMail.state == "received"),
            "mails are not sent": select(func.count())
            .select_from(OutboxItem)
            .where(OutboxItem.settled_at.is_(None)),
            "items of the outbox were given up": select(func.count())
            .select_from(OutboxItem)
            .where(OutboxItem.settled_at.is_not(None), OutboxItem.delivered.is_(False)),
            "messages have no answer": select(func.count())
            .select_from(Message)
            .where(Message.actor == "visitor", Message.answered_at.is_(None)),
            "mails were given up": select(func.count())
            .select_from(InboundMail)
            .where(InboundMail.state == "quarantined", InboundMail.reason == "failed"),
        }
        numbers = {what: await session.scalar(query) for what, query in counted.items()}
    return [f"{number} {what}" for what, number in numbers.items() if number]


async def pending(store: Store, mails: Sequence[Posted]) -> bool:
    """Whether the desk still has something in hand, or to fetch from the mailbox."""
    keys = {key_of(mail.raw) for mail in mails}
    async with store.read() as session:
        kept = await session.scalars(select(InboundMail.key).where(InboundMail.key.in_(keys)))
        if set(kept) != keys:
            return True
    return any("given up" not in one for one in await _left_over(store))


async def let_time_pass(store: Store, worker_since: datetime) -> None:
    """What waits for another attempt, or for the lease of a worker that is dead, is due now."""
    now = datetime.now(UTC)
    items = select(OutboxItem).where(OutboxItem.settled_at.is_(None), OutboxItem.not_before > now)
    mails = select(InboundMail).where(InboundMail.state == "received", InboundMail.not_before > now)
    async with store.write() as session:
        for item in await session.scalars(items):
            if item.error is not None or item.not_before - delivery.LEASE < worker_since:
                item.not_before = now
        for mail in await session.scalars(mails):
            if mail.not_before - room.LEASE < worker_since:
                mail.not_before = now
