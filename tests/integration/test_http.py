"""The public HTTP interface, served for real, with no bot behind it."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime

import httpx
import pytest

from desk import logs
from desk.accounts.service import add_user, first_administrator
from desk.conversations import opening, ownership, service
from desk.settings import Settings
from tests.databases import lay_down
from tests.e2e.stack import free_port

CLIENT = ("httpx", "httpcore")


async def start(http: httpx.AsyncClient, **body: str) -> tuple[str, dict[str, str]]:
    made = (await http.post("/api/v1/conversations", json=body)).json()
    return f"/api/v1/conversations/{made['id']}", {"Authorization": f"Bearer {made['token']}"}


async def read_stream(
    http: httpx.AsyncClient, base: str, headers: dict[str, str], *, until: str
) -> list[str]:
    lines: list[str] = []
    async with asyncio.timeout(10), http.stream("GET", f"{base}/stream", headers=headers) as stream:
        async for line in stream.aiter_lines():
            lines.append(line)
            if until in line:
                break
    return lines


def ids(lines: list[str]) -> list[int]:
    return [int(line.removeprefix("id: ")) for line in lines if line.startswith("id: ")]


async def test_a_message_is_kept_once_and_answered_by_the_stream(desk):
    _, http = desk
    base, auth = await start(http, language="en")
    sent = [
        await http.post(f"{base}/messages", headers=auth, json={"client_id": "1", "text": "hello"})
        for _ in range(2)
    ]
    assert [response.status_code for response in sent] == [202, 202]
    assert sent[0].json() == sent[1].json()
    lines = await read_stream(http, base, auth, until='"actor": "bot"')
    assert ids(lines) == [1, 2]
    assert '"client_id": "1"' in "".join(lines)


async def test_a_stream_goes_on_after_the_last_event_that_was_seen(desk):
    _, http = desk
    base, auth = await start(http)
    await http.post(f"{base}/messages", headers=auth, json={"client_id": "1", "text": "hello"})
    await read_stream(http, base, auth, until='"actor": "bot"')
    lines = await read_stream(http, base, auth | {"Last-Event-ID": "1"}, until="event: state")
    assert ids(lines) == [2]
    refused = await http.get(f"{base}/stream", headers=auth | {"Last-Event-ID": "x"})
    assert refused.status_code == 400


async def test_a_chosen_language_holds_against_what_is_written(desk):
    _, http = desk
    base, auth = await start(http, language="en")
    chosen = await http.put(f"{base}/language", headers=auth, json={"language": "es"})
    assert chosen.status_code == 204
    await http.post(
        f"{base}/messages", headers=auth, json={"client_id": "1", "text": "how do i add a user"}
    )
    lines = await read_stream(http, base, auth, until='"actor": "bot"')
    reply = json.loads(lines[-1].removeprefix("data: "))
    assert (reply["language"], reply["buttons"][0]["title"]) == ("es", "Abrir un caso")


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({"Authorization": "Bearer wrong"}, 401)],
)
async def test_a_conversation_is_closed_to_whoever_lacks_its_token(desk, headers, status):
    _, http = desk
    base, _ = await start(http)
    for call in (
        http.post(f"{base}/messages", headers=headers, json={"client_id": "1", "text": "hi"}),
        http.get(f"{base}/stream", headers=headers),
        http.put(f"{base}/language", headers=headers, json={"language": "es"}),
    ):
        assert (await call).status_code == status


async def test_an_unknown_conversation_is_told_apart_from_a_wrong_token(desk):
    _, http = desk
    answer = await http.get(
        "/api/v1/conversations/none/stream", headers={"Authorization": "Bearer x"}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_conversation")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "not_json"),
        (b'{"message": "hi"}', "invalid_field"),
        (b'{"sender": "", "message": "hi"}', "invalid_field"),
        (b'{"sender": "a", "message": "hi", "metadata": {"channel": "fax"}}', "invalid_field"),
        (b'{"sender": "a", "message": " "}', "empty_message"),
        (json.dumps({"sender": "a", "message": "x" * 9000}).encode(), "message_too_long"),
    ],
)
async def test_bad_input_gets_a_reason_in_both_languages(desk, body, code):
    _, http = desk
    said = set()
    for language in ("en", "es"):
        answer = await http.post(
            "/webhooks/rest/webhook", content=body, headers={"Accept-Language": language}
        )
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
        said.add(answer.json()["error"]["message"])
    assert len(said) == 2


@pytest.mark.parametrize("last", ["²", "1" * 30, "-1", "1.5"])
async def test_a_strange_event_id_is_refused(desk, last):
    _, http = desk
    base, auth = await start(http)
    answer = await http.get(
        f"{base}/stream", headers={**auth, "Last-Event-ID": last.encode("latin-1", "replace")}
    )
    assert answer.status_code == 400


async def test_a_token_that_is_no_text_is_only_a_wrong_token(desk):
    _, http = desk
    answer = await http.post(
        "/webhooks/rest/webhook",
        json={"sender": "a", "message": "hi"},
        headers={"Authorization": "Bearer é".encode()},
    )
    assert answer.status_code == 401


async def test_a_huge_body_is_refused(desk):
    _, http = desk
    answer = await http.post("/webhooks/rest/webhook", content=b"x" * 300_000)
    assert answer.status_code == 413


async def test_without_the_bot_one_conversation_opens_one_ticket(desk):
    _, http = desk
    numbers = set()
    for text in ("I want a person.", "what is my ticket number?"):
        body = {"sender": "visitor", "message": text}
        answer = (await http.post("/webhooks/rest/webhook", json=body)).json()
        numbers.add(answer[0]["custom"]["ticket"])
    assert numbers == {"ASD-000001"}


def test_a_desk_stops_although_a_page_still_streams(tmp_path):
    address = f"http://127.0.0.1:{(port := free_port())}"
    environment = {**os.environ, "ACEDESK_HOME": str(tmp_path), "ACEDESK_PORT": str(port)}
    lay_down(Settings(home=tmp_path).store_url)
    serving = subprocess.Popen([sys.executable, "-m", "desk", "serve"], env=environment)
    try:
        with httpx.Client(base_url=address, timeout=10) as http:
            until = time.monotonic() + 60
            while not answers(http):
                assert time.monotonic() < until
                time.sleep(0.2)
            made = http.post("/api/v1/conversations", json={}).json()
            token = {"Authorization": f"Bearer {made['token']}"}
            path = f"/api/v1/conversations/{made['id']}/stream"
            with http.stream("GET", path, headers=token) as stream:
                assert stream.status_code == 200
                serving.terminate()
                assert serving.wait(timeout=7) == 0
    finally:
        serving.kill()
        serving.wait()


def answers(http: httpx.Client) -> bool:
    try:
        return http.get("/health/live").status_code == 200
    except httpx.ConnectError:
        return False


async def test_too_many_messages_are_told_when_to_come_back(desk):
    _, http = desk
    answers = [await http.post("/api/v1/conversations", json={}) for _ in range(41)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert "seconds" in answers[-1].json()["error"]["message"]


async def test_while_a_person_owns_the_conversation_the_desk_is_silent(desk):
    services, http = desk
    body = {"sender": "visitor", "message": "hello"}
    assert (await http.post("/webhooks/rest/webhook", json=body)).json() != []
    async with services.store.write() as session:
        owned = await opening.conversation_of_sender(
            session, "visitor", channel="chat", is_test=False
        )
        ana = await add_user(
            session, email="ana@example.com", role="analyst", language="en", password="long enough!"
        )
        conversation = await service.locked(session, owned.id)
        await ownership.take(session, conversation, ana.id, datetime.now(UTC))
    assert (await http.post("/webhooks/rest/webhook", json=body)).json() == []


async def test_a_rest_sender_never_reaches_a_widgets_conversation(desk):
    _, http = desk
    base, auth = await start(http)
    body = {"sender": base.rpartition("/")[2], "message": "hello from elsewhere"}
    assert (await http.post("/webhooks/rest/webhook", json=body)).status_code == 200
    lines = await read_stream(http, base, auth, until="event: state")
    assert ids(lines) == []


async def test_only_the_desks_own_token_marks_a_message_as_a_test(desk):
    services, http = desk
    body = {"sender": "evaluation", "message": "hello"}
    wrong = await http.post(
        "/webhooks/rest/webhook", json=body, headers={"Authorization": "Bearer wrong"}
    )
    assert wrong.status_code == 401
    await http.post(
        "/webhooks/rest/webhook",
        json=body,
        headers={"Authorization": f"Bearer {services.secrets.service_token}"},
    )
    async with services.store.read() as session:
        made = await opening.conversation_of_sender(
            session, "evaluation", channel="chat", is_test=False
        )
    assert made.is_test


async def test_pages_of_other_sites_may_ask_and_the_console_is_not_among_it(desk):
    _, http = desk
    asked = await http.options("/api/v1/conversations", headers={"Origin": "https://elsewhere"})
    assert asked.status_code == 204
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    page = await http.get("/console/sign-in")
    assert "Access-Control-Allow-Origin" not in page.headers
    assert page.headers["X-Frame-Options"] == "DENY"


def csrf_of(page):
    """What a form of this page carries to prove that it is the desk's."""
    return re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)[1]


