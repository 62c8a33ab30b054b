"""Two analysts and a visitor at one ticket, over real HTTP."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser as ChromiumBrowser
from playwright.async_api import Page, expect
from sqlalchemy import select

from desk.accounts.service import add_user
from desk.attachments.service import attach
from desk.attachments.spool import Spool
from desk.audit.models import AuditEntry
from desk.conversations import service
from desk.conversations.models import Message
from desk.conversations.opening import open_conversation
from desk.conversations.ownership import want_person
from desk.home import Home
from desk.services import Services
from desk.settings import Settings
from desk.tickets.ledger import Actor, Write, lines_of
from desk.tickets.models import Ticket
from desk.tickets.service import find_ticket, open_ticket
from desk.web.app import public_app
from desk.web.server import close, listen
from tests.databases import lay_down
from tests.e2e.browser.chromium import launched_beside
from tests.e2e.stack import free_port
from tests.openings import opening

PASSWORD = "correct horse battery"
HOSTILE = "<img src=x onerror=alert(1)> & \"'"
ROLES = {"ana": "analyst", "ben": "analyst", "lea": "lead", "olga": "auditor"}


@dataclass
class Browser:
    """An analyst's browser that runs no scripts."""

    http: httpx.AsyncClient
    page: str = ""

    async def look(self, number: str = "ASD-000001", **query: str) -> httpx.Response:
        answer = await self.http.get(f"/console/tickets/{number}", params=query)
        self.page = answer.text
        return answer

    async def do(self, act: str, number: str = "ASD-000001", **typed: str) -> httpx.Response:
        """Fill in the form of an act as the page shows it, and send it."""
        fields = self.fields(act) | typed
        answer = await self.http.post(f"/console/tickets/{number}/{act}", data=fields)
        if answer.status_code == 303:
            return await self.http.get(answer.headers["location"])
        return answer

    def fields(self, act: str) -> dict[str, str]:
        found = re.search(rf'<form[^>]*data-act="{act}".*?</form>', self.page, re.DOTALL)
        assert found, f"there is no form of {act}"
        hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', found[0])
        return {name: unescape(value) for name, value in hidden}


@dataclass
class Desk:
    services: Services
    address: str
    conversation_id: str
    open: AsyncExitStack

    async def browser(self, who: str) -> Browser:
        # The server would wait for a connection that is kept open.
        http = await self.open.enter_async_context(
            httpx.AsyncClient(base_url=self.address, timeout=10)
        )
        form = {"email": f"{who}@desk.example", "password": PASSWORD}
        assert (await http.post("/console/sign-in", data=form)).status_code == 302
        return Browser(http)

    async def texts(self) -> list[str]:
        async with self.services.store.read() as session:
            return [one.text for one in await service.history(session, self.conversation_id)]

    async def visitor_writes(self, text: str) -> None:
        async with self.services.store.write() as session:
            conversation = await service.locked(session, self.conversation_id)
            await service.receive(session, conversation, text, client_id=None)
        self.services.live.announce(self.conversation_id)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    settings = Settings(home=tmp_path, bot_port=free_port(), bot_timeout=0.5, rate_limit=0)
    await asyncio.to_thread(lay_down, settings.store_url)
    services = Services.build(settings)
    async with services.store.write() as session:
        for name, role in ROLES.items():
            user = await add_user(
                session,
                email=f"{name}@desk.example",
                role=role,
                language="en",
                password=PASSWORD,
            )
            user.name = name.title()
        conversation, _ = await open_conversation(session, language="es")
        await session.flush()
        await service.receive(session, conversation, HOSTILE, client_id=None)
        requester = {"name": HOSTILE, "email": "luz@firm.example"}
        for key in ("1", "2"):
            given = opening(
                conversation.id, key, requester=requester, summary=HOSTILE, language="es"
            )
            await open_ticket(session, given, now=datetime.now(UTC))
        want_person(conversation, datetime.now(UTC))
    port = free_port()
    server = await listen(public_app(services), "127.0.0.1", port)
    async with AsyncExitStack() as at_the_end:
        yield Desk(services, f"http://127.0.0.1:{port}", conversation.id, at_the_end)
        services.live.close()
    await close(server)
    await services.close()


