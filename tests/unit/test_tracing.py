from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from threading import Thread

import pytest
from opentelemetry.trace import SpanKind
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from desk import tracing
from tests.traced import Spans

SECRET = "123-45-6789"


def test_without_a_provider_nothing_is_traced_and_all_goes_on():
    with tracing.span("request", kind=SpanKind.SERVER, after={}):
        assert tracing.carried() == {}
        tracing.note("status", 200)
    with pytest.raises(KeyError), tracing.span("request"):
        raise KeyError


def test_what_is_carried_leads_on_in_another_process(spans: Spans):
    with tracing.span("bot", kind=SpanKind.CLIENT, attributes={"a": 1}):
        given = tracing.carried()
    with (
        tracing.span("unrelated", after={}),
        tracing.span("action", kind=SpanKind.SERVER, after=given),
    ):
        tracing.note("acedesk.kind", "answer")
    assert set(given) == {"traceparent"}
    found = spans()
    assert found["action"].parent.span_id == found["bot"].context.span_id
    assert found["action"].context.trace_id == found["bot"].context.trace_id
    assert found["unrelated"].parent is None
    assert found["action"].attributes == {"acedesk.kind": "answer"}


@pytest.mark.parametrize("odd", [{}, {"traceparent": ""}, {"traceparent": "x" * 999}])
def test_what_is_no_trace_begins_one(spans: Spans, odd):
    with tracing.span("outer"), tracing.span("request", after=odd):
        pass
    assert spans()["request"].parent is None


def test_of_an_exception_the_type_is_told_and_not_the_words(spans: Spans):
    with pytest.raises(ValueError, match=SECRET), tracing.span("request"):
        raise ValueError(SECRET)
    [failed] = spans().values()
    assert failed.attributes == {"error.type": "ValueError"}
    assert failed.status.is_ok is False
    assert SECRET not in failed.to_json()


async def test_statements_are_told_without_their_values_and_only_within_a_trace(
    spans: Spans, store
):
    tracing.watch(store.engine)
    async with store.read() as session:
        await session.execute(text("SELECT :told"), {"told": SECRET})
        assert spans() == {}
        with tracing.span("request"):
            await session.execute(text("SELECT :told"), {"told": SECRET})
            with pytest.raises(OperationalError):
                await session.execute(text("DELETE FROM nowhere"))
    found = spans()
    assert found.keys() == {"request", "SELECT", "DELETE"}
    assert found["SELECT"].attributes == {"db.query.text": "SELECT ?"}
    assert found["SELECT"].parent.span_id == found["request"].context.span_id
    assert found["DELETE"].status.is_ok is False
    assert not any(SECRET in span.to_json() for span in found.values())


def test_spans_go_to_the_collector_that_the_variables_name(monkeypatch):
    received: Queue[tuple[str, bytes]] = Queue()

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.put((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
        tracing.configure("worker")
        try:
            with tracing.span("mail"):
                pass
            path, body = received.get(timeout=10)
        finally:
            tracing.use(None)
            server.shutdown()
    assert path == "/v1/traces"
    assert b"acedesk-worker" in body
