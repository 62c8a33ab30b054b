"""The console over HTTP: queues, their stream, search, acts on several tickets, errors."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import delete, select

from desk.accounts.models import SignIn
from desk.accounts.service import add_user
from desk.conversations.models import Conversation
from desk.conversations.opening import conversation_of_sender
from desk.services import Services
from desk.settings import Settings
from desk.store.tables import Base
from desk.tickets import work
from desk.tickets.ledger import Actor, Write
from desk.tickets.models import Ticket, TicketEvent
from desk.tickets.service import open_ticket
from desk.web.app import public_app
from desk.web.server import close, listen
from tests.e2e.stack import free_port
from tests.openings import opening

PASSWORD = "correct horse battery"
BROWSER = {"Accept": "text/html"}


class Console:
    """A desk that is served, and a browser that is signed in to it."""

    def __init__(self, services: Services, http: httpx.AsyncClient) -> None:
        self.services = services
        self.http = http
        self.csrf = ""

    async def user(self, name: str, role: str = "analyst") -> int:
        async with self.services.store.write() as session:
            user = await add_user(
                session,
                email=f"{name}@desk.example",
                role=role,
                language="en",
                password=PASSWORD,
            )
            return user.id

    async def sign_in(self, name: str) -> None:
        self.http.cookies.clear()
        form = {"email": f"{name}@desk.example", "password": PASSWORD}
        await self.http.post("/console/sign-in", data=form)
        page = (await self.http.get("/console/")).text
        self.csrf = re.findall(r'name="csrf" value="(\w+)"', page)[0]

    async def tickets(self, count: int, **changes: Any) -> list[Ticket]:
        opened = []
        async with self.services.store.write() as session:
            for _ in range(count):
                conversation = await conversation_of_sender(
                    session, uuid4().hex, channel="chat", is_test=False
                )
                given = opening(conversation.id, uuid4().hex, **changes)
                opened.append(await open_ticket(session, given, now=datetime.now(UTC)))
        return opened

    async def write(self, ticket: Ticket, do: Any, by: int, **values: Any) -> None:
        write = Write(
            key=uuid4().hex, actor=Actor(kind="analyst", user_id=by), now=datetime.now(UTC)
        )
        async with self.services.store.write() as session:
            await do(session, ticket.id, write, **values)

    async def ticket(self, ticket: Ticket) -> Ticket:
        async with self.services.store.read() as session:
            return await session.get_one(Ticket, ticket.id)

    async def log(self, ticket: Ticket) -> list[str]:
        async with self.services.store.read() as session:
            lines = await session.scalars(
                select(TicketEvent)
                .where(TicketEvent.ticket_id == ticket.id)
                .order_by(TicketEvent.seq)
            )
            return [line.kind for line in lines]

    async def post(self, path: str, **form: Any) -> httpx.Response:
        return await self.http.post(path, data={"csrf": self.csrf} | form, headers=BROWSER)

    async def act(self, do: str, picked: list[Ticket], **fields: str) -> httpx.Response:
        """Confirm an act on these tickets and do it."""
        asked = await self.post("/console/bulk", do=do, ticket=[pick(one) for one in picked])
        assert asked.status_code == 200, asked.text
        return await self.run(asked.text, **fields)

    async def run(self, page: str, **fields: str) -> httpx.Response:
        """Post the form of a page that asks for confirmation."""
        names = ("do", "key", "back", "ticket")
        form = {name: re.findall(rf'name="{name}" value="([^"]*)"', page) for name in names}
        return await self.post("/console/bulk/run", **form, **fields)


def pick(ticket: Ticket) -> str:
    return f"{ticket.id}:{ticket.version}"


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    settings = Settings(home=tmp_path, bot_port=free_port(), bot_timeout=0.5, rate_limit=0)
    services = Services.build(settings)
    async with services.store.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    port = free_port()
    server = await listen(public_app(services), "127.0.0.1", port)
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", timeout=10, follow_redirects=True
    ) as http:
        desk = Console(services, http)
        await desk.user("ana")
        await desk.sign_in("ana")
        yield desk
    services.live.close()
    await close(server)
    await services.close()


async def test_a_view_stands_in_the_address_with_its_filters(console: Console) -> None:
    (spanish,) = await console.tickets(1, language="es")
    (english,) = await console.tickets(1)
    page = (await console.http.get("/console/?queue=open&language=es")).text
    assert spanish.number in page
    assert english.number not in page
    assert '<option value="es" selected>' in page
    assert "2</span>" in page


async def test_a_long_queue_has_pages(console: Console) -> None:
    tickets = await console.tickets(53)
    second = (await console.http.get("/console/?page=2&sort=oldest")).text
    assert re.findall(r'id="open-([\w-]+)"', second) == [one.number for one in tickets[50:]]
    beyond = (await console.http.get("/console/?page=99&sort=oldest")).text
    assert tickets[52].number in beyond


@pytest.mark.parametrize(
    "query", ["queue=odd", "sort=odd", "language=xx", "page=0", "page=x", "page=" + "9" * 30]
)
async def test_an_address_that_makes_no_sense_is_a_page_of_its_own(
    console: Console, query: str
) -> None:
    for language, words in (("en", "This address does not"), ("es", "Esta dirección no es")):
        answer = await console.http.get(f"/console/?{query}&lang={language}", headers=BROWSER)
        assert (answer.status_code, answer.headers["content-type"][:9]) == (400, "text/html")
        assert words in answer.text


async def test_errors_are_pages_for_people_and_json_for_programs(console: Console) -> None:
    page = await console.http.get("/console/nowhere", headers=BROWSER)
    assert (page.status_code, "There is nothing here" in page.text) == (404, True)
    assert "ana@desk.example" in page.text
    assert "script-src 'nonce-" in page.headers["content-security-policy"]
    program = await console.http.get("/console/nowhere")
    assert program.json()["error"]["code"] == "not_found"


async def test_an_error_that_nobody_foresaw_is_a_page_too(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    await console.tickets(1)
    monkeypatch.setattr("desk.conversations.queues.counts", None)
    page = await console.http.get("/console/?lang=es", headers=BROWSER)
    assert (page.status_code, "Algo falló de nuestro lado" in page.text) == (500, True)


async def test_next_leads_to_the_most_pressing_ticket(console: Console) -> None:
    (low,) = await console.tickets(1, urgency="low")
    (urgent,) = await console.tickets(1, urgency="critical")
    for query, number in (("", urgent.number), (f"?after={urgent.number}", low.number)):
        answer = await console.http.get(f"/console/next{query}")
        assert answer.url.path == f"/console/tickets/{number}"


async def test_next_leads_to_the_empty_queue_when_nothing_is_left(console: Console) -> None:
    answer = await console.http.get("/console/next?lang=es")
    assert str(answer.url).endswith("/console/?queue=waiting&lang=es")


async def test_the_stream_tells_of_the_version_and_of_changes(console: Console) -> None:
    async with asyncio.timeout(15), console.http.stream("GET", "/console/stream") as stream:
        assert stream.headers["content-type"] == "text/event-stream"
        versions = []
        async for line in stream.aiter_lines():
            if line.startswith("data: "):
                versions.append(line)
                if len(versions) == 2:
                    break
                await console.tickets(1)
    page = (await console.http.get("/console/")).text
    assert f'data-version="{versions[-1].removeprefix("data: ")}"' in page


async def test_the_stream_ends_with_the_sign_in_and_tells_nothing_after_it(
    console: Console,
) -> None:
    async with asyncio.timeout(15), console.http.stream("GET", "/console/stream") as stream:
        lines = stream.aiter_lines()
        while not (await anext(lines)).startswith("data: "):
            pass
        async with console.services.store.write() as session:
            await session.execute(delete(SignIn))
        began = asyncio.get_running_loop().time()
        await console.tickets(1)
        assert [line for line in [one async for one in lines] if line] == []
        assert asyncio.get_running_loop().time() - began < 5


async def test_nobody_listens_without_a_sign_in(console: Console) -> None:
    console.http.cookies.clear()
    answer = await console.http.get("/console/stream", follow_redirects=False)
    assert answer.headers["location"] == "/console/sign-in"


async def test_search_finds_and_marks(console: Console) -> None:
    (ticket,) = await console.tickets(1, summary="El reporte sale <b>vacío</b>")
    page = (await console.http.get("/console/search", params={"q": "VACIO"})).text
    assert ticket.number in page
    assert "&lt;b&gt;<mark>vacío</mark>&lt;/b&gt;" in page


async def test_an_act_is_confirmed_and_done_ticket_by_ticket(console: Console) -> None:
    tickets = await console.tickets(3)
    ana = 1
    await console.write(tickets[2], work.resolve, ana, code="done", notes="done")
    asked = await console.post(
        "/console/bulk", do="hold", ticket=[pick(one) for one in tickets], back="queue=open"
    )
    assert "2 tickets will be changed" in asked.text
    assert "It is in the state Resolved. Only an open ticket" in asked.text
    assert [(await console.ticket(one)).state for one in tickets] == ["new", "new", "resolved"]
    done = await console.run(asked.text, reason="office")
    assert "2 tickets were changed" in done.text
    assert [(await console.ticket(one)).state for one in tickets] == [
        "on_hold", "on_hold", "resolved",
    ]  # fmt: skip


async def test_a_form_that_is_posted_again_does_nothing_twice(console: Console) -> None:
    tickets = await console.tickets(2)
    asked = await console.post("/console/bulk", do="tag", ticket=[pick(one) for one in tickets])
    for _ in range(2):
        assert "2 tickets were changed" in (await console.run(asked.text, tags="a b")).text
    assert await console.log(tickets[0]) == ["opened", "tagged"]
    assert (await console.ticket(tickets[0])).tags == ["a", "b"]
    other = await console.post("/console/bulk", do="take", ticket=[pick(one) for one in tickets])
    key = re.findall(r'name="key" value="(\w+)"', asked.text)[0]
    reused = await console.run(re.sub(r'(name="key" value=")\w+', rf"\g<1>{key}", other.text))
    assert "used for something else" in reused.text
    assert await console.log(tickets[0]) == ["opened", "tagged"]


async def test_a_ticket_that_changed_meanwhile_is_left_alone(console: Console) -> None:
    tickets = await console.tickets(2)
    asked = await console.post("/console/bulk", do="take", ticket=[pick(one) for one in tickets])
    await console.write(tickets[0], work.tag, 1, add=("a",))
    done = await console.run(asked.text)
    assert "1 ticket was changed" in done.text
    assert "It was changed meanwhile; its state is New now" in done.text
    assert [(await console.ticket(one)).state for one in tickets] == ["new", "in_progress"]


async def test_what_an_act_needs_is_asked_for_and_kept(console: Console) -> None:
    (ticket,) = await console.tickets(1)
    asked = await console.post("/console/bulk", do="resolve", ticket=pick(ticket))
    again = await console.run(asked.text, code="", notes="the universe was retired")
    assert again.status_code == 400
    assert "Choose a result." in again.text
    assert "the universe was retired</textarea>" in again.text
    assert "Write what was found" not in again.text
    done = await console.run(again.text, code="done", notes="my SSN is 078-05-1120")
    assert "1 ticket was changed" in done.text
    kept = await console.ticket(ticket)
    assert (kept.state, kept.resolution, kept.resolution_notes) == (
        "resolved", "done", "my SSN is [ssn]",
    )  # fmt: skip


async def test_a_resolved_ticket_gives_its_conversation_back(console: Console) -> None:
    (ticket,) = await console.tickets(1)
    async with console.services.store.write() as session:
        conversation = await session.get_one(Conversation, ticket.conversation_id)
        conversation.state = "waiting"
    await console.act("resolve", [ticket], code="answered", notes="told")
    async with console.services.store.read() as session:
        conversation = await session.get_one(Conversation, ticket.conversation_id)
    assert conversation.state == "bot"


@pytest.mark.parametrize(
    ("do", "fields", "change"),
    [
        ("assign_me", {}, {"state": "assigned", "assignee_id": 1}),
        ("take", {}, {"state": "in_progress", "assignee_id": 1}),
        (
            "categorise",
            {"category": "reports/running"},
            {"category": "reports", "topic": "running"},
        ),
        ("escalate", {"group": "security"}, {"state": "new", "group": "security"}),
        ("escalate", {"group": ""}, {"state": "new"}),
    ],
)
async def test_every_act_does_what_it_says(
    console: Console, do: str, fields: dict[str, str], change: dict[str, Any]
) -> None:
    (ticket,) = await console.tickets(1)
    assert "1 ticket was changed" in (await console.act(do, [ticket], **fields)).text
    kept = await console.ticket(ticket)
    assert {name: getattr(kept, name) for name in change} == change


async def test_a_colleagues_ticket_is_for_leads_to_reassign(console: Console) -> None:
    ben = await console.user("ben")
    await console.user("lea", role="lead")
    (ticket,) = await console.tickets(1)
    await console.write(ticket, work.take, ben)
    ticket = await console.ticket(ticket)
    for do in ("assign_me", "take"):
        asked = await console.post("/console/bulk", do=do, ticket=pick(ticket))
        assert "A lead can reassign it." in asked.text or "Only a ticket that is new" in asked.text
    forced = await console.post(
        "/console/bulk/run", do="assign_me", key="0" * 16, ticket=pick(ticket)
    )
    assert "A colleague is responsible" in forced.text
    refused = await console.post("/console/bulk", do="assign", ticket=pick(ticket))
    assert refused.status_code == 403
    refused = await console.post("/console/bulk/run", do="assign", key="0" * 16, assignee="1")
    assert refused.status_code == 403
    await console.sign_in("lea")
    await console.act("assign", [ticket], assignee="1")
    assert (await console.ticket(ticket)).assignee_id == 1


async def test_who_only_reads_selects_nothing(console: Console) -> None:
    await console.user("aud", role="auditor")
    (ticket,) = await console.tickets(1)
    csrf = console.csrf
    console.http.cookies.clear()
    form = {"email": "aud@desk.example", "password": PASSWORD}
    await console.http.post("/console/sign-in", data=form)
    page = (await console.http.get("/console/")).text
    assert ticket.number in page
    assert 'type="checkbox" name="ticket"' not in page
    assert (await console.post("/console/bulk", do="take", csrf=csrf)).status_code == 403


@pytest.mark.parametrize(
    "form",
    [
        {"do": "odd"},
        {"do": "take", "ticket": "x"},
        {"do": "take", "ticket": [f"{n}:1" for n in range(1, 202)]},
    ],
)
async def test_a_form_that_makes_no_sense_is_refused(
    console: Console, form: dict[str, Any]
) -> None:
    assert (await console.post("/console/bulk", **form)).status_code == 400


async def test_nothing_selected_is_said(console: Console) -> None:
    asked = await console.post("/console/bulk", do="take")
    assert "No ticket was selected" in asked.text
    gone = await console.post("/console/bulk", do="take", ticket="77:1")
    assert "There is no ticket with this number." in gone.text


async def test_a_form_from_elsewhere_is_refused(console: Console) -> None:
    (ticket,) = await console.tickets(1)
    answer = await console.http.post(
        "/console/bulk/run", data={"do": "take", "key": "0" * 16, "ticket": pick(ticket)}
    )
    assert answer.status_code == 403
    assert (await console.ticket(ticket)).state == "new"