async def test_an_analyst_takes_over_replies_hands_back_and_resolves_without_scripts(desk):
    ana = await desk.browser("ana")
    page = await ana.look()
    assert "The requester is waiting for a person." in page.text
    assert "You have the conversation now." in (await ana.do("take_over")).text
    await ana.look()
    assert "Your reply was sent." in (await ana.do("reply", text="Hola, soy Ana")).text
    await ana.look()
    assert "The assistant has the conversation again." in (await ana.do("hand_back")).text
    await ana.look()
    done = await ana.do("resolve", code="explained", notes="told her")
    assert "The ticket is resolved." in done.text
    texts = await desk.texts()
    assert "Hola, soy Ana" in texts
    assert texts.count("Hola, soy Ana") == 1


async def test_every_act_of_sorting_works_and_stands_in_the_log(desk):
    ana, lea = await desk.browser("ana"), await desk.browser("lea")
    acts = {
        "start": {},
        "prioritise": {"impact": "many", "urgency": "high"},
        "categorise": {"category": "reports/scheduling"},
        "tag": {"tags": "es-003 broker"},
        "link": {"to": "servicenow:INC0012345"},
        "plan": {"action": "Call Luz", "due": "2030-01-02T10:30"},
        "describe": {"company": "Aduanal Bravo", "name": HOSTILE, "email": "luz@firm.example"},
        "watch": {},
        "note": {"text": HOSTILE},
        "escalate": {"group": "reports"},
        "hold": {"reason": "user", "until": "2030-01-03T10:30"},
    }
    for act, typed in acts.items():
        await ana.look()
        answer = await ana.do(act, **typed)
        assert 'class="alert success"' in answer.text, (act, answer.text)
    for act, typed in {
        "untag": {"tag": "broker"},
        "unlink": {},
        "unwatch": {},
        "resume": {},
    }.items():
        await ana.look()
        assert 'class="alert success"' in (await ana.do(act, **typed)).text, act
    await lea.look()
    async with desk.services.store.read() as session:
        ben = await session.scalar(select(Ticket.assignee_id).where(Ticket.id == 1)) + 1
    assert 'class="alert success"' in (await lea.do("assign", to=str(ben))).text
    await lea.look()
    assert 'class="alert success"' in (await lea.do("give_back")).text
    await lea.look()
    assert 'class="alert success"' in (await lea.do("put_under", parent="ASD-000002")).text
    await lea.look()
    assert 'class="alert success"' in (await lea.do("merge", into="2")).text
    async with desk.services.store.read() as session:
        ticket = await find_ticket(session, "ASD-000001")
    assert ticket.state == "cancelled"
    assert (ticket.category, ticket.topic, ticket.tags) == ("reports", "scheduling", ["es-003"])
    assert ticket.next_action == "Call Luz"
    assert ticket.requester["company"] == "Aduanal Bravo"
    described = next(line for line in ticket.events if line.kind == "described")
    assert described.payload == {"fields": ["company"]}


async def test_the_same_form_sent_twice_is_one_reply(desk):
    ana = await desk.browser("ana")
    await ana.look()
    for _ in range(2):
        assert (await ana.do("reply", text="only once")).status_code == 200
    assert (await desk.texts()).count("only once") == 1


async def test_of_two_who_answer_the_second_keeps_the_words_and_learns_what_happened(desk):
    ana, ben = await desk.browser("ana"), await desk.browser("ben")
    await ana.look()
    await ben.look()
    await ana.do("reply", text="from Ana")
    refused = await ben.do("reply", text=f"from Ben {HOSTILE}")
    assert refused.status_code == 409
    shown = unescape(refused.text)
    assert "Ana has this conversation now, so this was not done." in shown
    assert "Ana took over the conversation." in shown
    assert f"from Ben {HOSTILE}" in shown
    assert HOSTILE not in refused.text
    assert not [text for text in await desk.texts() if text.startswith("from Ben")]
    ben.page = refused.text
    assert "Ask Ana to pass it on to you" in refused.text


