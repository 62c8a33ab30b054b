"""What passes on a ticket's clocks goes into the outbox once, whoever looks how often."""

import os
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from desk.outbox.models import OutboxItem
from desk.sla.models import EpisodeRow
from desk.sla.policies import Policies, in_use
from desk.store import Store
from desk.tickets import announce, work
from desk.tickets.announce import announce_due
from desk.tickets.clocks import episodes
from desk.tickets.ledger import Act, Actor, Write, lines_of, record
from desk.tickets.log import Line
from desk.tickets.models import Ticket
from desk.tickets.repair import repair
from desk.tickets.states import OPEN
from tests.unit.tickets.conftest import NOON, write
from tests.walks import random_act, random_opening, random_sort, random_wait

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
EXAMPLES = 2_000 if os.environ.get("ACEDESK_PROVE") else 15
AFTER = NOON + timedelta(days=1000)


async def outbox(store: Store, ticket_id: int | None = None) -> list[OutboxItem]:
    async with store.read() as session:
        query = select(OutboxItem).order_by(OutboxItem.id)
        if ticket_id is not None:
            query = query.where(OutboxItem.ticket_id == ticket_id)
        return list(await session.scalars(query))


async def told(store: Store, metric: str = "processed") -> list[str]:
    """Topic and deadline, hours after noon, of what was told of a metric."""
    return [
        f"{item.topic} {(datetime.fromisoformat(item.payload['due']) - NOON) / HOUR:g}"
        for item in await outbox(store)
        if item.payload.get("metric") == metric
    ]


async def do(store, act, ticket, who, **more):
    async with store.write() as session:
        return await act(session, ticket.id, who, **more)


async def tick(store, *hours: float) -> None:
    for hour in hours:
        await announce_due(store, NOON + hour * HOUR)


async def waiting(store) -> dict[str, datetime | None]:
    async with store.read() as session:
        rows = await session.scalars(select(EpisodeRow))
        return {row.metric: row.announce_at for row in rows}


async def test_each_metric_is_announced_once_as_it_passes(store, opened):
    ticket = await opened()
    for minute in (*range(0, 306, 5), *range(1080, 1806, 25)):
        await tick(store, minute / 60, minute / 60)
    found = [(item.subject, (item.created_at - NOON) / MINUTE) for item in await outbox(store)]
    here = ticket.id
    assert found == [
        (f"sla.warning/{here}/first_response/1/0.75", 25),
        (f"sla.warning/{here}/first_response/1/0.9", 30),
        (f"sla.breached/{here}/first_response/1/1", 35),
        (f"sla.escalated/{here}/first_response/1/1.25", 40),
        (f"sla.warning/{here}/processed/1/0.75", 180),
        (f"sla.warning/{here}/processed/1/0.9", 220),
        (f"sla.breached/{here}/processed/1/1", 245),
        (f"sla.escalated/{here}/processed/1/1.25", 305),
        (f"sla.warning/{here}/resolution/1/0.75", 1080),
        (f"sla.warning/{here}/resolution/1/0.9", 1305),
        (f"sla.breached/{here}/resolution/1/1", 1455),
        (f"sla.escalated/{here}/resolution/1/1.25", 1805),
    ]
    assert set((await waiting(store)).values()) == {None}


async def test_what_is_told_holds_codes_only(store, opened, analysts):
    ticket = await opened()
    await do(store, work.assign, ticket, write(analysts[0], now=NOON), assignee=analysts[1])
    await tick(store, 3)
    item = next(item for item in await outbox(store) if item.payload.get("metric") == "processed")
    assert item.payload == {
        "ticket": ticket.number,
        "metric": "processed",
        "share": 0.75,
        "due": "2026-11-20T16:00:00Z",
        "priority": "normal",
        "group": "reports",
        "assignee_id": analysts[1].id,
    }
    assert item.ticket_id == ticket.id
    assert item.created_at == item.not_before == NOON + 3 * HOUR
    assert item.edition == "2026-11-20T16:00:00.000000Z"


