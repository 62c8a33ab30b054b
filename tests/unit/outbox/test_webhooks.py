import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from desk.accounts.service import add_user
from desk.audit.models import AuditEntry
from desk.audit.service import SYSTEM
from desk.outbox import subscriptions, webhooks
from desk.outbox.delivery import deliver
from desk.outbox.models import OutboxItem, Subscription
from desk.outbox.senders import SendFailed, UnusableAddress
from desk.outbox.service import put, put_for_subscribers
from desk.outbox.subscriptions import secret_of, subscribe
from desk.outbox.topics import TOPICS
from desk.outbox.webhooks import DISABLED_AFTER, Webhooks, signature
from desk.settings import PROJECT
from desk.tickets.ledger import TOLD
from desk.tickets.milestones import TOPICS as CLOCKS
from tests.receiver import Receiver, receiving

KEY = "the key of a home"
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture
async def receiver():
    async with receiving() as made:
        yield made


@pytest.fixture
async def sender(store):
    made = Webhooks(store, KEY, loopback=True, clock=lambda: NOW)
    yield made
    await made.close()


async def added(store, url: str, *topics: str, loopback: bool = True) -> Subscription:
    async with store.write() as session:
        if await session.scalar(select(Subscription.id)) is None:
            await add_user(
                session, email="a@b.example", role="admin", language="en", password="long enough!"
            )
        return await subscribe(
            session, url=url, topics=topics, user_id=1, now=NOW, loopback=loopback
        )


async def told(store, topic: str = "ticket.opened", of: str = "1", **payload: Any) -> None:
    async with store.write() as session:
        await put_for_subscribers(session, topic, f"{topic}/{of}", payload, now=NOW)


async def waiting(store) -> list[OutboxItem]:
    async with store.read() as session:
        return list(await session.scalars(select(OutboxItem).order_by(OutboxItem.id)))


async def the_one(store, number: int = 1) -> Subscription:
    async with store.read() as session:
        return await session.get_one(Subscription, number)


async def delivered(store, sender: Webhooks, now: datetime = NOW) -> None:
    await deliver(store, {}, webhooks=sender, clock=lambda: now)


async def test_a_webhook_gets_what_it_wants_and_nothing_else(store, sender, receiver):
    await added(store, receiver.url, "ticket.opened", "sla.breached")
    await added(store, receiver.url, "ticket.opened")
    await told(store, ticket="ASD-000001")
    await told(store, "ticket.state_changed")
    async with store.write() as session:
        await put(session, "sla.breached", "sla.breached/1", {"share": 1.0}, now=NOW)
    # The operator's own receiver has its item besides, and this worker does not deliver it.
    assert len(await waiting(store)) == 4
    await delivered(store, sender)
    got = [(one.content["type"], one.content["data"]) for one in receiver.received]
    opened = ("ticket.opened", {"ticket": "ASD-000001"})
    assert sorted(got, key=str) == sorted(
        [opened, opened, ("sla.breached", {"share": 1.0})], key=str
    )
    assert receiver.received[0].content["timestamp"] == "2026-11-26T12:00:00Z"
    assert (await the_one(store)).delivered_at == NOW


async def test_without_webhooks_nothing_is_kept(store):
    await told(store)
    assert await waiting(store) == []


def snippet() -> Any:
    """The code of the API page with which a receiver checks signatures."""
    text = (PROJECT / "docs" / "api.md").read_text(encoding="utf-8")
    [code] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    return names["is_from_the_desk"]


async def test_a_receiver_that_does_as_the_api_page_says_believes_the_desk_alone(
    store, sender, receiver
):
    made = await added(store, receiver.url, "ticket.opened")
    await told(store, ticket="ASD-000001")
    await delivered(store, sender)
    [got] = receiver.received
    headers = {name.title(): value for name, value in got.headers.items()}
    secret = secret_of(KEY, made)
    is_from_the_desk = snippet()
    assert is_from_the_desk(secret, headers, got.body)
    assert not is_from_the_desk(secret_of("another key", made), headers, got.body)
    assert not is_from_the_desk(secret, headers, got.body + b" ")
    for name, value in (("Webhook-Id", "outbox-9"), ("Webhook-Timestamp", "1")):
        assert not is_from_the_desk(secret, headers | {name: value}, got.body)


def test_signatures_are_those_of_standard_webhooks():
    # The example of the specification's reference libraries.
    assert signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    ) == ("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")