async def test_a_lead_takes_the_conversation_over_aloud_and_the_words_go_with_it(desk):
    ana, lea = await desk.browser("ana"), await desk.browser("lea")
    await ana.look()
    await ana.do("reply", text="from Ana")
    await lea.look()
    assert (await lea.do("reply", text="from Lea")).status_code == 409
    await lea.look()
    assert "Take over from Ana and send" in lea.page
    assert (await lea.do("reply", text="from Lea", despite="on")).status_code == 200
    assert (await desk.texts())[-1] == "from Lea"


async def test_while_somebody_writes_a_reply_another_must_say_that_they_take_over(desk):
    ana, ben = await desk.browser("ana"), await desk.browser("ben")
    await ana.look()
    csrf = ana.fields("reply")["csrf"]
    told = await ana.http.post(
        "/console/tickets/ASD-000001/presence", data={"csrf": csrf, "composing": "on"}
    )
    assert told.status_code == 204
    await ben.look()
    assert "Ana is writing a reply." in ben.page
    refused = await ben.do("reply", text="from Ben")
    assert refused.status_code == 409
    assert "Ana is writing a reply at this moment" in refused.text
    assert ">\nfrom Ben</textarea>" in refused.text
    ben.page = refused.text
    assert (await ben.do("reply", text="from Ben", despite="on")).status_code == 200
    assert (await desk.texts())[-1] == "from Ben"


async def test_a_conflict_names_who_did_what_and_loses_nothing(desk):
    ana, ben = await desk.browser("ana"), await desk.browser("ben")
    await ana.look()
    await ben.look()
    await ben.do("hold", reason="office")
    refused = await ana.do("resolve", code="done", notes=HOSTILE)
    assert refused.status_code == 409
    shown = unescape(refused.text)
    assert "Ben: Paused (waiting on another office)" in shown
    assert f"{HOSTILE}</textarea>" in shown
    ana.page = refused.text
    assert 'class="alert success"' in (await ana.do("resolve", code="done", notes="x")).text


async def test_words_are_kept_even_where_their_form_is_gone(desk):
    ana, ben = await desk.browser("ana"), await desk.browser("ben")
    await ana.look()
    await ben.look()
    await ben.do("cancel", reason="spam")
    refused = await ana.do("transfer", office="port", notes=f"all of it {HOSTILE}")
    assert refused.status_code == 409
    assert "Ben: Cancelled (unwanted message)" in refused.text
    assert f'You had typed:</p>\n  <p class="said typed">all of it {HOSTILE}' in unescape(
        refused.text
    )
    assert HOSTILE not in refused.text


async def test_a_reply_that_missed_another_is_held_back_even_from_the_same_analyst(desk):
    ana = await desk.browser("ana")
    await ana.look()
    await ana.do("reply", text="first")
    await ana.look()
    stale = ana.fields("reply")
    await ana.do("reply", text="second")
    other_tab = stale | {"key": "another-tab", "text": "third"}
    refused = await ana.http.post("/console/tickets/ASD-000001/reply", data=other_tab)
    assert refused.status_code == 409
    assert "Ana: second" in unescape(refused.text)


async def test_bad_input_is_told_in_plain_words_and_kept(desk):
    ana = await desk.browser("ana")
    await ana.look()
    for act, typed, words in (
        ("resolve", {"code": "done", "notes": " "}, "“What was found and done” is empty"),
        ("resolve", {"code": "odd", "notes": "my notes"}, "One of the values is not possible"),
        ("hold", {"reason": "user", "until": "soon"}, "“Until (UTC)” could not be read"),
        ("merge", {"into": "ASD-000001"}, "There is no such ticket, or it is this one"),
        ("merge", {"into": "nothing"}, "“Merge into ticket” could not be read"),
        ("cancel", {"reason": "duplicate", "duplicate_of": ""}, "“Repeats ticket” could not"),
        ("tag", {"tags": "a/b"}, "A tag has up to 32 letters"),
        ("link", {"to": "javascript:alert(1)"}, "A link is system:number"),
        ("reply", {"text": "x" * 8001}, "The message is too long"),
    ):
        answer = await ana.do(act, **typed)
        assert answer.status_code == 400, act
        shown = unescape(answer.text)
        assert words in shown, act
        assert max(typed.values(), key=len).strip() in shown, act