async def test_workers_that_were_down_tell_no_warning_that_is_overtaken(store, opened):
    await opened()
    await tick(store, 3.8)
    assert await told(store) == ["sla.warning 4"]
    assert await told(store, "first_response") == ["sla.breached 0.5", "sla.escalated 0.5"]
    await tick(store, 3.8, 9)
    assert await told(store) == ["sla.warning 4", "sla.breached 4", "sla.escalated 4"]


async def test_a_hold_moves_the_deadline_and_arms_the_warnings_anew(store, opened, analysts):
    ticket, ana = await opened(), analysts[0]
    await tick(store, 3.1)
    await do(store, work.hold, ticket, write(ana, now=NOON + 3.2 * HOUR), reason="user")
    await tick(store, 3.7, 9)
    assert await told(store) == ["sla.warning 4"]
    assert (await waiting(store))["processed"] is None
    await do(store, work.resume, ticket, write(ana, now=NOON + 10.2 * HOUR))
    await tick(store, 10.2, 10.3)
    assert await told(store) == ["sla.warning 4", "sla.warning 11"]
    await tick(store, 10.5, 10.7, 11, 11.1)
    assert await told(store) == [
        "sla.warning 4", "sla.warning 11", "sla.warning 11", "sla.breached 11",
    ]  # fmt: skip


async def test_a_deadline_that_moves_earlier_is_not_told_again(store, opened, analysts):
    ticket, ana = await opened(impact="person", urgency="low"), analysts[0]
    await tick(store, 0.4)
    low = await told(store, "first_response")
    assert low == ["sla.warning 0.5"]
    more = {"impact": "many", "urgency": "critical"}
    await do(store, work.prioritise, ticket, write(ana, now=NOON + 0.41 * HOUR), **more)
    await tick(store, 0.41, 0.42)
    urgent = f"{5 / 60:g}"
    assert await told(store, "first_response") == [
        *low, f"sla.breached {urgent}", f"sla.escalated {urgent}",
    ]  # fmt: skip
    less = {"impact": "person", "urgency": "low"}
    await do(store, work.prioritise, ticket, write(ana, now=NOON + 0.43 * HOUR), **less)
    await tick(store, 0.43)
    assert (await told(store, "first_response"))[3:] == []
    await tick(store, 0.46)
    assert (await told(store, "first_response"))[3:] == ["sla.warning 0.5"]
    await tick(store, 0.6)
    assert (await told(store, "first_response"))[4:] == ["sla.breached 0.5"]


@pytest.mark.parametrize(
    ("act", "more"),
    [
        (work.resolve, {"code": "done", "notes": "view added"}),
        (work.hold, {"reason": "user"}),
        (work.cancel, {"reason": "spam"}),
    ],
)
async def test_a_breach_that_no_worker_saw_is_told_with_what_would_hide_it(
    store, opened, analysts, act, more
):
    ticket = await opened()
    await do(store, act, ticket, write(analysts[0], now=NOON + 4.5 * HOUR), **more)
    assert await told(store) == ["sla.breached 4"]
    await tick(store, 5, 9)
    assert await told(store) == ["sla.breached 4"]


async def test_a_warning_that_no_worker_saw_is_not_told_after_the_stop(store, opened, analysts):
    ticket = await opened()
    done = write(analysts[0], now=NOON + 3.9 * HOUR)
    await do(store, work.resolve, ticket, done, code="done", notes="view added")
    await tick(store, 3.9, 9)
    assert await told(store) == []


async def test_what_ended_in_time_and_was_written_down_late_is_no_breach(store, opened, analysts):
    ticket = await opened()
    done = write(analysts[0], now=NOON + 9 * HOUR, at=NOON + 3 * HOUR)
    await do(store, work.resolve, ticket, done, code="done", notes="view added")
    await tick(store, 9)
    assert await told(store) == []
    late = next(item for item in await outbox(store) if item.topic == "sla.breached")
    assert late.payload["metric"] == "first_response"
    assert late.created_at == late.not_before == NOON + 9 * HOUR


