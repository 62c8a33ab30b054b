"""Which sites may use the chat, and how much of it anybody may: served for real."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from desk.conversations.models import Conversation
from desk.conversations.opening import open_conversation
from desk.conversations.service import Bubble, say
from desk.web.visitor import stream as stream_module
from tests.integration.served import Desk, Visitor, serving
from tests.unit.attachments.files import PDF

OURS, THEIRS = "https://www.example.com", "https://evil.example"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with serving(tmp_path) as desk:
        yield desk


def allowed(answer: httpx.Response) -> str | None:
    return answer.headers.get("Access-Control-Allow-Origin")


async def test_only_named_sites_may_ask_when_sites_are_named(tmp_path: Path) -> None:
    async with serving(tmp_path, allowed_origins=f"{OURS}, https://two.example:8443") as desk:
        url = "/api/v1/conversations"
        for origin in (OURS, "https://two.example:8443"):
            for answer in (
                await desk.http.options(url, headers={"Origin": origin}),
                await desk.http.post(url, json={}, headers={"Origin": origin}),
                await desk.http.get("/widget.js", headers={"Origin": origin}),
            ):
                assert answer.is_success
                assert allowed(answer) == origin
                assert "Origin" in answer.headers["Vary"].split(", ")
        for origin in (THEIRS, "null", "https://two.example", f"{OURS}.evil.example", ""):
            for answer in (
                await desk.http.options(url, headers={"Origin": origin}),
                await desk.http.post(url, json={}, headers={"Origin": origin}),
            ):
                assert answer.status_code == 403
                assert answer.json()["error"]["code"] == "origin_not_allowed"
                assert allowed(answer) is None
                assert "Origin" in answer.headers["Vary"].split(", ")
        own = str(desk.http.base_url).rstrip("/")
        for headers in ({"Origin": own}, {}):
            assert (await desk.http.post(url, json={}, headers=headers)).status_code == 201


async def test_a_refused_site_gets_no_stream_and_no_file_in(tmp_path: Path) -> None:
    async with serving(tmp_path, allowed_origins=OURS) as desk:
        visitor = await desk.visitor()
        for answer in (
            await visitor.get("stream", Origin=THEIRS),
            await visitor.send_file(PDF, Origin=THEIRS),
        ):
            assert answer.status_code == 403
        assert desk.spool == []


async def test_any_site_may_ask_unless_sites_are_named(desk):
    answer = await desk.http.post("/api/v1/conversations", json={}, headers={"Origin": THEIRS})
    assert (answer.status_code, allowed(answer)) == (201, "*")


async def test_a_setting_that_is_no_origin_stops_the_desk_at_its_start(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no origin"):
        async with serving(tmp_path, allowed_origins="example.com"):
            pass


async def until_refused(visitor: Visitor, most: int) -> int:
    """How many messages one visitor may send."""
    for number in range(most):
        answer = await visitor.post("messages", client_id=str(number), text="hi")
        if answer.status_code == 429:
            assert int(answer.headers["Retry-After"]) >= 1
            return number
    return most


async def test_one_visitor_does_not_use_up_what_others_need(tmp_path: Path) -> None:
    async with serving(tmp_path, rate_limit=24) as desk:
        first, second = await desk.visitor(), await desk.visitor()
        assert await until_refused(first, 10) == 6
        assert await until_refused(second, 3) == 3
        # Other budgets are not touched by it.
        assert (await first.post("typing")).status_code == 204
        assert (await first.send_file(PDF)).status_code == 202
        assert (await first.send_file(PDF)).status_code == 429
        stranger = {"Authorization": "Bearer guess"}
        for _ in range(10):
            await desk.http.post(f"{second.base}/messages", headers=stranger, json={})
        sent = await second.post("messages", client_id="x", text="still here")
        assert sent.status_code == 202


async def test_a_site_has_a_budget_of_its_own_and_addresses_are_forwarded(tmp_path: Path) -> None:
    async with serving(tmp_path, rate_limit=4, proxies_count=1) as desk:

        async def begin(address: str, origin: str) -> int:
            headers = {"X-Forwarded-For": f"203.0.113.77, {address}", "Origin": origin}
            answer = await desk.http.post("/api/v1/conversations", json={}, headers=headers)
            return answer.status_code

        many = [f"198.51.100.{number}" for number in range(21)]
        begun = [await begin(address, OURS) for address in many]
        assert begun == [201] * 20 + [429]
        assert await begin("198.51.100.99", "https://two.example") == 201
        assert await begin("198.51.100.99", "https://two.example") == 429
        assert await begin("2001:db8::1", "https://three.example") == 201
        assert await begin("2001:db8::2", "https://three.example") == 429


async def test_a_forwarded_address_means_nothing_without_a_proxy(tmp_path: Path) -> None:
    async with serving(tmp_path, rate_limit=4) as desk:
        codes = [
            (
                await desk.http.post(
                    "/api/v1/conversations",
                    json={},
                    headers={"X-Forwarded-For": f"198.51.100.{number}"},
                )
            ).status_code
            for number in range(2)
        ]
    assert codes == [201, 429]


async def test_one_conversation_has_a_few_streams_open_and_not_more(tmp_path: Path) -> None:
    async with serving(tmp_path, rate_limit=240) as desk:
        visitor = await desk.visitor()
        url = f"{visitor.base}/stream"
        async with AsyncExitStack() as streams:
            for _ in range(6):
                stream = desk.http.stream("GET", url, headers=visitor.auth)
                assert (await streams.enter_async_context(stream)).status_code == 200
            refused = await visitor.get("stream")
            assert refused.status_code == 429
            assert refused.json()["error"]["code"] == "too_many_streams"
            assert int(refused.headers["Retry-After"]) >= 1
        assert await opens_again(visitor)


async def opens_again(visitor: Visitor) -> bool:
    """Whether a stream can be opened soon after others were closed."""
    for _ in range(50):
        async with visitor.http.stream(
            "GET", f"{visitor.base}/stream", headers=visitor.auth
        ) as stream:
            if stream.status_code == 200:
                return True
        await asyncio.sleep(0.05)
    return False


@pytest.mark.parametrize("path", ["messages", "satisfaction", "typing"])
async def test_a_body_that_comes_in_chunks_is_bounded_too(desk, path):
    visitor = await desk.visitor()

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b"x" * 10_000

    answer = await desk.http.post(f"{visitor.base}/{path}", headers=visitor.auth, content=chunks())
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")


async def test_a_file_that_comes_in_chunks_is_bounded_too(desk):
    visitor = await desk.visitor()

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(120):
            yield b"x" * 100_000

    answer = await desk.http.post(f"{visitor.base}/files", headers=visitor.auth, content=chunks())
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "file_too_large")


async def test_a_file_that_comes_too_slowly_is_given_up(desk, monkeypatch):
    monkeypatch.setattr("desk.web.uploads.UPLOAD_S", 0.2)
    visitor = await desk.visitor()

    async def chunks() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.sleep(1)
        yield b"x"

    answer = await desk.http.post(f"{visitor.base}/files", headers=visitor.auth, content=chunks())
    assert (answer.status_code, answer.json()["error"]["code"]) == (408, "upload_slow")


async def test_a_stream_wakes_when_something_is_announced_and_not_before(desk, monkeypatch):
    visitor = await desk.visitor()
    reads = 0
    news = stream_module._news

    async def counted(*arguments: object) -> object:
        nonlocal reads
        reads += 1
        return await news(*arguments)

    monkeypatch.setattr(stream_module, "_news", counted)
    async with desk.http.stream("GET", f"{visitor.base}/stream", headers=visitor.auth) as stream:
        lines = stream.aiter_lines()
        await until(lines, "event: state")
        await asyncio.sleep(1.5)
        assert reads == 1
        async with desk.services.store.write() as session:
            conversation = await session.get_one(Conversation, visitor.id)
            say(session, conversation, Bubble(text="news"))
        desk.services.live.announce(visitor.id)
        async with asyncio.timeout(1):
            await until(lines, '"text": "news"')
        assert reads == 2


async def test_five_hundred_streams_hold_and_each_hears_its_own(desk):
    async with desk.services.store.write() as session:
        made = [await open_conversation(session, language="en") for _ in range(500)]
    followed = [(one.id, {"Authorization": f"Bearer {token}"}) for one, token in made]
    limits = httpx.Limits(max_connections=600)
    async with (
        httpx.AsyncClient(base_url=desk.http.base_url, timeout=30, limits=limits) as http,
        AsyncExitStack() as streams,
    ):
        following = []
        for conversation_id, auth in followed:
            url = f"/api/v1/conversations/{conversation_id}/stream"
            opened = await streams.enter_async_context(http.stream("GET", url, headers=auth))
            lines = opened.aiter_lines()
            await until(lines, "event: state")
            following.append(lines)
        for number in (0, 250, 499):
            conversation_id, _ = followed[number]
            async with desk.services.store.write() as session:
                conversation = await session.get_one(Conversation, conversation_id)
                say(session, conversation, Bubble(text=f"news {number}"))
            desk.services.live.announce(conversation_id)
            async with asyncio.timeout(5):
                await until(following[number], f'"text": "news {number}"')


async def until(lines: AsyncIterator[str], part: str) -> None:
    async for line in lines:
        if part in line:
            return
    raise AssertionError(f"the stream ended before {part!r}")