async def test_an_act_that_the_state_forbids_is_named_as_the_page_names_it(desk):
    ana = await desk.browser("ana")
    await ana.look()
    stale = ana.fields("start") | {"version": ""}
    await ana.do("cancel", reason="spam")
    for language, words in (
        ("en", "“Begin work” is not possible while the ticket is in the state “Cancelled”"),
        ("es", "«Empezar a trabajar» no es posible mientras el caso esté en el estado «Cancelado»"),
    ):
        refused = await ana.http.post(
            f"/console/tickets/ASD-000001/start?lang={language}",
            data=stale | {"key": f"late-{language}"},
        )
        assert refused.status_code == 409
        assert words in unescape(refused.text)


async def test_a_role_that_only_reads_is_offered_nothing_and_refused_everything(desk):
    olga, ana = await desk.browser("olga"), await desk.browser("ana")
    page = await olga.look()
    assert page.status_code == 200
    assert not re.search(r"<form[^>]*data-act", page.text)
    csrf = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)[1]
    for act in ("reply", "resolve", "note", "take_over"):
        answer = await olga.http.post(f"/console/tickets/ASD-000001/{act}", data={"csrf": csrf})
        assert answer.status_code == 403
    await ana.look()
    fields = ana.fields("note") | {"to": "1"}
    answer = await ana.http.post("/console/tickets/ASD-000001/assign", data=fields)
    assert answer.status_code == 403


async def test_what_does_not_exist_is_missing(desk):
    ana = await desk.browser("ana")
    await ana.look()
    csrf = {"csrf": ana.fields("note")["csrf"], "text": "x", "key": "k"}
    for path in ("ASD-000099/note", "ASD-000001/fly"):
        answer = await ana.http.post(f"/console/tickets/{path}", data=csrf)
        assert answer.status_code == 404
    for path in ("ASD-000099", "ASD-000099/conversation", "ASD-000099/stream"):
        assert (await ana.http.get(f"/console/tickets/{path}")).status_code == 404


async def test_only_what_is_new_is_fetched_and_it_is_escaped(desk):
    ana = await desk.browser("ana")
    await desk.visitor_writes(HOSTILE)
    part = await ana.http.get("/console/tickets/ASD-000001/conversation", params={"after": "1"})
    assert re.findall(r'data-seq="(\d+)">\s*<p class="by"', part.text) == ["2"]
    assert HOSTILE not in part.text
    assert HOSTILE in unescape(part.text)
    assert "<html" not in part.text


async def events(stream: httpx.Response) -> AsyncIterator[tuple[str, dict]]:
    kind = ""
    async for line in stream.aiter_lines():
        name, _, value = line.partition(": ")
        if name == "event":
            kind = value
        elif name == "data":
            yield kind, json.loads(value)


async def test_the_stream_tells_of_messages_people_and_typing_and_ends_with_the_sign_in(desk):
    ana, ben = await desk.browser("ana"), await desk.browser("ben")
    await ana.look()
    await ben.look()
    proof = {"csrf": ben.fields("reply")["csrf"]}
    address = "/console/tickets/ASD-000001"
    async with asyncio.timeout(15), ana.http.stream("GET", f"{address}/stream") as stream:
        came = events(stream)
        assert await anext(came) == ("news", {"seq": 1, "epoch": 0, "version": 1})
        assert await anext(came) == ("people", {"said": []})
        await desk.visitor_writes("one more")
        assert await anext(came) == ("news", {"seq": 2, "epoch": 0, "version": 1})
        await ben.http.post(f"{address}/presence", data=proof)
        assert await anext(came) == ("people", {"said": ["Ben is looking at this ticket."]})
        await ben.http.post(f"{address}/presence", data=proof | {"gone": "on"})
        assert await anext(came) == ("people", {"said": []})
        desk.services.live.typing(desk.conversation_id, actor="visitor")
        assert await anext(came) == ("typing", {})
        await ben.do("note", text="an internal note")
        assert await anext(came) == ("news", {"seq": 2, "epoch": 0, "version": 2})
        out = {"csrf": ana.fields("reply")["csrf"]}
        assert (await ana.http.post("/console/sign-out", data=out)).status_code == 302
        assert [event async for event in came] == []


