"""Worker, desk and bot are killed while a mailbox is worked off: nothing is lost or said twice."""

import logging
import os
import random
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import batched
from subprocess import CalledProcessError

from sqlalchemy import func, select, update

from desk.conversations.models import Conversation, Draft, InboundMail, Message
from desk.outbox.delivery import BATCH
from desk.outbox.models import OutboxItem
from desk.tickets.models import Ticket
from tests.e2e.mail.mailing import Mailing
from tests.mailbag import Posted, mailbag
from tests.relay import WARNS

pytestmark = WARNS
log = logging.getLogger(__name__)

PROVING = bool(os.environ.get("ACEDESK_PROVE"))
MAILS, KILLS = (1000, 63) if PROVING else (40, 3)
PROGRAMS = ("worker", "bot", "serve")
PAUSE_S = (10.5, 12.0) if PROVING else (1.0, 2.0)
"""How long the desk goes on between two kills: what dies within half a minute again and again is
started more and more slowly, until nothing runs that could be killed."""
REST_S = 600.0
"""What a killed worker had in hand is taken over when its lease of a minute ends; a proof waits."""


# It comes first of all that happens to this desk: the whole store is looked at.
def test_every_mail_gets_its_one_reply_whatever_is_killed(other: Mailing) -> None:
    chance = random.Random(2026)
    mails = mailbag(MAILS, seed=41)
    killed: Counter[str] = Counter()
    struck = 0
    for number, share in enumerate(batched(mails, -(-MAILS // KILLS), strict=False)):
        other.imap.deliver(*(mail.raw.replace(b"\r\n", b"\n") for mail in share))
        program = PROGRAMS[number % len(PROGRAMS)]
        pid = pid_of(other, program)
        wait_for_work(other, chance)
        os.kill(pid, signal.SIGKILL)
        killed[program] += 1
        struck += in_hand(other) > 0
        time.sleep(chance.uniform(*PAUSE_S))
    assert killed.total() == KILLS
    raw = [mail.raw for mail in mails]
    other.waits_for(lambda: len(other.rows(raw)) == MAILS, seconds=REST_S)
    if not PROVING:
        other.waits_for(lambda: other.stack.health()["status"] == "ok", seconds=REST_S)
        end_leases(other)
    other.comes_to_rest(seconds=REST_S)
    check_mails(other, mails)
    figures = check_replies(other, mails, killed)
    log.info("%s", figures | {"kills": dict(killed), "while mails were in hand": struck})


def in_hand(desk: Mailing) -> int:
    """How many mails a worker has begun to deal with."""
    begun = InboundMail.state == "received", InboundMail.attempts > 0
    with desk.reading() as store:
        return store.scalar(select(func.count()).select_from(InboundMail).where(*begun)) or 0


def pid_of(desk: Mailing, program: str) -> int:
    """Its process id, as soon as it is there."""
    until = time.monotonic() + 60
    while True:
        try:
            return desk.stack.pid_of(program)
        except (StopIteration, CalledProcessError):
            assert time.monotonic() < until, f"{program} is not started again"
            time.sleep(0.2)


def wait_for_work(desk: Mailing, chance: random.Random) -> None:
    """Wait for a moment at which it hurts, if one comes: a mail is in hand, or just taken away."""
    sent = len(desk.relay.taken)
    until = time.monotonic() + 5
    if chance.random() < 0.5:
        while len(desk.relay.taken) == sent and time.monotonic() < until:
            time.sleep(0.0005)
        return
    while not in_hand(desk) and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(chance.choice((chance.uniform(0.0, 0.5), chance.uniform(0.5, 3.0))))


def end_leases(desk: Mailing) -> None:
    """Let a minute pass at once: what a killed worker had in hand is taken over."""
    now = datetime.now(UTC)
    with desk.writing() as store:
        for table in (InboundMail, OutboxItem):
            store.execute(update(table).where(table.not_before > now).values(not_before=now))


def check_mails(desk: Mailing, mails: Sequence[Posted]) -> None:
    """Each is dealt with once, and what is in the store belongs together."""
    rows = desk.rows([mail.raw for mail in mails])
    assert {row.state for row in rows} <= {"done", "quarantined"}
    assert [mail.kind for mail, row in zip(mails, rows, strict=True) if row.state != "done"] == [
        mail.kind for mail in mails if mail.kind == "list"
    ]
    with desk.reading() as store:
        assert store.scalar(select(func.count()).select_from(Draft)) == 0
        told = store.scalars(select(OutboxItem).where(OutboxItem.topic == "mail.send")).all()
        assert all(item.delivered for item in told)
        waiting = Message.answered_at.is_(None), Message.actor == "visitor"
        assert store.scalars(select(Message).where(*waiting)).all() == []
        for actor in ("visitor", "bot"):
            said = store.scalars(
                select(func.count())
                .select_from(Message)
                .where(Message.actor == actor)
                .group_by(Message.conversation_id)
            )
            assert set(said) == {1}
        conversations = store.scalar(
            select(func.count()).select_from(Conversation).where(Conversation.namespace == "mail")
        )
        begun = [row for row in rows if row.conversation_id]
        assert len({row.conversation_id for row in begun}) == len(begun) == conversations
        tickets = store.scalars(select(Ticket.conversation_id)).all()
        assert len(set(tickets)) == len(tickets)
    wanted = {row.id for mail, row in zip(mails, rows, strict=True) if mail.wants_reply}
    assert {row.id for row in rows if row.replied_at} >= wanted


def check_replies(
    desk: Mailing, mails: Sequence[Posted], killed: Counter[str]
) -> dict[str, object]:
    """At the relay: one answer or one receipt for each who waits, none for the others; figures."""
    sent: dict[str, set[str]] = defaultdict(set)
    times: Counter[str] = Counter()
    for _, reply in desk.relay.taken:
        own_id = str(reply["Message-ID"]).strip()
        sent[str(reply["In-Reply-To"]).strip(" <>")].add(own_id)
        times[own_id] += 1
    for mail in mails:
        if mail.wants_reply:
            assert len(sent[mail.message_id]) == 1, mail
        elif mail.kind != "broken":
            assert not sent[mail.message_id], mail
        else:
            assert len(sent[mail.message_id]) <= 1, mail
    assert set(sent) <= {mail.message_id for mail in mails}
    again = times.total() - len(times)
    # The relay had it, and the desk was killed before it could write that down.
    assert again <= killed["worker"] * BATCH
    with desk.reading() as store:
        repeated = store.scalar(
            select(func.count()).select_from(InboundMail).where(InboundMail.attempts > 1)
        )
        tickets = store.scalar(select(func.count()).select_from(Ticket))
    return {
        "mails": len(mails),
        "begun more than once": repeated,
        "replies": len(times),
        "tickets": tickets,
        "sent twice": again,
    }
