"""The interface of programs, served for real on both databases."""

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from desk.accounts.models import ApiToken, User
from desk.audit.models import AuditEntry
from desk.macros.files import import_macros
from desk.outages.service import post_status
from desk.services import Services
from desk.settings import PROJECT
from desk.store import Store
from desk.tickets.models import Ticket, TicketEvent, TicketNote
from desk.web.programs.acts import ACTS
from tests.programs import serving, token_of

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)

Desk = tuple[Services, httpx.AsyncClient]


@pytest.fixture
async def desk(migrated: Store, tmp_path: Path) -> AsyncIterator[Desk]:
    async with serving(tmp_path, database_url=migrated.url) as made:
        yield made


@pytest.fixture
async def analyst(desk: Desk) -> httpx.AsyncClient:
    services, http = desk
    http.headers.update(await token_of(services, "analyst"))
    return http


async def opened(http: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    answer = await http.post("/api/v1/tickets", json={"text": "The report is empty"} | body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def act(http: httpx.AsyncClient, number: str, name: str, **body: Any) -> httpx.Response:
    return await http.post(f"/api/v1/tickets/{number}/{name}", json=body)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_a_ticket_lives_from_its_opening_to_its_end(analyst):
    http = analyst
    secret = "my ssn is 123-45-6789, report ES-003 is empty"
    made = await opened(http, text=secret, language="es", requester={"name": "Luz", "phone": "5"})
    number = made["number"]
    assert "123-45-6789" not in str(made)
    assert made["requester"]["name"] == "Luz"
    assert (made["state"], made["channel"], made["language"]) == ("new", "phone", "es")
    steps: list[tuple[str, dict[str, Any]]] = [
        ("take", {}),
        ("spoke", {}),
        ("note", {"text": "She tries another browser."}),
        ("prioritise", {"impact": "many", "urgency": "high"}),
        ("categorise", {"category": "reports"}),
        ("tag", {"add": ["es-003"]}),
        ("link", {"to": "servicenow:INC0012345"}),
        ("watch", {"user": "analyst@desk.example"}),
        ("plan", {"action": "Call her", "due": "2099-01-01T10:00:00-05:00"}),
        ("hold", {"reason": "user"}),
        ("resume", {}),
        ("resolve", {"code": "done", "notes": "Cleared the cache."}),
        ("reopen", {"reason": "not_solved"}),
        ("return", {}),
        ("escalate", {}),
        ("assign", {"assignee": "analyst@desk.example"}),
        ("transfer", {"office": "port", "notes": "For the port."}),
        ("close", {}),
    ]
    version = made["version"]
    for name, body in steps:
        answer = await act(http, number, name, **body, expected=version)
        assert answer.status_code == 200, (name, answer.text)
        version = answer.json()["version"]
    shown = (await http.get(f"/api/v1/tickets/{number}")).json()
    assert shown["state"] == "closed"
    assert shown["version"] == version == len(shown["events"])
    assert shown["notes"][0]["text"] == "She tries another browser."
    [planned] = [event for event in shown["events"] if event["kind"] == "planned"]
    assert planned["payload"]["at"] == "2099-01-01T15:00:00+00:00"
    assert (shown["tags"], shown["links"]) == (["es-003"], ["servicenow:INC0012345"])
    assert {clock["metric"] for clock in shown["clocks"]} >= {"first_response", "processed"}
    assert {event["by"] for event in shown["events"][1:]} == {"analyst@desk.example"}
    assert shown["transcript"][0]["actor"] == "visitor"


async def test_whoever_has_not_seen_the_newest_version_is_told_what_it_is(analyst):
    made = await opened(analyst)
    await act(analyst, made["number"], "take")
    late = await act(analyst, made["number"], "hold", reason="user", expected=made["version"])
    assert code(late) == (409, "changed")
    error = late.json()["error"]
    assert (error["state"], error["version"]) == ("in_progress", made["version"] + 1)


async def test_what_can_not_be_done_says_why(desk, analyst):
    services, http = desk
    number = (await opened(http))["number"]
    assert code(await act(http, number, "resume")) == (409, "not_possible")
    assert code(await act(http, number, "reply", text="Hello")) == (409, "unheard")
    assert code(await act(http, "ASD-999999", "take")) == (404, "no_such_ticket")
    assert code(await act(http, "nothing", "take")) == (404, "no_such_ticket")
    assert code(await act(http, number, "dance")) == (404, "not_found")
    other = await token_of(services, "lead")
    taken = await http.post(f"/api/v1/tickets/{number}/take", headers=other)
    assert taken.status_code == 200
    assert code(await act(http, number, "take")) == (409, "not_yours")
    mine = await act(http, number, "assign", assignee="analyst@desk.example")
    assert code(mine) == (403, "missing_scope")
    assert mine.json()["error"]["scope"] == "tickets.reassign"
    given = await http.post(
        f"/api/v1/tickets/{number}/assign", headers=other, json={"assignee": "analyst@desk.example"}
    )
    assert given.status_code == 200


@pytest.mark.parametrize(
    ("name", "body", "field"),
    [
        ("hold", {}, "reason"),
        ("hold", {"reason": "lunch"}, "reason"),
        ("hold", {"reason": "user", "until": "tomorrow"}, "until"),
        ("hold", {"reason": "user", "until": "0001-01-01T00:00:00+14:00"}, "until"),
        ("take", {"expected": "1"}, "expected"),
        ("take", {"expected": 2**40}, "expected"),
        ("take", {"when": "now"}, "when"),
        ("take", {"at": "2030-01-01T00:00:00Z"}, "at"),
        ("assign", {"assignee": "nobody@desk.example"}, "assignee"),
        ("merge", {"into": "ASD-999999"}, "into"),
        ("merge", {"into": "ASD-000001"}, "into"),
        ("put-under", {"parent": "x"}, "parent"),
        ("cancel", {"reason": "duplicate"}, "duplicate_of"),
        ("resolve", {"code": "done", "notes": " "}, "notes"),
        ("note", {"text": "\u0000\u200b"}, "text"),
        ("tag", {"add": ["two words"]}, "add"),
        ("link", {"to": "mailto:ana"}, "to"),
        ("watch", {"user": "x"}, "user"),
    ],
)
async def test_a_wrong_field_is_named(analyst, name, body, field):
    number = (await opened(analyst))["number"]
    answer = await act(analyst, number, name, **body)
    assert code(answer) == (400, "invalid_field")
    assert answer.json()["error"]["field"] == field


async def test_the_same_key_writes_once_however_many_come_at_once(desk, analyst):
    services, http = desk
    key = {"Idempotency-Key": "key-open"}
    answers = await asyncio.gather(
        *(http.post("/api/v1/tickets", headers=key, json={"text": "It is down"}) for _ in range(8))
    )
    assert {answer.status_code for answer in answers} == {201}
    [number] = {answer.json()["number"] for answer in answers}
    async with services.store.read() as session:
        assert await session.scalar(select(func.count()).select_from(Ticket)) == 1
    path = f"/api/v1/tickets/{number}"
    for name, body in (("take", {}), ("note", {"text": "once"}), ("hold", {"reason": "user"})):
        once = {"Idempotency-Key": f"key-{name}"}
        answers = await asyncio.gather(
            *(http.post(f"{path}/{name}", headers=once, json=body) for _ in range(8))
        )
        assert {answer.status_code for answer in answers} == {200}, answers[0].text
    async with services.store.read() as session:
        assert await session.scalar(select(func.count()).select_from(TicketNote)) == 1
        lines = list(await session.scalars(select(TicketEvent.kind).order_by(TicketEvent.seq)))
        kept = list(await session.scalars(select(TicketEvent.id)))
    assert lines == ["opened", "started", "noted", "paused"]
    assert not any("key-" in line for line in kept)


async def test_a_key_of_something_else_is_refused_and_each_user_has_keys_of_their_own(
    desk, analyst
):
    services, http = desk
    key = {"Idempotency-Key": "1"}
    first = await http.post("/api/v1/tickets", headers=key, json={"text": "one"})
    again = await http.post("/api/v1/tickets", headers=key, json={"text": "two"})
    assert code(again) == (422, "key_reused")
    number = first.json()["number"]
    path = f"/api/v1/tickets/{number}"
    assert (await http.post(f"{path}/take", headers=key)).status_code == 200
    assert code(await http.post(f"{path}/return", headers=key)) == (422, "key_reused")
    lead = await token_of(services, "lead")
    answer = await http.post("/api/v1/tickets", headers=key | lead, json={"text": "two"})
    assert answer.json()["number"] != number
    bad = await http.post(f"{path}/take", headers={"Idempotency-Key": "a b"})
    assert bad.json()["error"]["field"] == "Idempotency-Key"


async def test_two_who_act_at_once_with_the_same_version_do_not_both_win(analyst):
    made = await opened(analyst)
    answers = await asyncio.gather(
        *(
            act(analyst, made["number"], "note", text=f"note {n}", expected=made["version"])
            for n in range(6)
        )
    )
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200] + [409] * 5


async def test_a_list_is_read_page_by_page_and_filtered(analyst):
    http = analyst
    numbers = []
    for n in range(7):
        body = {"language": "es" if n % 2 else "en", "priority": "high" if n == 3 else "normal"}
        numbers.append((await opened(http, **body))["number"])
    await act(http, numbers[0], "take")
    seen, cursor = [], {}
    while cursor is not None:
        page = (await http.get("/api/v1/tickets", params={"limit": 3, **cursor})).json()
        seen += [row["number"] for row in page["tickets"]]
        # What comes in meanwhile shifts nothing.
        await opened(http, text="later")
        cursor = {"cursor": page["next"]} if page["next"] else None
    assert seen == numbers[::-1]

    async def listed(**query: Any) -> set[str]:
        page = (await http.get("/api/v1/tickets", params=query)).json()
        return {row["number"] for row in page["tickets"]} & set(numbers)

    assert await listed(language="es") == set(numbers[1::2])
    assert await listed(priority=["high", "urgent"]) == {numbers[3]}
    assert await listed(state="in_progress", assignee="analyst@desk.example") == {numbers[0]}
    assert await listed(assignee="nobody") == set(numbers[1:])
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert await listed(opened_from=soon) == set()
    assert await listed(opened_to=soon) == set(numbers)


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=201", "limit=x", "state=x", "cursor=x", "sort=due", "assignee=x@y.example",
     "limit=1&limit=2", "opened_from=1"],
)  # fmt: skip
async def test_a_wrong_query_is_named(analyst, query):
    answer = await analyst.get(f"/api/v1/tickets?{query}")
    assert code(answer) == (400, "invalid_field")
    assert answer.json()["error"]["field"] == query.partition("=")[0]