async def test_a_visitor_sees_that_their_analyst_types_and_nobody_else(desk):
    ana, ben = await desk.browser("ana"), await desk.browser("ben")
    await ana.look()
    await ben.look()
    await ana.do("take_over")
    with desk.services.live.listening(desk.conversation_id) as listener:
        for browser in (ben, ana):
            proof = {"csrf": browser.fields("note")["csrf"]}
            await browser.http.post("/console/tickets/ASD-000001/typing", data=proof)
        assert await listener.wait(1) == [("analyst", "Ana")]


async def test_a_note_never_reaches_the_visitor(desk):
    ana = await desk.browser("ana")
    await ana.look()
    answer = await ana.do("note", text="between us")
    assert "between us" in answer.text
    assert "between us" not in await desk.texts()


async def test_a_file_is_saved_under_audit_and_never_shown_in_the_page(desk):
    ana, olga = await desk.browser("ana"), await desk.browser("olga")
    spool = Spool.of(Home(desk.services.settings.home))
    content = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
    async with desk.services.store.write() as session:
        now = datetime.now(UTC)
        write = Write(key="f1", actor=Actor(kind="customer"), now=now)
        kept = await attach(session, spool, 1, write, name="<b>ñ.png", content=content)
    assert f"/console/tickets/ASD-000001/files/{kept.id}" in (await ana.look()).text
    assert f"/files/{kept.id}" not in (await olga.look()).text
    path = f"/console/tickets/ASD-000001/files/{kept.id}"
    saved = await ana.http.get(path)
    assert saved.content == content
    assert saved.headers["content-type"] == "application/octet-stream"
    assert saved.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    assert saved.headers["x-content-type-options"] == "nosniff"
    assert (await olga.http.get(path)).status_code == 403
    other = await ana.http.get(f"/console/tickets/ASD-000002/files/{kept.id}")
    assert other.status_code == 404
    async with desk.services.store.write() as session:
        entries = await session.scalars(select(AuditEntry).where(AuditEntry.action == "opened"))
        opened = [one.object for one in entries]
        assert opened == [f"attachment/{kept.id}"]
        row = await session.get_one(type(kept), kept.id)
        row.spool_key, row.sha256, row.purged_at = None, None, now
    assert (await ana.http.get(path)).status_code == 410
    assert "content deleted" in (await ana.look()).text


async def test_a_ticket_by_telephone_has_no_box_for_a_reply_and_a_button_for_the_call(desk):
    ana = await desk.browser("ana")
    async with desk.services.store.write() as session:
        given = opening(desk.conversation_id, "phone", channel="phone")
        await open_ticket(session, given, now=datetime.now(UTC))
    for queue in ("waiting", "open"):
        assert "ASD-000003" in (await ana.http.get("/console/", params={"queue": queue})).text
    page = await ana.look("ASD-000003")
    assert not re.search(r"<form[^>]*data-act=.reply", page.text)
    assert "Call the requester" in page.text
    spoke = await ana.do("spoke", "ASD-000003")
    assert "It is recorded that you spoke to the requester." in spoke.text
    async with desk.services.store.read() as session:
        assert "responded" in [line.kind for line in await lines_of(session, 3)]


async def test_a_secret_in_a_reply_is_masked_before_it_is_kept(desk):
    ana = await desk.browser("ana")
    await ana.look()
    await ana.do("reply", text="Your number 123-45-6789 is not needed")
    async with desk.services.store.read() as session:
        texts = list(await session.scalars(select(Message.text)))
    assert not [text for text in texts if "123-45-6789" in text]


