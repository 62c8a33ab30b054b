"""The real server, spoken to over a socket: whatever comes, it answers, and says no more than why.

Requests are made from the desk's own routes, with the right token or none, and hostile values in
the address, the headers and the body; some are not even HTTP.
"""

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sanic import Sanic

from desk.services import Services
from tests.fuzz.damage import ANY_JSON, damaged, part
from tests.programs import PASSWORD, InThread, token_of

# Whoever hangs up while SQLite's file is being opened leaves it to the collector of garbage.
pytestmark = pytest.mark.filterwarnings(
    r"ignore:Exception ignored in. <sqlite3:pytest.PytestUnraisableExceptionWarning"
)
ANSWER_S = 20
SEGMENTS = st.one_of(
    st.sampled_from([
        "1", "ASD-000001", "0", "-1", "9" * 40, "%00", "..%2f..%2f", "%ff", "%ed%a0%80", "٣", "a b",
        "*", "", "'", "%F0%9F%9A%9A", "x" * 3000,
    ]),
    st.text(max_size=12).map(lambda text: quote(text, errors="replace")),
)  # fmt: skip
QUERIES = st.dictionaries(
    st.sampled_from([
        "lang", "limit", "before", "after", "cursor", "q", "from", "to", "by", "state", "page",
        "queue", "user", "action", "object", "ticket", "format", "language", "sort", "number",
    ]),
    st.one_of(SEGMENTS, st.sampled_from(["9999-12-31", "0001-01-01", "es", "nan", "1e99"])),
    max_size=3,
)  # fmt: skip
VALUES = st.one_of(
    st.sampled_from([
        b"", b"0", b"-1", b"9" * 30, b"\xff\xfe", b"a\tb", b"*", b"es;q=x,en", b"text/html",
        b"x" * 3000, b"Bearer", b"Bearer \xff", b"Basic Og==", b"multipart/form-data",
        b"application/json", b"multipart/form-data; boundary=",
        b"multipart/form-data; boundary=b; boundary=c",
        b"application/x-www-form-urlencoded; charset=x", b"application/json; charset=utf-16",
        b"for=\"_x\";proto=https", b"https://evil.example", b"null", b"W/\"x\"", b"bytes=0-9,5-",
        b"Thu, 99 Foo 2026 00:00:00 GMT", b"acedesk_sign_in=\xff; =; a", b"1 , 2", b"gzip",
    ]),
    st.binary(max_size=20).map(lambda raw: re.sub(rb"[\r\n\0]", b"", raw)),
)  # fmt: skip
NAMES = st.sampled_from([
    b"Accept", b"Accept-Language", b"Authorization", b"Content-Type", b"Cookie", b"Forwarded",
    b"Idempotency-Key", b"If-Match", b"If-Modified-Since", b"If-None-Match", b"Last-Event-ID",
    b"Origin", b"Range", b"Sec-Fetch-Site", b"User-Agent", b"Webhook-Id", b"Webhook-Signature",
    b"Webhook-Timestamp", b"X-Background", b"X-Csrf-Token", b"X-Forwarded-For",
])  # fmt: skip
BODIES = st.one_of(
    st.just(b""),
    ANY_JSON.map(lambda value: json.dumps(value).encode()),
    st.dictionaries(
        st.sampled_from(
            [
                "client_id",
                "text",
                "sender",
                "message",
                "metadata",
                "language",
                "url",
                "topics",
                "reason",
                "subject",
                "priority",
                "category",
                "payload",
                "email",
                "en",
                "es",
                "until",
                "stars",
                "seq",
                "name",
                "state",
                "version",
            ]
        ),
        ANY_JSON,
        max_size=4,
    ).map(lambda value: json.dumps(value).encode()),
    damaged(
        [
            b'--b\r\nContent-Disposition: form-data; name="client_id"\r\n\r\nx\r\n--b\r\n'
            b'Content-Disposition: form-data; name="file"; filename="a.txt"\r\n'
            b"Content-Type: text/plain\r\n\r\nsome text\r\n--b--\r\n",
            b"csrf=x&text=a+b&%ff=%zz&scope=a&scope=b",
            b'{"sender": "a", "message": "hello", "metadata": {"message_id": "1"}}',
            b'{"client_id": "c", "text": "hello"}',
            b"From: a@x.example\r\nTo: desk@localhost\r\n\r\nhello",
        ],
        [
            b"\r\n",
            b"--b",
            b"\0",
            b"\xff",
            b"filename*=utf-8''%ff",
            b'name=""',
            b"[" * 500,
            b"\\ud800",
        ],
    ),
)
RAW = damaged(
    [
        b"GET / HTTP/1.1\r\nHost: desk\r\n\r\n",
        b"POST /api/v1/conversations HTTP/1.1\r\nHost: desk\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2\r\n{}\r\n0\r\n\r\n",
        b"POST /webhooks/rest/webhook HTTP/1.1\r\nHost: desk\r\nContent-Length: 2\r\n\r\n{}",
    ],
    [
        b"\r\n", b"\n", b" ", b"\0", b"\xff", b":", b"HTTP/9.9", b"Content-Length: -1\r\n",
        b"Content-Length: 1\r\n", b"Transfer-Encoding: gzip, chunked\r\n", b"Host: x\r\n",
        b"zz\r\n", b"Expect: 100-continue\r\n", b"Upgrade: websocket\r\n", b"A: b\r\n c\r\n",
        b"/%", b"//", b"?",
    ],
)  # fmt: skip


