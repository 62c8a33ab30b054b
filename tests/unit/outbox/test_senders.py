import hashlib
import hmac
import textwrap
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from desk.outbox import senders
from desk.outbox.models import OutboxItem
from desk.outbox.senders import Kept, Sender, SendFailed, UnusableAddress, Webhook, check
from desk.settings import PROJECT
from tests.receiver import receiving

SECRET = "a secret of some length"
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def item(number: int = 5, **changes) -> OutboxItem:
    values = {
        "id": number,
        "topic": "sla.breached",
        "subject": "sla.breached/7/processed/1/1",
        "edition": "2026-11-20T16:00:00.000000Z",
        "payload": {"ticket": "ASD-000007", "share": 1.0},
        "created_at": AT,
    }
    return OutboxItem(**(values | changes))


@pytest.fixture
async def receiver():
    async with receiving() as made:
        yield made


@pytest.fixture
async def webhook(receiver):
    made = Webhook(receiver.url, SECRET)
    yield made
    await made.close()


async def failure(sender: Sender, sent: OutboxItem | None = None) -> SendFailed:
    with pytest.raises(SendFailed) as raised:
        await sender.send(sent or item())
    return raised.value


async def test_an_item_arrives_as_json_with_its_id(webhook, receiver):
    await webhook.send(item())
    [got] = receiver.received
    assert got.content == {
        "id": "outbox-5",
        "topic": "sla.breached",
        "subject": "sla.breached/7/processed/1/1",
        "edition": "2026-11-20T16:00:00.000000Z",
        "created_at": "2026-11-20T12:00:00Z",
        "data": {"ticket": "ASD-000007", "share": 1.0},
    }
    assert got.key == "outbox-5"
    assert got.headers["content-type"] == "application/json"


async def test_the_signature_passes_the_check_that_operators_are_shown(webhook, receiver):
    await webhook.send(item())
    [got] = receiver.received
    header = got.headers["acedesk-signature"]
    given = dict(part.split("=") for part in header.split(","))
    signed = f"{given['t']}.".encode() + got.body
    assert given["v1"] == hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()

    page = (PROJECT / "docs" / "operators.md").read_text(encoding="utf-8")
    shown = page[page.index("    import hashlib, hmac, time") : page.index("- **At least once.**")]
    names: dict[str, Any] = {}
    exec(textwrap.dedent(shown), names)
    is_genuine = names["is_genuine"]
    assert is_genuine(header, got.body, SECRET)
    assert not is_genuine(header, got.body + b" ", SECRET)
    assert not is_genuine(header, got.body, "another secret, as long")
    old = f"t={int(given['t']) - 900},v1={given['v1']}"
    assert not is_genuine(old, got.body, SECRET)


@pytest.mark.parametrize("status", ["400 Bad", "401 No", "404 Gone", "500 Oops", "302 Elsewhere"])
async def test_whatever_is_not_a_success_is_a_failure(webhook, receiver, status):
    receiver.behave = lambda _: f"{status}\r\nLocation: {receiver.url}\r\nRetry-After: 60"
    error = await failure(webhook)
    assert (error.code, error.after_s) == (f"http_{status[:3]}", 0)
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("7", 7),
        ("999999", 3600),
        (lambda: format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True), 90),
        (lambda: format_datetime(datetime.now(UTC) - timedelta(seconds=90), usegmt=True), 0),
        ("soon", 0),
        ("-3", 0),
        ("", 0),
    ],
)
@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
async def test_a_receiver_that_is_busy_says_when_to_come_back(
    webhook, receiver, status, given, seconds
):
    wished = given() if callable(given) else given
    receiver.behave = lambda _: f"{status}\r\nRetry-After: {wished}"
    error = await failure(webhook)
    assert error.code == f"http_{status[:3]}"
    assert error.after_s == pytest.approx(seconds, abs=2)


async def test_a_busy_receiver_is_left_alone_by_all_items(webhook, receiver):
    receiver.behave = lambda _: "429 Too Many Requests\r\nRetry-After: 30"
    await failure(webhook)
    error = await failure(webhook, item(6))
    assert error.code == "held"
    assert error.after_s == pytest.approx(30, abs=2)
    assert len(receiver.received) == 1


async def test_a_receiver_that_says_nothing_is_a_timeout(webhook, receiver, monkeypatch):
    monkeypatch.setattr(senders, "TIMEOUT_S", 0.1)
    receiver.behave = lambda _: None
    assert (await failure(webhook)).code == "timeout"


async def test_where_nobody_listens_nothing_arrives(unused_tcp_port):
    webhook = Webhook(f"http://127.0.0.1:{unused_tcp_port}/", SECRET)
    assert (await failure(webhook)).code == "unreachable"
    await webhook.close()


async def test_proxies_of_the_environment_are_not_asked(receiver, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    webhook = Webhook(receiver.url, SECRET)
    await webhook.send(item())
    await webhook.close()
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example/desk?x=1",
        "http://127.0.0.1:8/",
        "http://[::1]:8/",
        "http://localhost",
    ],
)
def test_https_and_loopback_are_usable(url):
    check(url, SECRET)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/", "http://10.0.0.1/", "http://127.0.0.1.hooks.example/", "ftp://x/",
        "hooks.example", "https://", "", "http://[::1", "file:///etc/passwd",
        "http://localhost.hooks.example",
    ],
)  # fmt: skip
def test_any_other_address_is_refused(url):
    with pytest.raises(UnusableAddress, match="ACEDESK_ANNOUNCE_URL"):
        Webhook(url, SECRET)


@pytest.mark.parametrize("secret", ["", "short"])
def test_a_secret_that_can_be_guessed_is_refused(secret):
    with pytest.raises(UnusableAddress, match="ACEDESK_ANNOUNCE_SECRET"):
        Webhook("https://hooks.example", secret)


async def test_what_is_kept_goes_nowhere():
    kept: Sender = Kept()
    await kept.send(item())
    await kept.close()
