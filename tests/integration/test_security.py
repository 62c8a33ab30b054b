"""What every answer says to browsers, and what no request may be, on a real server."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from desk.settings import Settings
from tests.databases import lay_down
from tests.programs import serving

PATHS = (
    "/", "/console/sign-in", "/widget.js", "/static/demo.css", "/static/nothing", "/nothing",
    "/health", "/api/v1/openapi.json", "/api/v1/tickets", "/api/v1/conversations/x/stream",
)  # fmt: skip


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    await asyncio.to_thread(lay_down, Settings(home=tmp_path).store_url)
    async with serving(tmp_path) as (_, client):
        yield client


async def raw(http: httpx.AsyncClient, request: bytes) -> bytes:
    """What the server answers to bytes that no client would send."""
    reader, writer = await asyncio.open_connection(http.base_url.host, http.base_url.port)
    writer.write(request)
    await writer.drain()
    answer = await asyncio.wait_for(reader.read(4096), 10)
    writer.close()
    return answer


async def test_every_answer_carries_the_headers_that_protect_it(http):
    for path in PATHS:
        headers = (await http.get(path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "no-referrer", path
        assert "camera=()" in headers["Permissions-Policy"], path
        assert "Strict-Transport-Security" not in headers, path
        embedded = path.startswith(("/widget", "/api/v1/conversations"))
        wanted = "cross-origin" if embedded else "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == wanted, path
        assert ("Access-Control-Allow-Origin" in headers) is embedded, path
        if path.startswith(("/api", "/console", "/health")):
            assert headers["Cache-Control"] == "no-store", path


@pytest.mark.parametrize("path", ["/", "/?lang=es", "/console/sign-in"])
async def test_no_page_runs_what_is_written_into_it(http, path):
    one, two = await http.get(path), await http.get(path)
    policy = one.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert one.headers["X-Frame-Options"] == "DENY"
    assert one.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    nonces = [re.search(r"'nonce-([\w-]{20,})'", page.headers["Content-Security-Policy"])[1]
              for page in (one, two)]  # fmt: skip
    assert nonces[0] != nonces[1]
    for tag in re.findall(r"<script[^>]*>", one.text):
        assert f'nonce="{nonces[0]}"' in tag
        assert " src=" in tag
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", one.text)


async def test_data_is_no_page(http):
    policy = (await http.get("/api/v1/tickets")).headers["Content-Security-Policy"]
    assert policy == "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PATCH", "BREW"])
async def test_methods_that_nothing_takes_are_refused(http, method):
    answer = await raw(http, f"{method} /console/ HTTP/1.1\r\nHost: desk\r\n\r\n".encode())
    assert answer.startswith((b"HTTP/1.1 405", b"HTTP/1.1 400"))
    assert b"Traceback" not in answer


@pytest.mark.parametrize(
    "hosts", ["", "Host: a b\r\n", "Host: desk/x\r\n", "Host: desk@evil\r\n",
              "Host: desk\r\nHost: evil\r\n", "Host: desk:port\r\n"]
)  # fmt: skip
async def test_a_host_that_is_none_is_refused(http, hosts):
    answer = await raw(http, f"GET /console/sign-in HTTP/1.1\r\n{hosts}\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"evil" not in answer


@pytest.mark.parametrize("host", ["desk.example", "127.0.0.1:8080", "[::1]:8080"])
async def test_a_host_is_taken(http, host):
    answer = await raw(http, f"GET /console/sign-in HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "path", ["/", "/widget.js", "/api/v1/openapi.json", "/health/live", "/health/ready"]
)
async def test_the_head_alone_may_be_asked_for(http, path):
    head, whole = await http.head(path), await http.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Type"] == whole.headers["Content-Type"]


async def test_errors_of_addresses_and_methods_are_json(http):
    for path in (
        "/api/v1/nothing", "/console/nothing", "/static/nothing", "/static/", "/static/widget",
        "/static/..%2fapp.py", "/%00", "/static/%00", "/static/x%00.css", "/..%2f..%2f",
    ):  # fmt: skip
        answer = await http.get(path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found"), path
    answer = await http.delete("/api/v1/openapi.json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")
