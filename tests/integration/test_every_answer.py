"""Every address with every method, for whoever is signed in and whoever is not: what is said to
browsers protects them, cookies are closed, and no answer tells of a fault."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sanic import Sanic

from desk.settings import Settings
from tests.databases import lay_down
from tests.programs import PASSWORD, serving, token_of

NO_STORE = ("/console", "/api/", "/webhooks/", "/health", "/metrics")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
MALFORMED = (
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: desk\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: desk\r\n\r\n",
    b"nonsense\r\n\r\n",
    b"POST /api/v1/conversations HTTP/1.1\r\nHost: desk\r\nContent-Length: x\r\n\r\n",
    b"POST /api/v1/conversations HTTP/1.1\r\nHost: desk\r\nContent-Length: 999999\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: desk\r\nA: " + b"x" * 20_000 + b"\r\n\r\n",
)


class Desk:
    """A desk with a ticket, a file on it, a conversation and an administrator's browser."""

    def __init__(self, app: Sanic, http: httpx.AsyncClient) -> None:
        self.http = http
        self.paths = sorted({f"/{one.path}" for g in app.router.groups.values() for one in g})
        self.conversation = ""
        self.callers: list[dict[str, str]] = [{}]

    def filled(self, path: str) -> str:
        """The address with the ids of what there is; text for what has no id."""
        path = path.replace("<conversation_id:str>", self.conversation)
        path = re.sub(r"<number:str>", "ASD-000001", path)
        path = re.sub(r"<\w+:int>", "1", path)
        return re.sub(r"<[^>]+>", "x", path)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    await asyncio.to_thread(lay_down, Settings(home=tmp_path).store_url)
    async with serving(tmp_path) as (services, http):
        made = Desk(Sanic.get_app(f"acedesk-{id(services)}"), http)
        token = await token_of(services, "admin")
        opened = (await http.post("/api/v1/conversations", json={})).json()
        await http.post("/api/v1/tickets", json={"text": "x"}, headers=token)
        files = {"file": ("a.txt", b"some text")}
        await http.post("/api/v1/tickets/ASD-000001/attachments", files=files, headers=token)
        form = {"email": "admin@desk.example", "password": PASSWORD}
        signed_in = await http.post("/console/sign-in", data=form)
        cookie = "; ".join(f"{name}={value}" for name, value in signed_in.cookies.items())
        http.cookies.clear()
        made.conversation = opened["id"]
        made.callers += [
            token,
            {"Authorization": f"Bearer {opened['token']}"},
            {"Cookie": cookie},
            {"Cookie": cookie, "Accept": "text/html"},
        ]
        yield made


def look_at(path: str, headers: httpx.Headers) -> None:
    assert headers["X-Content-Type-Options"] == "nosniff", path
    assert headers["Referrer-Policy"] == "no-referrer", path
    assert "camera=()" in headers["Permissions-Policy"], path
    assert headers["Cross-Origin-Resource-Policy"] in {"same-origin", "cross-origin"}, path
    if path.startswith(NO_STORE):
        assert headers["Cache-Control"] == "no-store", path
    if headers.get("Content-Type", "").startswith("text/html"):
        assert headers["X-Frame-Options"] == "DENY", path
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", path
    if not path.startswith(("/static", "/widget.js")):
        policy = headers["Content-Security-Policy"]
        assert "unsafe" not in policy, path
        assert "default-src 'none'" in policy, path
        assert "frame-ancestors 'none'" in policy, path
    if "/files/" in path or path.startswith("/api/v1/attachments/") or path.endswith("/raw"):
        assert headers.get("Content-Disposition", "attachment").startswith("attachment"), path
    for cookie in headers.get_list("Set-Cookie"):
        assert "httponly" in cookie.lower(), path
        assert re.search(r"samesite=(strict|lax)", cookie.lower()), path
        assert "path=/" in cookie.lower(), path


async def test_every_answer_protects_whoever_reads_it(desk: Desk) -> None:
    seen: set[tuple[str, int]] = set()
    for template in desk.paths:
        path = desk.filled(template)
        for method in METHODS:
            for caller in desk.callers:
                request = desk.http.build_request(method, path, headers=caller)
                answer = await desk.http.send(request, stream=True)
                look_at(path, answer.headers)
                if not answer.headers.get("Content-Type", "").startswith("text/event-stream"):
                    body = await answer.aread()
                    assert b"Traceback" not in body, path
                    assert answer.status_code < 500 or path.startswith("/health"), path
                await answer.aclose()
                desk.http.cookies.clear()
                seen.add((template, answer.status_code))
    # The walk has been inside: pages, data, a file, a stream.
    for inside in ("/console", "/api/v1/tickets", "/console/tickets/<number:str>/stream"):
        assert any(template.startswith(inside) and code == 200 for template, code in seen), inside


@pytest.mark.parametrize("sent", MALFORMED, ids=range(len(MALFORMED)))
async def test_what_is_refused_before_it_has_an_address_is_protected_too(desk: Desk, sent) -> None:
    base = desk.http.base_url
    reader, writer = await asyncio.open_connection(base.host, base.port)
    writer.write(sent)
    await writer.drain()
    answer = await asyncio.wait_for(reader.read(65536), 10)
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    assert re.match(r"HTTP/1\.1 4\d\d ", status), answer
    look_at("", httpx.Headers([tuple(line.split(": ", 1)) for line in lines]))
    assert b"Traceback" not in body