async def test_a_token_opens_what_its_scopes_name_and_its_users_role_allows(desk):
    services, http = desk
    assert code(await http.get("/api/v1/tickets")) == (401, "unauthorised")
    wrong = await http.get("/api/v1/tickets", headers={"Authorization": "Bearer x"})
    assert wrong.status_code == 401
    assert wrong.headers["WWW-Authenticate"] == "Bearer"
    reading = await token_of(services, "lead", scopes=("tickets.read",))
    assert (await http.get("/api/v1/tickets", headers=reading)).status_code == 200
    answer = await http.post("/api/v1/tickets", headers=reading, json={"text": "x"})
    assert code(answer) == (403, "missing_scope")
    assert "tickets.work" in answer.json()["error"]["message"]
    working = await token_of(services, "lead")
    async with services.store.write() as session:
        await session.execute(update(User).values(role="auditor"))
    answer = await http.post("/api/v1/tickets", headers=working, json={"text": "x"})
    assert code(answer) == (403, "outside_role")
    assert answer.json()["error"]["scope"] == "tickets.work"
    async with services.store.read() as session:
        used = list(await session.scalars(select(ApiToken.last_used_at)))
    assert len(used) == 2
    assert all(used)


async def test_every_act_asks_for_its_scope(desk, analyst):
    services, http = desk
    number = (await opened(http))["number"]
    reading = await token_of(services, "analyst", scopes=("tickets.read",))
    for name in ACTS:
        answer = await http.post(f"/api/v1/tickets/{number}/{name}", headers=reading, json={})
        assert code(answer) == (403, "missing_scope"), name