async def test_a_message_that_comes_again_has_the_same_id(store, sender, receiver, monkeypatch):
    monkeypatch.setattr(webhooks, "_BREATH_S", 0.0)
    await added(store, receiver.url, "ticket.opened")
    await told(store)
    answers = ["500 Oops", "204 No Content"]
    receiver.behave = lambda _: answers.pop(0)
    await delivered(store, sender)
    failed = await the_one(store)
    assert (failed.state, failed.error, failed.failing_since) == ("failing", "http_500", NOW)
    await delivered(store, sender, NOW + timedelta(minutes=1))
    assert len({one.headers["webhook-id"] for one in receiver.received}) == 1
    assert len(receiver.received) == 2
    again = await the_one(store)
    assert (again.state, again.error) == ("active", None)
    assert [item.state for item in await waiting(store)] == ["delivered"]


async def test_what_fails_holds_up_the_rest_of_its_own_alone(store, sender, receiver):
    await added(store, "http://127.0.0.1:9/x", "ticket.opened")
    await added(store, receiver.url, "ticket.opened")
    for number in range(3):
        await told(store, of=str(number))
    await delivered(store, sender)
    assert len(receiver.received) == 3
    errors = [item.error for item in await waiting(store) if item.subscription_id == 1]
    assert "unreachable" in errors


async def test_a_webhook_that_fails_for_days_is_disabled_until_it_is_enabled(store, receiver):
    now = NOW
    sender = Webhooks(store, KEY, loopback=True, clock=lambda: now)
    await added(store, receiver.url, "ticket.opened")
    receiver.behave = lambda _: "500 Oops"
    await told(store)
    item = (await waiting(store))[0]
    for days, state in ((0, "failing"), (DISABLED_AFTER.days, "disabled")):
        now = NOW + timedelta(days=days)
        sender._held_until.clear()
        with pytest.raises(SendFailed, match="http_500"):
            await sender.send(item)
        assert (await the_one(store)).state == state
    sender._held_until.clear()
    with pytest.raises(SendFailed, match="disabled"):
        await sender.send(item)
    assert len(receiver.received) == 2
    await told(store, of="2")
    assert len(await waiting(store)) == 1
    async with store.write() as session:
        await subscriptions.enable(session, 1, by=SYSTEM, now=NOW)
    receiver.behave = lambda _: "200 OK"
    await sender.send(item)
    assert (await the_one(store)).state == "active"
    async with store.write() as session:
        await subscriptions.remove(session, 1, by=SYSTEM, now=NOW)
    with pytest.raises(SendFailed, match="removed"):
        await sender.send(item)
    async with store.read() as session:
        entries = await session.execute(
            select(AuditEntry.action, AuditEntry.actor, AuditEntry.object).order_by(AuditEntry.id)
        )
    assert [tuple(one) for one in entries if one.object == "webhook/1"] == [
        ("webhook_added", "analyst", "webhook/1"),
        ("webhook_enabled", "system", "webhook/1"),
        ("webhook_removed", "system", "webhook/1"),
    ]
    await sender.close()


async def test_nothing_is_sent_to_loopback_unless_that_is_wished_for(store, receiver):
    await added(store, receiver.url, "ticket.opened")
    await told(store)
    item = (await waiting(store))[0]
    sender = Webhooks(store, KEY)
    with pytest.raises(SendFailed, match="forbidden"):
        await sender.send(item)
    await sender.close()
    assert receiver.received == []
    with pytest.raises(UnusableAddress):
        await added(store, receiver.url, "ticket.opened", loopback=False)


async def test_redirects_and_endless_answers_are_not_followed(store, sender, receiver, monkeypatch):
    monkeypatch.setattr(webhooks, "_BREATH_S", 0.0)
    await added(store, receiver.url, "ticket.opened")
    await told(store)
    item = (await waiting(store))[0]
    async with receiving() as other:
        receiver.behave = lambda _: f"307 Elsewhere\r\nLocation: {other.url}"
        with pytest.raises(SendFailed, match="http_307"):
            await sender.send(item)
        assert other.received == []
    receiver.behave = lambda _: "200 OK\r\nContent-Length: 99999999999"
    async with asyncio.timeout(3):
        await sender.send(item)


def test_every_topic_of_the_desk_can_be_subscribed_to():
    assert {*TOLD.values(), *CLOCKS} <= set(TOPICS)


async def test_what_can_not_be_subscribed_to_is_refused(store, receiver: Receiver):
    for topics in ((), ("ticket.eaten",)):
        with pytest.raises(subscriptions.UnknownTopic):
            await added(store, receiver.url, *topics)
