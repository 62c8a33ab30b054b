"""A mailbox on a real IMAP server: what comes is taken once, in its order, and never removed."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from desk.mail import mailbox as room
from desk.mail.mailbox import Account, Letter, Mailbox, Position
from desk.mail.parse import LARGEST
from tests.dovecot import Dovecot, serving
from tests.relay import certificate
from tests.unit.mail.mails import raw


@pytest.fixture
def server() -> Iterator[Dovecot]:
    with serving() as started:
        yield started


class Taken:
    """Keeps what comes, or refuses it."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.refuses: Callable[[Letter], bool] = lambda _: False

    async def take(self, letter: Letter) -> None:
        if self.refuses(letter):
            raise RuntimeError("the store is full")
        self.letters.append(letter)

    async def holds(self, *subjects: str, seconds: float = 20) -> None:
        async with asyncio.timeout(seconds):
            while self.subjects != list(subjects):
                await asyncio.sleep(0.02)

    @property
    def subjects(self) -> list[str]:
        lines = [line for one in self.letters for line in one.raw.decode().split("\r\n")]
        return [line.removeprefix("Subject: ") for line in lines if line.startswith("Subject: ")]


@asynccontextmanager
async def following(
    url: str, taken: Taken, position: Position | None = None, ca: Path | None = None
) -> AsyncIterator[Mailbox]:
    box = Mailbox(Account.parse(url), taken.take, position=position, ca=ca)
    stop = asyncio.Event()
    task = asyncio.create_task(box.follow(stop))
    try:
        yield box
    finally:
        stop.set()
        async with asyncio.timeout(20):
            await task


async def deliver(server: Dovecot, *subjects: str) -> None:
    await asyncio.to_thread(server.deliver, *(raw(subject=one) for one in subjects))


async def test_what_is_there_is_taken_in_its_order_and_what_comes_at_once(server):
    taken = Taken()
    await deliver(server, "one", "two")
    async with following(server.url, taken):
        await taken.holds("one", "two")
        began = time.monotonic()
        await deliver(server, "three")
        await taken.holds("one", "two", "three")
        assert time.monotonic() - began < 10
    assert all(letter.whole for letter in taken.letters)
    assert taken.letters[0].raw == raw(subject="one").replace(b"\n", b"\r\n")


async def test_what_is_told_with_the_answer_to_a_look_is_taken_at_once(server, monkeypatch):
    looks = room._Session.after
    late = iter(["one", "two"])

    def after(session: room._Session, uid: int) -> list[int]:
        found = looks(session, uid)
        if (subject := next(late, None)) is not None:
            server.deliver(raw(subject=subject))
            session.keep_alive()
        return found

    monkeypatch.setattr(room._Session, "after", after)
    taken = Taken()
    async with following(server.url, taken):
        await taken.holds("one", "two", seconds=room._LOOK_S / 3)


async def test_who_comes_back_goes_on_where_it_stopped(server):
    first, second = Taken(), Taken()
    await deliver(server, "one")
    async with following(server.url, first) as box:
        await first.holds("one")
        await asyncio.sleep(0.2)
    await deliver(server, "two")
    async with following(server.url, second, box.position):
        await second.holds("two")


async def test_a_mail_that_could_not_be_kept_comes_again(server, monkeypatch):
    monkeypatch.setattr(room, "_FIRST_WAIT_S", 0.1)
    taken = Taken()
    left = [3]

    def refuses(_: Letter) -> bool:
        left[0] -= 1
        return left[0] > 0

    taken.refuses = refuses
    await deliver(server, "one", "two")
    async with following(server.url, taken):
        await taken.holds("one", "two")


async def test_a_server_that_was_away_is_read_on(server, monkeypatch):
    monkeypatch.setattr(room, "_FIRST_WAIT_S", 0.2)
    taken = Taken()
    await deliver(server, "one")
    async with following(server.url, taken):
        await taken.holds("one")
        await asyncio.to_thread(server.stop)
        await asyncio.sleep(0.5)
        await asyncio.to_thread(server.start)
        await deliver(server, "two")
        await taken.holds("one", "two")


async def test_after_other_numbers_all_is_read_again(server):
    taken = Taken()
    await deliver(server, "one", "two")
    async with following(server.url, taken) as box:
        await taken.holds("one", "two")
    before = box.position
    await asyncio.to_thread(server.forget_numbers)
    again = Taken()
    async with following(server.url, again, before) as box:
        await again.holds("one", "two")
    assert again.letters[0].position.uidvalidity != taken.letters[0].position.uidvalidity


async def test_of_a_mail_that_is_too_large_the_headers_come(server):
    taken = Taken()
    await asyncio.to_thread(server.deliver, raw("x" * 70 + "\n", "small"))
    await asyncio.to_thread(server.deliver, raw(("x" * 70 + "\n") * (LARGEST // 70), "large"))
    async with following(server.url, taken):
        await taken.holds("small", "large")
    assert [letter.whole for letter in taken.letters] == [True, False]
    assert len(taken.letters[1].raw) < 1000


async def test_a_server_without_idle_is_asked(server, monkeypatch):
    monkeypatch.setattr(room, "_LOOK_S", 0.2)
    monkeypatch.setattr(room._Session, "idles", False, raising=False)
    monkeypatch.setattr(room._Session, "__setattr__", _without_idle)
    taken = Taken()
    async with following(server.url, taken):
        await asyncio.sleep(0.5)
        await deliver(server, "one")
        await taken.holds("one")


def _without_idle(session: object, name: str, value: object) -> None:
    object.__setattr__(session, name, False if name == "idles" else value)


async def test_it_is_read_over_tls_by_whom_the_certificate_convinces(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "_FIRST_WAIT_S", 0.2)
    cert = certificate(tmp_path)
    with serving(cert) as server:
        await deliver(server, "one")
        convinced, not_convinced = Taken(), Taken()
        async with following(server.tls_url, not_convinced):
            async with following(server.tls_url, convinced, ca=cert[0]):
                await convinced.holds("one")
            assert not_convinced.letters == []


async def test_a_wrong_password_is_not_logged(server, caplog):
    url = server.url.replace("pass%2Fw%3Ard", "another%20one")
    async with following(url, Taken()):
        async with asyncio.timeout(20):
            while "can not be read" not in caplog.text:
                await asyncio.sleep(0.05)
    assert "another one" not in caplog.text
