"""What a process counts and measures of itself, for Prometheus.

Labels are codes of the desk's own, of which there are few: never a word, an address or an id of
anybody. What the store knows better is not counted here; see `desk.reporting.standing`.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from time import perf_counter
from typing import Any

from prometheus_client import Counter, Gauge, Histogram, Info, disable_created_metrics
from prometheus_client.metrics import MetricWrapperBase

disable_created_metrics()  # type: ignore[no-untyped-call]

LANGUAGES = ("en", "es", "mixed", "other")
KINDS = (
    "answer", "clarify", "handoff", "ticket", "status", "smalltalk", "decline",
    "unsupported_language", "urgent", "degraded",
)  # fmt: skip
_OTHER = "other"

_TURN_S = (0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_REQUEST_S = (0.005, 0.025, 0.1, 0.5, 2.5, 10)
_LAG_S = (0.001, 0.005, 0.025, 0.1, 0.5, 1)
_LAG_EVERY_S = 0.5

BUILD = Info("acedesk_build", "Version of the desk.")
BUILD.info({"version": version("acedesk")})

TURNS = Counter(
    "acedesk_turns",
    "Visitors' messages that a machine answered.",
    ("language", "kind", "channel"),
)
TURN_DURATION = Histogram(
    "acedesk_turn_duration_seconds",
    "From taking a visitor's message until its answer is stored.",
    ("channel",),
    buckets=_TURN_S,
)
TURN_FAILURES = Counter(
    "acedesk_turn_failures",
    "Turns that the desk itself failed at; the message is unanswered until it is taken up again.",
)
BOT_CALL_DURATION = Histogram(
    "acedesk_bot_call_duration_seconds",
    "How long the bot took for a message, failed calls among them.",
    buckets=_TURN_S,
)
BOT_FAILURES = Counter(
    "acedesk_bot_failures", "Messages that the bot gave no answer to, by why.", ("reason",)
)
ACTION_DURATION = Histogram(
    "acedesk_action_duration_seconds",
    "How long an action that the bot called for took in the desk.",
    ("action",),
    buckets=_TURN_S,
)
HTTP_REQUESTS = Counter(
    "acedesk_http_requests",
    "Requests at the public port that were answered.",
    ("method", "route", "status"),
)
HTTP_DURATION = Histogram(
    "acedesk_http_request_duration_seconds",
    "From the head of a request to its answer; of a stream, to its beginning.",
    ("route",),
    buckets=_REQUEST_S,
)
STREAMS = Gauge("acedesk_streams_open", "Server-sent event streams that are open.", ("kind",))
LAG = Histogram(
    "acedesk_event_loop_lag_seconds",
    "How much later than asked for the event loop woke a task.",
    buckets=_LAG_S,
)
ROUNDS = Counter(
    "acedesk_worker_rounds", "Rounds of the worker's background work.", ("round", "result")
)
ROUND_SUCCESS = Gauge(
    "acedesk_worker_round_last_success_timestamp_seconds",
    "When a round last went well.",
    ("round",),
)
MAILS_TAKEN = Counter("acedesk_mails_taken", "Mails that were kept, each once.")
MAILS_HANDLED = Counter(
    "acedesk_mails_handled", "Attempts at dealing with a mail, by what came of them.", ("result",)
)
MAILBOX_READ = Gauge(
    "acedesk_mailbox_last_read_timestamp_seconds",
    "When a mailbox was last seen to hold nothing new; 0 before.",
    ("mailbox",),
)
OUTBOX_ATTEMPTS = Counter(
    "acedesk_outbox_attempts",
    "Attempts at delivering what must leave the desk.",
    ("topic", "result"),
)

PROCESS = tuple(one for one in list(globals().values()) if isinstance(one, MetricWrapperBase))
"""All of the above."""


@contextmanager
def timed(histogram: Histogram) -> Iterator[None]:
    """Measure how long the block takes, however it ends."""
    began = perf_counter()
    try:
        yield
    finally:
        histogram.observe(perf_counter() - began)


def count_turn(at: datetime, channel: str, told: Sequence[Mapping[str, Any] | None]) -> None:
    """Count the answer to a message, now that it is stored.

    Args:
        at: when the message was taken.
        channel: that of the conversation.
        told: what stands beside each bubble. Language and kind are the bot's words, which become
            labels only when they are known ones. Without a bubble no machine has answered.
    """
    if not told:
        return
    custom = told[0] or {}
    language, kind = custom.get("language"), custom.get("kind")
    TURNS.labels(
        language if language in LANGUAGES else _OTHER, kind if kind in KINDS else _OTHER, channel
    ).inc()
    # A clock that is set back must not make it negative.
    TURN_DURATION.labels(channel).observe(max(0.0, (datetime.now(UTC) - at).total_seconds()))


async def watch_lag() -> None:
    """Measure until cancelled how late the event loop is."""
    clock = asyncio.get_running_loop().time
    while True:
        asked = clock() + _LAG_EVERY_S
        await asyncio.sleep(_LAG_EVERY_S)
        LAG.observe(max(0.0, clock() - asked))
