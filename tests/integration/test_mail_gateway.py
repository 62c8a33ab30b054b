"""A mail gateway hands mails over by HTTP: only with its signature, and each mail once."""

import asyncio
import base64
import hashlib
import hmac
import time

import httpx
import pytest
from sqlalchemy import select

from desk.attachments.spool import Spool
from desk.conversations.models import InboundMail
from desk.home import Home
from desk.mail.parse import LARGEST
from tests.integration.conftest import Desk, NewDesk
from tests.unit.mail.mails import raw

SECRET = "a secret of the gateway"


@pytest.fixture
async def desk(new_desk: NewDesk) -> Desk:
    return await new_desk(mail_gateway_secret=SECRET)


def headers(
    body: bytes, *, secret: str = SECRET, seconds: float = 0, name: str = "msg_1"
) -> dict[str, str]:
    stamp = str(int(time.time() + seconds))
    signed = f"{name}.{stamp}.".encode() + body
    mac = base64.b64encode(hmac.digest(secret.encode(), signed, hashlib.sha256)).decode()
    return {
        "Webhook-Id": name,
        "Webhook-Timestamp": stamp,
        "Webhook-Signature": f"v1,abcd v1,{mac}",
        "Content-Type": "message/rfc822",
    }


async def hand_over(http: httpx.AsyncClient, body: bytes, **how: object) -> httpx.Response:
    return await http.post("/api/v1/mail", content=body, headers=headers(body, **how))  # type: ignore[arg-type]


async def test_a_signed_mail_is_kept_once_and_encrypted(desk):
    services, http = desk
    body = raw("My SSN is 078-05-1120, please help")
    answers = [(await hand_over(http, body)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert [answer.json() for answer in answers] == [{"new": True}, {"new": False}]
    async with services.store.read() as session:
        [mail] = await session.scalars(select(InboundMail))
    spool = Home(services.settings.home).path / "spool"
    [file] = spool.iterdir()
    assert b"078-05-1120" not in file.read_bytes()
    assert Spool.of(Home(services.settings.home)).get(mail.spool_key) == body
    # Nothing of it is in the store before its secrets are masked.
    assert (mail.sender, mail.subject, mail.body) == ("", "", "")


@pytest.mark.parametrize(
    "how",
    [{"secret": "another secret, a wrong one"}, {"seconds": -400}, {"seconds": 400}, {"name": ""}],
)
async def test_without_the_right_signature_of_now_nothing_is_taken(desk, how):
    services, http = desk
    assert (await hand_over(http, raw(), **how)).status_code == 401
    async with services.store.read() as session:
        assert await session.scalar(select(InboundMail)) is None


async def test_a_signature_is_for_one_body(desk):
    _, http = desk
    answer = await http.post("/api/v1/mail", content=raw("other"), headers=headers(raw()))
    assert answer.status_code == 401


async def test_what_is_no_mail_or_too_large_gets_a_reason(desk):
    _, http = desk
    empty = await hand_over(http, b" \n")
    assert (empty.status_code, empty.json()["error"]["code"]) == (400, "invalid_field")
    large = await hand_over(http, raw("x" * LARGEST))
    assert (large.status_code, large.json()["error"]["code"]) == (413, "file_too_large")


async def begun(http: httpx.AsyncClient, head: dict[str, str], length: int) -> bytes:
    """The answer to a request of which only the headers are sent."""
    reader, writer = await asyncio.open_connection(http.base_url.host, http.base_url.port)
    lines = [f"{name}: {value}" for name, value in head.items()]
    lines += ["Host: desk", f"Content-Length: {length}"]
    writer.write(("POST /api/v1/mail HTTP/1.1\r\n" + "\r\n".join(lines) + "\r\n\r\n").encode())
    await writer.drain()
    answer = await asyncio.wait_for(reader.read(4096), 5)
    writer.close()
    return answer


@pytest.mark.parametrize(
    ("changes", "length", "status"),
    [
        ({"Webhook-Signature": ""}, 1000, 401),
        ({"Webhook-Signature": "v1,abcd"}, 1000, 401),
        ({"Webhook-Signature": f"v2,{'A' * 43}="}, 1000, 401),
        ({"Webhook-Id": ""}, 1000, 401),
        ({"Webhook-Timestamp": "1"}, 1000, 401),
        ({}, 40_000_000, 413),
        ({}, 10**30, 413),
    ],
)
async def test_what_can_not_be_right_is_refused_before_it_is_read(desk, changes, length, status):
    _, http = desk
    answer = await begun(http, headers(raw()) | changes, length)
    assert answer.startswith(f"HTTP/1.1 {status}".encode())


async def test_whoever_signs_wrongly_is_soon_not_read_any_more(new_desk):
    _, http = await new_desk(mail_gateway_secret=SECRET, rate_limit=240)
    wrong = {"secret": "another secret, a wrong one"}
    for _ in range(6):
        assert (await hand_over(http, raw(), **wrong)).status_code == 401
    answer = await begun(http, headers(raw()), 1000)
    assert answer.startswith(b"HTTP/1.1 429")


async def test_right_signatures_are_not_counted(new_desk):
    _, http = await new_desk(mail_gateway_secret=SECRET, rate_limit=240)
    answers = [await hand_over(http, raw(f"mail {n}")) for n in range(20)]
    assert {answer.status_code for answer in answers} == {202}


async def test_a_desk_without_a_secret_takes_nothing(new_desk):
    _, http = await new_desk()
    assert (await hand_over(http, raw())).status_code == 404
