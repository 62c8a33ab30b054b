"""Sending to a desk."""

import itertools
import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args

import pytest

from desk.evaluation import runner
from desk.evaluation.labels import Label, Labels
from desk.evaluation.outcomes import ReplyKind, Run
from desk.evaluation.runner import DeskUnreachable, send_all
from desk.routing.decision import Kind


@pytest.fixture(autouse=True)
def no_pause_and_no_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_PAUSE_S", 0.0)
    monkeypatch.setenv("ACEDESK_HOME", str(tmp_path / "home"))


async def sent(desk: Any, labels: Sequence[Label], done: Callable[[], None] = lambda: None) -> Run:
    given = labels if isinstance(labels, Labels) else Labels(labels)
    return await send_all(
        given, source="f", desk=desk.address, token="secret", clients=3, on_done=done
    )


async def test_each_message_is_a_fresh_conversation_of_the_service(
    desk: Any, label: Callable[..., Label]
) -> None:
    labels = [label(id=f"m-{number}", channel="email") for number in range(7)]
    ticks: list[None] = []
    run = await sent(desk, labels, lambda: ticks.append(None))
    assert [outcome.label.id for outcome in run.outcomes] == [item.id for item in labels]
    assert all(outcome.reply and outcome.reply.article == "bonds" for outcome in run.outcomes)
    assert all(0 < outcome.latency_s <= run.duration_s for outcome in run.outcomes)
    assert len(ticks) == 7
    assert {token for token, _ in desk.requests} == {"Bearer secret"}
    assert {body["path"] for _, body in desk.requests} == {"/webhooks/rest/webhook"}
    metadata = sorted(body["metadata"]["message_id"] for _, body in desk.requests)
    assert metadata == [item.id for item in labels]
    assert {body["metadata"]["channel"] for _, body in desk.requests} == {"email"}
    senders = {body["sender"] for _, body in desk.requests}
    await sent(desk, labels)
    assert len(senders | {body["sender"] for _, body in desk.requests}) == 14


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((500, {"error": "oh"}), "HTTP 500"),
        ((200, []), "without a decision"),
        ((200, [{"text": "hello"}]), "without a decision"),
        ((200, {"text": "hello"}), "out of format"),
        ((200, [{"custom": {"kind": "shrug"}}]), "out of format"),
    ],
)
async def test_an_unusable_reply_is_kept_as_a_failure(
    desk: Any, label: Callable[..., Label], answer: Any, reason: str
) -> None:
    desk.answer = lambda body: answer
    (outcome,) = (await sent(desk, [label()])).failed
    assert outcome.reply is None
    assert reason in (outcome.failure or "")


async def test_a_run_names_what_it_measured(desk: Any, label: Callable[..., Label]) -> None:
    labels = Labels([label()])
    labels.sha256 = "0123456789abcdef"
    run = await sent(desk, labels)
    assert run.versions.labels == "0123456789ab"
    assert (await sent(desk, [label()])).versions.labels == "unknown"


async def test_a_lost_connection_is_tried_once_more(desk: Any, label: Callable[..., Label]) -> None:
    turns = itertools.count()
    desk.answer = lambda body: None if next(turns) == 0 else desk.bonds(body)
    run = await sent(desk, [label()])
    assert not run.failed
    (_, first), (_, second) = desk.requests
    assert first == second


async def test_a_connection_lost_twice_is_a_failure(desk: Any, label: Callable[..., Label]) -> None:
    desk.answer = lambda body: None
    (outcome,) = (await sent(desk, [label()])).failed
    assert "connection lost" in (outcome.failure or "")
    assert len(desk.requests) == 2


async def test_a_slow_reply_is_a_failure(
    desk: Any, label: Callable[..., Label], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "TIMEOUT_S", 0.05)
    desk.answer = lambda body: (time.sleep(0.3), desk.bonds(body))[1]
    (outcome,) = (await sent(desk, [label()])).failed
    assert "no reply within" in (outcome.failure or "")


def test_every_kind_that_routing_decides_can_be_read() -> None:
    assert set(get_args(Kind)) <= set(get_args(ReplyKind))


async def test_an_unreachable_desk_ends_the_run(label: Callable[..., Label]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(DeskUnreachable, match=address):
            await send_all(
                Labels([label(id="a"), label(id="b")]),
                source="f",
                desk=address,
                token="secret",
                clients=2,
                on_done=lambda: None,
            )