async def test_tickets_of_evaluations_announce_nothing(store, opened, analysts):
    ticket, ana = await opened(is_test=True), analysts[0]
    assert set((await waiting(store)).values()) == {None}
    await do(store, work.assign, ticket, write(ana, now=NOON + HOUR), assignee=ana)
    await do(store, work.escalate, ticket, write(ana, now=NOON + 5 * HOUR))
    await tick(store, 40)
    assert await outbox(store) == []


async def test_each_assignment_and_escalation_by_hand_is_told_once(store, opened, analysts):
    ticket, (ana, ben) = await opened(), analysts
    writes = [write(ana, now=NOON + minute * MINUTE) for minute in (1, 2, 3)]
    for _ in range(2):
        await do(store, work.assign, ticket, writes[0], assignee=ana)
        await do(store, work.assign, ticket, writes[1], assignee=ben)
        await do(store, work.escalate, ticket, writes[2])
    found = [(item.topic, item.payload["assignee_id"]) for item in await outbox(store)]
    assert found == [
        ("ticket.assigned", ana.id), ("ticket.assigned", ben.id), ("ticket.escalated", ben.id),
    ]  # fmt: skip


async def test_what_is_undone_tells_nothing(store, opened, analysts):
    ticket, ana = await opened(), analysts[0]
    with pytest.raises(RuntimeError):
        async with store.write() as session:
            await work.assign(session, ticket.id, write(ana, now=NOON + 9 * HOUR), assignee=ana)
            raise RuntimeError
    assert await outbox(store) == []


async def test_a_resumption_by_a_clock_ahead_of_ours_is_not_missed(store, opened, analysts):
    ticket, ana = await opened(), analysts[0]
    await do(store, work.hold, ticket, write(ana, now=NOON + HOUR), reason="user")
    await do(store, work.resume, ticket, write(ana, now=NOON + 2 * HOUR + SECOND))
    await announce_due(store, NOON + 2 * HOUR)
    assert (await waiting(store))["processed"] == NOON + 4 * HOUR + SECOND


async def test_a_write_by_a_clock_behind_ours_leaves_a_true_cache(store, opened, analysts):
    ticket, ana = await opened(), analysts[0]
    await do(store, work.hold, ticket, write(ana, now=NOON + HOUR), reason="user")
    await do(store, work.resume, ticket, write(ana, now=NOON + HOUR - SECOND))
    assert (await waiting(store))["processed"] == NOON + 3 * HOUR
    assert [found async for found in repair(store, now=NOON + HOUR, write=False)] == [[]]


async def test_a_share_of_the_work_is_taken_at_a_time(store, opened):
    for _ in range(5):
        await opened()
    counts = [await announce_due(store, NOON + 4.5 * HOUR, 4) for _ in range(5)]
    # First responses wait the longest, and the whole ticket is gone through with them.
    assert counts == [4, 2, 0, 0, 0]
    assert await told(store) == ["sla.breached 4"] * 5


async def test_policies_that_are_gone_hold_up_nobody_else(store, opened, monkeypatch, caplog):
    await opened()
    newer = in_use().in_force(NOON).model_copy(update={"name": "newer"})
    with monkeypatch.context() as patch:
        patch.setattr("desk.tickets.service.in_use", lambda: Policies([newer]))
        patch.setattr("desk.tickets.ledger.in_use", lambda: Policies([newer]))
        lost = await opened()
    assert await announce_due(store, NOON + 4.5 * HOUR) == 4
    assert await told(store) == ["sla.breached 4"]
    assert f"{lost.number} can't be announced now" in caplog.text
    assert await announce_due(store, NOON + 4.5 * HOUR) == 0
    monkeypatch.setattr(announce, "in_use", lambda: Policies([newer]))
    await announce_due(store, NOON + 4.7 * HOUR)
    assert await told(store) == ["sla.breached 4"] * 2


