"""Labels, outcomes and a stand-in for the desk."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from desk.evaluation.labels import Label
from desk.evaluation.outcomes import Outcome, Reply, Run
from desk.evaluation.versions import Versions

VERSIONS = Versions(
    labels="0123456789ab",
    package="0.1.0",
    commit="abcdef012345-dirty",
    model="81faa9af33fd",
    articles="unknown",
    articles_published=None,
    articles_newest=None,
    judge="aaaaaaaaaaaa",
    thresholds="bbbbbbbbbbbb",
    embedder="use",
)


def _label(**fields: Any) -> Label:
    return Label(
        **{
            "id": "m-1",
            "channel": "chat",
            "text": "how much is a bond",
            "language": "en",
            "topic": "bonds",
            "must_handoff": False,
        }
        | fields
    )


def _outcome(expected: dict[str, Any] | None = None, **got: Any) -> Outcome:
    reply = {"language": "en", "kind": "answer", "article": "bonds", "confidence": 0.9} | got
    return Outcome(label=_label(**expected or {}), reply=Reply(**reply), latency_s=0.02)


def _failure(**fields: Any) -> Outcome:
    return Outcome(label=_label(**fields), reply=None, failure="HTTP 500: oh", latency_s=1.0)


def _run(*outcomes: Outcome) -> Run:
    return Run(
        source="labels.jsonl",
        started_at=datetime(2026, 3, 2, 12, 0, tzinfo=UTC),
        duration_s=2.0,
        clients=4,
        versions=VERSIONS,
        outcomes=outcomes,
    )


# Makers keep no state, so that fixtures of any scope can use them.
@pytest.fixture(scope="session")
def label() -> Callable[..., Label]:
    """A label; an English question on bonds unless told otherwise."""
    return _label


@pytest.fixture(scope="session")
def outcome() -> Callable[..., Outcome]:
    """An outcome: what was expected (a mapping), and the reply's fields by name."""
    return _outcome


@pytest.fixture(scope="session")
def failure() -> Callable[..., Outcome]:
    return _failure


@pytest.fixture(scope="session")
def run_of() -> Callable[..., Run]:
    return _run


class Desk:
    """A desk of a few lines: `answer` maps a request's body to status and body."""

    def __init__(self) -> None:
        self.requests: list[tuple[str | None, dict[str, Any]]] = []
        self.answer: Callable[[dict[str, Any]], tuple[int, Any] | None] = self.bonds
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @staticmethod
    def bonds(body: dict[str, Any]) -> tuple[int, Any]:
        custom = {
            "language": "en",
            "kind": "answer",
            "article": "bonds",
            "candidates": ["bonds", "isf"],
            "confidence": 0.75,
            "ticket": None,
            "sources": [],
        }
        first = {"recipient_id": body["sender"], "text": "A bond …", "custom": custom}
        return 200, [first, {"recipient_id": body["sender"], "text": "More?"}]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(desk) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                desk.requests.append((self.headers["Authorization"], body | {"path": self.path}))
                answer = desk.answer(body)
                if answer is None:
                    return
                status, content = answer
                sent = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                # A test of slow replies hangs up before.
                with suppress(BrokenPipeError):
                    self.wfile.write(sent)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@pytest.fixture
def desk() -> Iterator[Desk]:
    stand_in = Desk()
    yield stand_in
    stand_in.close()