@pytest.mark.parametrize("path", ["/console/", "/console/tickets/ASD-000001", "/console/password"])
async def test_the_console_is_closed_to_whoever_is_not_signed_in(desk, path):
    _, http = desk
    answer = await http.get(path)
    assert (answer.status_code, answer.headers["location"]) == (302, "/console/sign-in")


async def test_a_new_administrator_must_choose_a_password_first(desk):
    services, http = desk
    async with services.store.write() as session:
        password = await first_administrator(session, email="admin@example.com")
    form = {"email": "admin@example.com", "password": password}
    assert (await http.post("/console/sign-in", data=form | {"password": "x"})).status_code == 403
    assert (await http.post("/console/sign-in", data=form)).headers["location"] == "/console/"
    assert (await http.get("/console/")).headers["location"] == "/console/password"
    proof = csrf_of(await http.get("/console/password"))
    short = {"password": "short", "csrf": proof}
    assert (await http.post("/console/password", data=short)).status_code == 400
    long = {"password": "one that is long", "csrf": proof}
    chosen = await http.post("/console/password", data=long)
    assert chosen.headers["location"] == "/console/"
    assert (await http.get("/console/")).status_code == 200
    assert (await http.get("/console/tickets/ASD-000009")).status_code == 404


async def test_a_form_that_another_site_made_up_is_refused(desk):
    services, http = desk
    async with services.store.write() as session:
        await add_user(
            session, email="ana@example.com", role="analyst", language="en", password="long enough!"
        )
    form = {"email": "ana@example.com", "password": "long enough!"}
    evil = {"Origin": "https://evil.example"}
    assert (await http.post("/console/sign-in", data=form, headers=evil)).status_code == 403
    assert (await http.post("/console/sign-in", data=form)).status_code == 302
    for proof in ("", "0" * 64, "\N{GRINNING FACE}"):
        forged = await http.post("/console/sign-out", data={"csrf": proof})
        assert forged.status_code == 403
    assert (await http.get("/console/")).status_code == 200
    proof = csrf_of(await http.get("/console/"))
    assert (await http.post("/console/sign-out", data={"csrf": proof})).status_code == 302