@dataclass
class Life:
    """A ticket while it lives, what was told of it, and what it should have been told."""

    store: Store
    ticket_id: int
    now: datetime
    known: int = 0
    told: dict[str, str] = field(default_factory=dict)
    expected: dict[str, str] = field(default_factory=dict)
    """By subject, the latest deadline that was breached before the log went on."""

    async def log(self) -> list[Line]:
        async with self.store.read() as session:
            return list(await lines_of(session, self.ticket_id))

    async def check(self, log: list[Line], now: datetime) -> None:
        """Hold what is new in the outbox against the log as it was, by the clock's own books."""
        items = [
            item
            for item in await outbox(self.store, self.ticket_id)
            if item.topic.startswith("sla.")
        ]
        by_metric = running(log, now)
        for item in items[self.known :]:
            _, _, metric, number, share = item.subject.split("/")
            episode = by_metric[metric, int(number)]
            lateness = SECOND if float(share) >= 1 else timedelta()
            assert episode.counted >= episode.target * float(share) + lateness
            assert edition(episode.due) == item.edition
            assert item.edition > self.told.get(item.subject, "")
            assert item.topic != "sla.warning" or episode.counted < episode.target + SECOND
            self.told[item.subject] = item.edition
        self.known = len(items)

    def expect(self, log: list[Line], now: datetime) -> None:
        """Breaches and escalations that have happened by now, as the log stands."""
        for (metric, number), episode in running(log, now).items():
            for topic, share in (("sla.breached", 1.0), ("sla.escalated", 1.25)):
                if episode.counted >= episode.target * share + SECOND:
                    subject = f"{topic}/{self.ticket_id}/{metric}/{number}/{share:g}"
                    latest = max(edition(episode.due), self.expected.get(subject, ""))
                    self.expected[subject] = latest


def running(log, now):
    numbers: dict[str, int] = {}
    found = {}
    for episode in episodes(log, in_use(), now=now):
        numbers[episode.metric] = numbers.get(episode.metric, 0) + 1
        if episode.open and episode.due is not None:
            found[episode.metric, numbers[episode.metric]] = episode
    return found


def edition(due: datetime) -> str:
    return f"{due.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.randoms(use_true_random=False))
async def test_i20_i10_whatever_happens_and_whenever_workers_look(store, opened, analysts, rng):
    """Breaches and escalations that are told follow from the log alone; warnings are told in time.

    Workers come round at random moments, several at once or none for days.
    """
    ticket = await opened(now=NOON, **random_opening(rng))
    life = Life(store=store, ticket_id=ticket.id, now=NOON)
    for _ in range(rng.randrange(1, 9)):
        log, until = await life.log(), life.now + random_wait(rng)
        for moment in sorted(life.now + rng.random() * (until - life.now) for _ in range(3)):
            for _ in range(rng.randrange(3)):
                await announce_due(store, moment)
            await life.check(log, moment)
        life.now = until
        life.expect(log, until)
        await act(store, rng, ticket.id, [user.id for user in analysts], until)
        await life.check(log, until)
    log = await life.log()
    life.expect(log, life.now)
    await announce_due(store, life.now)
    await life.check(log, life.now)
    late = {subject: due for subject, due in life.told.items() if "warning" not in subject}
    assert late == life.expected
    assert [found async for found in repair(store, now=AFTER, write=False) if found] == []


async def act(
    store: Store, rng: random.Random, ticket_id: int, users: list[int], now: datetime
) -> None:
    async with store.write() as session:
        ticket = await session.get_one(Ticket, ticket_id)
        # Changes of priority move deadlines both ways, and deserve more than one act in thirty.
        if ticket.state in OPEN and rng.random() < 0.3:
            made = Act(kind="prioritised", payload=random_sort(rng))
        else:
            made = random_act(rng, ticket.state, users)
        actor = Actor(kind=rng.choice(["analyst", "system", "bot"]))
        await record(session, ticket_id, Write(key=uuid4().hex, actor=actor, now=now), [made])
