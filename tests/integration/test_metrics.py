"""What Prometheus is told, of a desk that is served for real, with no bot behind it."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from desk.conversations import opening, service
from desk.conversations.handoff import open_at_once
from desk.conversations.models import InboundMail
from desk.conversations.queues import Queue, size
from desk.conversations.waiting import places
from desk.outbox.service import put
from desk.reporting.reports import REPORTS, Asked
from desk.reporting.standing import PERIOD, Standing, review, standing
from desk.services import Services
from desk.settings import Settings
from desk.store import Store
from desk.web.metrics import Watch, metrics_app
from desk.web.server import close, listen
from tests.databases import lay_down
from tests.e2e.stack import free_port
from tests.integration.conftest import Desk, NewDesk
from tests.tickets import NOW, fill

TOKEN = "a token for prometheus"
AUTH = {"Authorization": f"Bearer {TOKEN}"}

Value = Callable[..., float]


def read(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def scraped(http: httpx.AsyncClient) -> Value:
    """A way to look up what a scrape told: 0 for what it did not."""
    answer = await http.get("/metrics", headers=AUTH)
    assert answer.status_code == 200
    told = read(answer.text)
    return lambda name, **labels: told.get((name, frozenset(labels.items())), 0.0)


@pytest.fixture
async def watched(new_desk: NewDesk) -> Desk:
    return await new_desk(metrics_token=TOKEN, bot_timeout=0.5)


@pytest.mark.parametrize("given", ["wrong", f"{TOKEN}x", "ñ"])
async def test_metrics_are_for_whoever_has_the_token(watched, given):
    _, http = watched
    for headers in ({}, {"Authorization": f"Bearer {given}".encode()}):
        assert (await http.get("/metrics", headers=headers)).status_code == 401
    answer = await http.get("/metrics", headers=AUTH)
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


async def test_without_a_token_in_the_settings_there_is_nothing(desk):
    _, http = desk
    for headers in ({}, AUTH):
        assert (await http.get("/metrics", headers=headers)).status_code == 404


async def test_a_turn_is_counted_by_what_it_was_and_says_nothing_of_who(watched):
    _, http = watched
    turns = {"language": "es", "kind": "degraded", "channel": "chat"}
    before = await scraped(http)
    said = {"sender": "somebody-new", "message": "necesito ayuda con mis reportes"}
    await http.post("/webhooks/rest/webhook", json=said)
    again = {**said, "metadata": {"message_id": "m1"}}
    for _ in range(2):
        # The second time it gets the stored reply, which is no turn.
        await http.post("/webhooks/rest/webhook", json=again)
    after = await scraped(http)

    def more(name: str, **labels: str) -> float:
        return after(name, **labels) - before(name, **labels)

    assert more("acedesk_turns_total", **turns) == 2
    assert more("acedesk_turn_duration_seconds_count", channel="chat") == 2
    assert 0 < more("acedesk_turn_duration_seconds_sum", channel="chat") < 30
    assert more("acedesk_bot_failures_total", reason="ConnectError") == 2
    assert more("acedesk_bot_call_duration_seconds_count") == 2
    posted = {"method": "POST", "route": "/webhooks/rest/webhook"}
    assert more("acedesk_http_requests_total", **posted, status="200") == 3
    assert after("acedesk_bot_up") == 0
    assert after("acedesk_store_up") == 1
    assert after("process_resident_memory_bytes") > 1_000_000
    text = (await http.get("/metrics", headers=AUTH)).text
    for word in ("somebody-new", "reportes", "127.0.0.1"):
        assert word not in text


async def test_requests_are_counted_by_route_and_never_by_address(watched):
    _, http = watched
    made = (await http.post("/api/v1/conversations", json={"language": "en"})).json()
    path = f"/api/v1/conversations/{made['id']}/messages"
    before = await scraped(http)
    await http.post(path, json={"client_id": "1", "text": "hello"})
    for odd in ("/nowhere/1", "/nowhere/2"):
        await http.get(odd)
    await http.request("BREW", "/nowhere/3")
    after = await scraped(http)
    route = "/api/v1/conversations/{conversation_id}/messages"
    for labels, count in (
        ({"method": "POST", "route": route, "status": "401"}, 1),
        ({"method": "GET", "route": "unmatched", "status": "404"}, 2),
        ({"method": "other", "route": "unmatched", "status": "404"}, 1),
    ):
        name = "acedesk_http_requests_total"
        assert after(name, **labels) - before(name, **labels) == count
    text = (await http.get("/metrics", headers=AUTH)).text
    assert made["id"] not in text
    assert "BREW" not in text


async def test_open_streams_are_counted(watched):
    _, http = watched
    made = (await http.post("/api/v1/conversations", json={})).json()
    path = f"/api/v1/conversations/{made['id']}/stream"
    before = (await scraped(http))("acedesk_streams_open", kind="visitor")
    async with http.stream(
        "GET", path, headers={"Authorization": f"Bearer {made['token']}"}
    ) as stream:
        lines = stream.aiter_lines()
        await anext(lines)
        assert (await scraped(http))("acedesk_streams_open", kind="visitor") == before + 1
    async with asyncio.timeout(10):
        while (await scraped(http))("acedesk_streams_open", kind="visitor") != before:
            await asyncio.sleep(0.05)


async def test_a_port_of_its_own_needs_no_token(watched):
    services, _ = watched
    port = free_port()
    server = await listen(metrics_app(services), "127.0.0.1", port)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            assert read((await http.get("/metrics")).text)["acedesk_store_up", frozenset()] == 1
            assert (await http.get("/health")).status_code == 404
    finally:
        await close(server)


async def test_a_store_that_is_down_fails_no_scrape(tmp_path):
    url = f"postgresql+asyncpg://nobody@127.0.0.1:{free_port()}/none"
    services = Services.build(Settings(home=tmp_path, database_url=url, bot_port=free_port()))
    told = read((await Watch(services).told()).decode())
    assert told["acedesk_store_up", frozenset()] == 0
    assert told["acedesk_home_free_bytes", frozenset()] > 0
    # What is not known is not told, rather than told as it was once.
    assert not [name for name, _ in told if name.startswith(("acedesk_tickets", "acedesk_sla"))]
    await services.close()


async def test_a_store_that_hangs_holds_up_a_scrape_for_two_seconds(tmp_path):
    async def listens(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(listens, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    url = f"postgresql+asyncpg://nobody@127.0.0.1:{port}/none?ssl=disable"
    services = Services.build(Settings(home=tmp_path, database_url=url, bot_port=free_port()))
    began = time.monotonic()
    told = read((await Watch(services).told()).decode())
    assert told["acedesk_store_up", frozenset()] == 0
    assert time.monotonic() - began < 6
    await services.close()
    silent.close()


@pytest.fixture
async def filled(migrated: Store) -> AsyncIterator[Store]:
    """A store with tickets of every fate, and people who wait in two languages."""
    await fill(migrated, seed=43, count=60)
    for number, (language, is_test) in enumerate((("en", False), ("es", False), ("es", True))):
        async with migrated.write() as session:
            conversation = await opening.conversation_of_sender(
                session, f"waits-{number}", channel="chat", is_test=is_test, language=language
            )
            message = await service.receive(session, conversation, "help", client_id="1")
            await open_at_once(session, message, category="support", priority="urgent")
            conversation.waiting_since = NOW - timedelta(minutes=10 * (number + 1))
            message.at = NOW - timedelta(seconds=90)
    yield migrated


async def stands(store: Store, now: datetime) -> Standing:
    async with store.read() as session:
        return await standing(session, now=now)


async def test_figures_are_those_that_analysts_and_operators_see(filled):
    now = datetime.now(UTC)
    found = await stands(filled, now)
    async with filled.read() as session:
        open_ = Queue(view="open", user_id=0)
        late = Queue(view="late", user_id=0)
        backlog = (await REPORTS["backlog"](session, Asked(now=now))).document["total"]
        assert sum(found.open.values()) == await size(session, open_, now=now)
        assert sum(found.open.values()) == backlog["total"] > 2
        # `acedesk tickets list --late` lists what is late or falls due within the hour.
        both = sum(found.overdue.values()) + sum(found.at_risk.values())
        assert both == await size(session, late, now=now) > 0
        assert sum(pile.count for pile in found.waiting.values()) == len(await places(session)) == 2


async def test_a_ticket_is_at_risk_within_the_hour_before_its_deadline_and_overdue_after(filled):
    async with filled.read() as session:
        due = min(
            ticket["due"]
            for ticket in (await _rows(session))
            if ticket["due"] is not None and ticket["language"] == "en"
        )
    moments = [due - timedelta(minutes=61), due - timedelta(minutes=59), due + timedelta(seconds=1)]
    first, second, third = [await stands(filled, moment) for moment in moments]
    assert (first.at_risk["en"], first.overdue["en"]) == (0, 0)
    assert (second.at_risk["en"], second.overdue["en"]) == (1, 0)
    assert third.overdue["en"] == 1


async def _rows(session: Any) -> list[dict[str, Any]]:
    from desk.tickets.service import list_tickets

    found = await list_tickets(session, states=["new", "assigned", "in_progress", "on_hold"])
    return [{"due": ticket.next_due, "language": ticket.language} for ticket in found]


async def test_attainment_is_that_of_the_report(filled):
    async with filled.read() as session:
        found = await review(session, now=NOW)
        for metric, share in found.attainment.items():
            asked = Asked(now=NOW, since=NOW - PERIOD, until=NOW, metric=metric)
            assert share == (await REPORTS["report"](session, asked)).document["total"]["share"]
    assert 0 < found.attainment["processed"] < 1


async def test_what_waits_is_as_old_as_its_oldest(filled):
    async with filled.write() as session:
        for minutes in (5, 20):
            at = NOW - timedelta(minutes=minutes)
            await put(session, "ticket.opened", f"s{minutes}", {}, now=at)
            session.add(
                InboundMail(
                    key=f"k{minutes}", spool_key="s", whole=True, received_at=at, not_before=NOW
                )
            )
        session.add(
            InboundMail(
                key="q", spool_key="s", whole=True, received_at=NOW, not_before=NOW,
                state="quarantined",
            )
        )  # fmt: skip
    found = await stands(filled, NOW)
    assert found.waiting["en"].oldest_s == 600
    assert found.waiting["es"].oldest_s == 1200
    assert found.outbox["ticket.opened"].oldest_s == 1200
    assert found.outbox["ping"].count == 0
    assert (found.mails.count, found.mails.oldest_s) == (2, 1200)
    assert found.unanswered.oldest_s == 90
    async with filled.write() as session:
        waiting = await service.unanswered(session, before=NOW)
        assert found.unanswered.count == len(waiting) == 3
        for message in waiting:
            message.answered_at = NOW
        assert (await review(session, now=NOW)).quarantined == 1
    assert (await stands(filled, NOW)).unanswered.count == 0


def test_the_worker_tells_of_its_rounds_at_its_own_port(tmp_path: Path) -> None:
    lay_down(Settings(home=tmp_path).store_url)
    port = free_port()
    given = {"ACEDESK_HOME": str(tmp_path), "ACEDESK_METRICS_PORT": str(port)}
    working = subprocess.Popen(
        [sys.executable, "-m", "desk", "worker"], env={**os.environ, **given}
    )
    done = ("acedesk_worker_rounds_total", frozenset({("round", "delivery"), ("result", "done")}))
    last = "acedesk_worker_round_last_success_timestamp_seconds"
    try:
        until = time.monotonic() + 60
        while (told := _told(port)).get(done, 0) < 2:
            assert time.monotonic() < until
            time.sleep(0.2)
        assert abs(told[last, frozenset({("round", "delivery")})] - time.time()) < 30
        working.terminate()
        assert working.wait(timeout=10) == 0
    finally:
        working.kill()
        working.wait()


def _told(port: int) -> dict[Any, float]:
    try:
        return read(httpx.get(f"http://127.0.0.1:{port}/metrics").text)
    except httpx.TransportError:
        return {}
