import asyncio
import errno
import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from desk import logs

Lines = Callable[[], list[dict[str, Any]]]
SECRET = "my ssn is 123-45-6789, write to ana@example.com"


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What the desk has logged since the last look."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in logs.OURS}
    logs.configure("info")
    for handler in root.handlers:
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(stream)

    def read() -> list[dict[str, Any]]:
        told = stream.getvalue().splitlines()
        stream.seek(0)
        stream.truncate()
        return [json.loads(line) for line in told]

    yield read
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


log = logging.getLogger("desk.anything")


def failing(error: BaseException, cause: BaseException | None = None) -> None:
    try:
        raise error from cause
    except BaseException:
        log.exception("it failed")


def test_a_line_is_one_object_with_the_moment_in_utc(lines):
    log.info("done", extra={"route": "/health"})
    [line] = lines()
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "INFO", "logger": "desk.anything", "message": "done", "route": "/health",
    }  # fmt: skip


def test_libraries_are_heard_when_they_warn_only(lines):
    library = logging.getLogger("sqlalchemy.engine")
    library.info(SECRET)
    library.warning("slow")
    assert [line["message"] for line in lines()] == ["slow"]


async def test_tasks_that_go_on_at_once_keep_their_ids_apart(lines):
    async def turn(name: str) -> None:
        logs.begin(name)
        await asyncio.sleep(0)
        log.info("done")

    await asyncio.gather(turn("first"), turn("second"))
    assert {line["request_id"] for line in lines()} == {"first", "second"}
    log.info("nobody's")
    assert "request_id" not in lines()[0]


def test_work_within_other_work_has_its_own_name_until_it_is_done():
    with logs.work("round"):
        with logs.work("outbox-7"):
            assert logs.request_id() == "outbox-7"
        assert logs.request_id() == "round"
    assert logs.request_id() is None


@pytest.mark.parametrize("given", [None, "", "a b", "x" * 65, 'a"b', "a\nb", "é"])
def test_what_is_no_id_is_replaced(given):
    with logs.work("before"):
        assert logs.begin(given) not in (given, "before")
        assert logs.begin("deploy-7.b_c") == "deploy-7.b_c"


def test_an_exception_is_told_by_type_and_place_and_not_in_its_words(lines):
    failing(KeyError(SECRET), cause=ValueError(SECRET))
    failing(ExceptionGroup(SECRET, [RuntimeError(SECRET)]))
    first, second = (line["exc_info"] for line in lines())
    assert "builtins.ValueError" in first
    assert first.endswith("builtins.KeyError")
    assert "test_logs.py" in first
    assert second.endswith("builtins.ExceptionGroup\nbuiltins.RuntimeError")
    assert "123-45-6789" not in first + second
    assert "ana@example.com" not in first + second


def test_what_the_system_says_is_told(lines):
    failing(OSError(errno.ENOSPC, SECRET))
    assert lines()[0]["exc_info"].endswith("builtins.OSError: No space left on device")


async def test_of_a_failed_statement_its_values_are_not_told(store, lines):
    async with store.read() as session:
        try:
            await session.execute(text("SELECT :told FROM nowhere"), {"told": SECRET})
        except OperationalError:
            log.exception("it failed")
    [told] = [line["exc_info"] for line in lines()]
    assert "SELECT ? FROM nowhere" in told
    assert "SQLITE_ERROR" in told
    assert "ana@example.com" not in told