class Served(InThread):
    """A desk in a thread of its own, with an open conversation, a ticket and its file."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.place = ("127.0.0.1", 0)
        self.routes: list[tuple[str, str]] = []
        self.credentials: list[bytes] = []
        self.conversation = ""

    async def prepare(self, services: Services, http: httpx.AsyncClient) -> None:
        token = await token_of(services, "admin")
        form = {"email": "admin@desk.example", "password": PASSWORD}
        await http.post("/console/sign-in", data=form)
        cookies = "; ".join(f"{name}={value}" for name, value in http.cookies.items())
        page = (await http.get("/console/profile")).text
        csrf = re.findall(r'name="csrf" value="(\w+)"', page)[0]
        made = (await http.post("/api/v1/conversations", json={})).json()
        ticket = await http.post("/api/v1/tickets", json={"text": "x"}, headers=token)
        files = {"file": ("a.txt", b"some text")}
        await http.post(
            f"/api/v1/tickets/{ticket.json()['number']}/attachments", files=files, headers=token
        )
        self.conversation = made["id"]
        self.credentials = [
            b"",
            f"Authorization: {token['Authorization']}\r\n".encode(),
            f"Authorization: Bearer {made['token']}\r\n".encode(),
            f"Cookie: {cookies}\r\nX-Csrf-Token: {csrf}\r\n".encode(),
        ]
        self.routes = sorted(
            (method, f"/{route.path}")
            for group in Sanic.get_app(f"acedesk-{id(services)}").router.groups.values()
            for route in group
            for method in route.methods
        )
        self.place = (str(http.base_url.host), int(http.base_url.port or 0))

    def exchange(self, request: bytes) -> bytes:
        """The answer, of a stream its head; empty when there is none."""
        with socket.create_connection(self.place, timeout=ANSWER_S) as connection:
            connection.sendall(request)
            answer = b""
            while b"\r\n\r\n" not in answer:
                piece = connection.recv(65536)
                if not piece:
                    return answer
                answer += piece
            length = re.search(rb"\r\ncontent-length: (\d+)", answer.lower())
            if request.startswith(b"HEAD ") or re.match(rb"HTTP/1\.1 (204|304)", answer):
                return answer
            whole = answer.index(b"\r\n\r\n") + 4 + (int(length[1]) if length else 0)
            while len(answer) < whole and (piece := connection.recv(65536)):
                answer += piece
        return answer


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("fuzz")) as made:
        yield made


def look_at(answer: bytes, request: bytes) -> int:
    """The status of an answer that is one, and tells nothing that it should not.

    Of several, which what was sent may have asked for, it is the first.
    """
    head, _, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: (\d+)", head.lower())
    body = body[: int(length[1])] if length else body
    status = int(re.match(rb"HTTP/1\.1 (\d{3}) ", head)[1])
    assert status < 500 or request.split()[1].startswith(b"/health"), answer
    for told in (b"Traceback", b"site-packages", b"sqlalchemy", b'File "'):
        assert told not in body, answer
    if status >= 400 and body and b"content-type: application/json" in head.lower():
        error = json.loads(body)
        assert status >= 503 or (error["error"]["code"] and error["error"]["message"])
    return status


QUIET = settings(deadline=None, max_examples=part(5), suppress_health_check=list(HealthCheck))


@QUIET
@given(st.data())
def test_every_request_has_an_answer_that_is_no_fault_of_the_desk(desk, data):
    method, route = data.draw(st.sampled_from(desk.routes))
    whole = SEGMENTS | st.just(desk.conversation)
    path = re.sub(r"<[^>]+>", lambda _: data.draw(whole), route)
    query = "&".join(f"{name}={value}" for name, value in data.draw(QUERIES).items())
    body = data.draw(BODIES)
    head = f"{method} {path}{'?' if query else ''}{query} HTTP/1.1\r\nHost: desk\r\n".encode()
    head += data.draw(st.sampled_from(desk.credentials))
    kind = data.draw(st.sampled_from([
        b"application/json", b"multipart/form-data; boundary=b", b"message/rfc822",
        b"application/x-www-form-urlencoded", b"",
    ]))  # fmt: skip
    head += b"Content-Type: " + kind + b"\r\n" if kind else b""
    for name, value in data.draw(st.lists(st.tuples(NAMES, VALUES), max_size=3)):
        head += name + b": " + value + b"\r\n"
    request = head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body
    answer = desk.exchange(request)
    assert answer, request
    look_at(answer, request)


@QUIET
@given(RAW)
def test_what_is_hardly_http_leaves_the_desk_answering(desk, sent):
    with socket.create_connection(desk.place, timeout=ANSWER_S) as connection:
        connection.sendall(sent)
        # Nothing more comes, so that the server need not wait for the rest of what is cut off.
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    if answer:
        look_at(answer, b"x /raw")
    after = desk.exchange(b"GET /health/live HTTP/1.1\r\nHost: desk\r\n\r\n")
    assert after.startswith(b"HTTP/1.1 200")