async def test_a_page_outside_the_role_is_refused(desk):
    services, http = desk
    async with services.store.write() as session:
        await add_user(
            session, email="x@example.com", role="stranger", language="es", password="long enough!"
        )
    await http.post("/console/sign-in", data={"email": "x@example.com", "password": "long enough!"})
    answer = await http.get("/console/")
    assert answer.status_code == 403
    assert "No tiene acceso a esto" in answer.text


async def test_health_names_what_is_down_and_a_probe_keeps_the_desk_in_service(desk):
    _, http = desk
    whole = await http.get("/health")
    assert (whole.status_code, whole.json()) == (
        503,
        {"status": "degraded", "bot": "down", "store": "ok"},
    )
    assert (await http.get("/health/live")).status_code == 200
    assert (await http.get("/health/ready")).status_code == 200


async def test_nothing_that_a_visitor_typed_and_no_token_reaches_the_log(desk, caplog):
    _, http = desk
    for name in (None, *logs.OURS):
        caplog.set_level("DEBUG", logger=name)
    secret = "my password is Tr0ub4dor&3 and my ssn is 123-45-6789"
    await http.post("/webhooks/rest/webhook", json={"sender": "a", "message": secret})
    await http.post("/webhooks/rest/webhook", content=b'{"sender": "a", "message": "123-45-6789')
    base, auth = await start(http)
    named = auth | {"X-Request-ID": "Tr0ub4dor"}
    body = {"client_id": "1", "text": secret}
    for headers in (named, {"Authorization": "Bearer Tr0ub4dor"}):
        await http.post(f"{base}/messages?text=123-45-6789", headers=headers, json=body)
    await http.get("/metrics", headers={"Authorization": "Bearer Tr0ub4dor"})
    token = auth["Authorization"].removeprefix("Bearer ")
    # The test's own client tells of addresses.
    records = [one for one in caplog.records if one.name.partition(".")[0] not in CLIENT]
    told = [str(vars(record)) for record in records]
    answered = [one for one in records if one.message == "a request was answered"]
    assert len(answered) == 6
    for typed in ("Tr0ub4dor", "123-45-6789", token, "127.0.0.1"):
        assert not [line for line in told if typed in line], typed


async def test_an_answer_names_its_request_and_only_a_trusted_proxy_may_choose_the_name(new_desk):
    _, open_to_all = await new_desk()
    answers = [await open_to_all.get("/health/live", headers={"X-Request-ID": "mine"})]
    answers.append(await open_to_all.get("/nowhere"))
    names = [answer.headers["x-request-id"] for answer in answers]
    assert all(re.fullmatch(r"[0-9a-f]{32}", name) for name in names)
    assert len(set(names)) == 2
    _, behind = await new_desk(proxies_count=1)
    for given, kept in (("edge-7", True), ("a b", False), ("x" * 65, False)):
        answer = await behind.get("/health/live", headers={"X-Request-ID": given})
        assert (answer.headers["x-request-id"] == given) is kept