async def signed_in(chrome: ChromiumBrowser, desk: Desk, who: str) -> Page:
    """The ticket's page in a browser of somebody's own."""
    page = await (await chrome.new_context(reduced_motion="reduce")).new_page()
    await page.goto(f"{desk.address}/console/sign-in")
    await page.fill("[name=email]", f"{who}@desk.example")
    await page.fill("[name=password]", PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/console/")
    await page.goto(f"{desk.address}/console/tickets/ASD-000001")
    return page


async def test_two_browsers_see_each_other_and_one_visitor_and_lose_no_words(desk):
    async with launched_beside() as chrome:
        ana, ben = await signed_in(chrome, desk, "ana"), await signed_in(chrome, desk, "ben")
        await expect(ana.locator("#presence")).to_have_text("Ben is looking at this ticket.")

        # Ben writes; Ana's button asks for a take-over, which she makes.
        await ben.keyboard.press("r")
        await ben.locator("#reply-text").press_sequentially("from Ben", delay=5)
        despite = ana.get_by_role("button", name="Take over from Ben and send")
        await expect(despite).to_be_visible()
        await expect(ana.locator("#presence")).to_have_text("Ben is writing a reply.")
        await ana.fill("#reply-text", "from Ana")
        await despite.click()
        await expect(ana.locator("#messages")).to_contain_text("from Ana")
        await expect(ana.locator("#reply-text")).to_have_value("")
        await expect(ana.locator(".banner")).to_contain_text("You have this conversation.")

        # Ben's page has changed under his hands, and his words and his focus are still there.
        await expect(ben.locator(".banner")).to_contain_text("Ana has this conversation.")
        await expect(ben.locator(".sends")).to_contain_text("your reply would not be sent")
        await expect(ben.locator("#reply-text")).to_be_focused()
        await ben.locator("#reply-text").press("Control+Enter")
        await expect(ben.locator("#refusal")).to_contain_text("Ana has this conversation now")
        await expect(ben.locator("#reply-text")).to_have_value("from Ben")
        assert "from Ben" not in await desk.texts()
        await ben.reload()
        await expect(ben.locator("#reply-text")).to_have_value("from Ben")

        # What the visitor says appears in order, escaped, without stealing the focus.
        await ana.focus("#reply-text")
        said = [f"line {number} {HOSTILE}" for number in range(12)]
        for text in said:
            await desk.visitor_writes(text)
        texts = ana.locator("#messages > .visitor > .text")
        await expect(texts).to_have_text([HOSTILE, *said])
        await expect(ana.locator("#reply-text")).to_be_focused()
        await ana.locator("#pane").scroll_into_view_if_needed()
        await expect(texts.last).to_be_in_viewport()
        desk.services.live.typing(desk.conversation_id, actor="visitor")
        await expect(ana.locator("#typing")).to_have_text("The requester is typing…")

        # Whoever reads further up is left there, and told that there is more below.
        await ana.locator("#pane").evaluate("pane => { pane.scrollTop = -pane.scrollHeight; }")
        first = ana.locator("#messages > li").first
        await expect(first).to_be_in_viewport()
        await desk.visitor_writes("the last one")
        await expect(ana.get_by_role("button", name="New messages below")).to_be_visible()
        await expect(first).to_be_in_viewport()
        await ana.get_by_role("button", name="New messages below").click()
        await expect(texts.last).to_be_in_viewport()

        # By keyboard: away from the box, back to the assistant, and a resolution.
        await ana.locator("h1").click()
        await ana.keyboard.press("h")
        await expect(ana.locator(".alert.success")).to_contain_text("The assistant has")
        await ana.wait_for_load_state()
        await ana.keyboard.press("e")
        await expect(ana.locator("#resolve-notes")).to_be_focused()
        await ana.keyboard.type("told her")
        await ana.get_by_role("button", name="Resolve", exact=True).click()
        await expect(ana.locator(".alert.success")).to_contain_text("The ticket is resolved.")
