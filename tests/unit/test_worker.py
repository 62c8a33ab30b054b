import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from desk import worker
from desk.mail.room import MailRoom
from desk.outbox.models import OutboxItem
from desk.outbox.senders import Kept, UnusableAddress, Webhook
from desk.outbox.service import put
from desk.settings import Settings
from desk.sla.policies import in_use
from desk.tickets.clocks import clocks
from desk.tickets.milestones import announcements
from desk.worker import ANNOUNCEMENTS, Round, announcer, keep, rounds
from tests.walks import START, opening_line

SECRET = "a secret of some length"


async def test_a_round_that_fails_is_tried_again_and_stops_no_other(monkeypatch, caplog):
    monkeypatch.setattr(worker, "_AFTER_FAILURE_S", 0.0)
    stop = asyncio.Event()
    done: list[str] = []

    async def fail() -> bool:
        done.append("fail")
        raise OSError("no store")

    async def count() -> bool:
        done.append("count")
        if done.count("count") == 5 and done.count("fail") > 1:
            stop.set()
        return done.count("count") < 5

    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        for name, go in (("failing", fail), ("counting", count)):
            tasks.create_task(keep(Round(name=name, every_s=0.0, go=go), stop))
    assert done.count("fail") > 1
    assert "the round of failing failed" in caplog.text


async def test_what_waits_is_done_without_a_pause_and_a_stop_is_heeded_at_once():
    stop, left = asyncio.Event(), [True, True, False]

    async def go() -> bool:
        more = left.pop(0)
        if not left:
            asyncio.get_running_loop().call_later(0.05, stop.set)
        return more

    async with asyncio.timeout(5):
        await keep(Round(name="r", every_s=3600, go=go), stop)
    assert left == []


async def test_without_an_address_announcements_stay_in_the_desks_own_list(store, tmp_path):
    async with store.write() as session:
        for topic in (*ANNOUNCEMENTS, "mail"):
            await put(session, topic, topic, {}, now=datetime.now(UTC) - timedelta(seconds=1))
    settings = Settings(home=tmp_path)
    mail = MailRoom(store, settings)
    delivery = {one.name: one for one in rounds(store, settings, Kept(), Kept(), mail)}["delivery"]
    assert await delivery.go() is False
    async with store.read() as session:
        found = list(await session.scalars(select(OutboxItem)))
    assert {item.topic for item in found if item.state == "delivered"} == set(ANNOUNCEMENTS)
    await mail.close()


def test_everything_that_clocks_tell_of_is_delivered():
    made = clocks([opening_line(START)], in_use(), now=START)
    topics = {
        topic
        for clock in made
        for episode in clock.episodes
        for topic, _, _ in announcements(clock, episode)
    }
    assert topics < set(ANNOUNCEMENTS)


async def test_the_settings_choose_whom_announcements_go_to():
    assert isinstance(announcer(Settings(announce_url=None)), Kept)
    webhook = announcer(Settings(announce_url="https://hooks.example", announce_secret=SECRET))
    assert isinstance(webhook, Webhook)
    await webhook.close()
    with pytest.raises(UnusableAddress, match="ACEDESK_ANNOUNCE_SECRET"):
        announcer(Settings(announce_url="https://hooks.example"))
