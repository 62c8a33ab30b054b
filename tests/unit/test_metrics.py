"""What becomes of a metric's labels, and that what is published keeps to Prometheus' rules."""

import asyncio
import re
import time
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from prometheus_client import REGISTRY

from desk import metrics
from desk.routing.decision import Kind

TOLD = {"language": "en", "kind": "answer"}


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def turns(language: str, kind: str) -> float:
    return value("acedesk_turns_total", language=language, kind=kind, channel="chat")


def test_what_a_bot_makes_up_is_no_label():
    before = turns("other", "other")
    for made_up in ({"language": "123-45-6789", "kind": ["x"]}, {}, None):
        metrics.count_turn(datetime.now(UTC), "chat", [made_up])
    assert turns("other", "other") == before + 3


def test_an_answer_of_several_bubbles_is_one_turn_and_of_none_is_no_turn():
    before = turns("en", "answer")
    metrics.count_turn(datetime.now(UTC), "chat", [TOLD, None])
    metrics.count_turn(datetime.now(UTC), "chat", [])
    assert turns("en", "answer") == before + 1


@pytest.mark.parametrize(("ago_s", "seconds"), [(3.0, 3.0), (-60.0, 0.0)])
def test_a_turn_lasts_from_taking_the_message_and_never_less_than_nothing(ago_s, seconds):
    name = "acedesk_turn_duration_seconds_sum"
    before = value(name, channel="chat")
    metrics.count_turn(datetime.now(UTC) - timedelta(seconds=ago_s), "chat", [TOLD])
    assert value(name, channel="chat") - before == pytest.approx(seconds, abs=0.5)


def test_every_kind_of_answer_is_known():
    assert set(metrics.KINDS) == {*get_args(Kind), "degraded"}


async def test_a_loop_that_was_held_up_is_noticed(monkeypatch):
    monkeypatch.setattr(metrics, "_LAG_EVERY_S", 0.01)
    before = value("acedesk_event_loop_lag_seconds_sum")
    watching = asyncio.create_task(metrics.watch_lag())
    await asyncio.sleep(0)
    time.sleep(0.2)  # noqa: ASYNC251
    await asyncio.sleep(0.02)
    watching.cancel()
    assert value("acedesk_event_loop_lag_seconds_sum") - before > 0.15


def test_names_tell_their_units():
    for metric in metrics.PROCESS:
        [family] = metric.describe()
        assert re.fullmatch(r"acedesk_[a-z_]+", family.name)
        assert family.documentation.endswith(".")
        if family.type == "histogram":
            assert family.name.endswith("_seconds")