async def test_files_are_put_listed_and_opened_under_audit(desk, analyst):
    services, http = desk
    number = (await opened(http))["number"]
    path = f"/api/v1/tickets/{number}/attachments"
    files = {"file": ("../a<b>.png", PNG)}
    key = {"Idempotency-Key": "file-1"}
    made = [await http.post(path, headers=key, files=files) for _ in range(2)]
    assert [answer.status_code for answer in made] == [201, 201]
    assert made[0].json() == made[1].json()
    [row] = (await http.get(path)).json()["attachments"]
    assert (row["name"], row["media_type"]) == ("a b .png", "image/png")
    content = await http.get(f"/api/v1/attachments/{row['id']}")
    assert content.content == PNG
    assert content.headers["Content-Disposition"].startswith("attachment;")
    assert content.headers["Cache-Control"] == "no-store"
    async with services.store.read() as session:
        entries = list(await session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    assert [(entry.action, entry.object, entry.actor) for entry in entries[-2:]] == [
        ("attached", f"attachment/{row['id']}", "analyst"),
        ("opened", f"attachment/{row['id']}", "analyst"),
    ]
    for body, expected in (
        ({"file": ("a.exe", b"MZ\x90\x00" + b"\x00" * 90)}, (415, "file_type")),
        ({"file": ("a.txt", b"")}, (400, "file_empty")),
        ({"other": ("a.txt", b"x")}, (400, "invalid_field")),
        ({"file": ("a.txt", b"x" * (10 * 2**20 + 1))}, (413, "file_too_large")),
        ({"file": ("a.txt", b"x" * (25 * 2**20))}, (413, "file_too_large")),
    ):
        assert code(await http.post(path, files=body)) == expected
    assert code(await http.get("/api/v1/attachments/999")) == (404, "not_found")
    assert code(await http.get("/api/v1/attachments/99999999999")) == (404, "not_found")


async def test_a_merged_ticket_answers_with_the_one_that_goes_on(analyst):
    one, two = [(await opened(analyst))["number"] for _ in range(2)]
    answers = await asyncio.gather(
        act(analyst, one, "merge", into=two), act(analyst, two, "merge", into=one)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    shown = [(await analyst.get(f"/api/v1/tickets/{n}")).json() for n in (one, two)]
    assert sorted(row["state"] for row in shown) == ["cancelled", "new"]


async def test_an_outage_is_told_while_it_is_current(desk, analyst):
    services, http = desk
    assert (await http.get("/api/v1/outages/current")).json() == {"outage": None}
    now = datetime.now(UTC)
    async with services.store.write() as session:
        await post_status(
            session, en="Slow.", es="Lento.", until=now + timedelta(hours=1), now=now, scope="ace"
        )
    told = (await http.get("/api/v1/outages/current")).json()["outage"]
    assert (told["status"]["es"], told["status"]["scope"], told["reports"]) == ("Lento.", "ace", [])
    assert told["ticket"] == "ASD-000001"


async def test_errors_are_json_in_the_callers_language(analyst):
    spanish = {"Accept-Language": "es"}
    answer = await analyst.get("/api/v1/tickets/ASD-000009", headers=spanish)
    assert answer.json()["error"]["message"] == "Ese caso no existe."
    assert code(await analyst.request("DELETE", "/api/v1/tickets")) == (405, "method_not_allowed")
    assert code(await analyst.get("/api/v1/nothing")) == (404, "not_found")
    big = await analyst.post("/api/v1/tickets", content=b"x" * 300_000)
    assert code(big) == (413, "body_too_large")


async def test_each_token_has_a_budget_of_its_own(migrated, tmp_path):
    async with serving(tmp_path, database_url=migrated.url, rate_limit=3) as (services, http):
        one, two = await token_of(services, "analyst"), await token_of(services, "lead")
        answers = [await http.get("/api/v1/tickets", headers=one) for _ in range(4)]
        assert code(answers[-1]) == (429, "rate_limited")
        assert int(answers[-1].headers["Retry-After"]) >= 1
        assert (await http.get("/api/v1/tickets", headers=two)).status_code == 200


async def test_macros_are_given_as_they_stand_and_filled_in_for_a_ticket(desk, analyst):
    services, _ = desk
    async with services.store.write() as session:
        await import_macros(session, PROJECT / "data" / "macros", now=datetime.now(UTC))
    whole = (await analyst.get("/api/v1/macros", headers={"Accept-Language": "es"})).json()
    assert (whole["ticket"], whole["language"], len(whole["macros"])) == (None, "es", 19)
    assert all("{{greeting}}" in one["text"] for one in whole["macros"])
    path = "/api/v1/macros?language=en&category=cargo"
    cargo = (await analyst.get(path)).json()["macros"]
    assert {one["category"] for one in cargo} == {None, "cargo"}
    number = (await opened(analyst, language="es"))["number"]
    filled = (await analyst.get(f"/api/v1/macros?ticket={number}")).json()
    assert (filled["ticket"], filled["language"]) == (number, "es")
    received = next(one for one in filled["macros"] if one["slug"] == "received")
    assert number in received["text"]
    assert not any("{{" in one["text"] for one in filled["macros"])
    assert code(await analyst.get("/api/v1/macros?ticket=ASD-999999")) == (404, "no_such_ticket")
    assert code(await analyst.get("/api/v1/macros?language=fr")) == (400, "invalid_field")
