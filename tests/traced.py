"""Spans, as OpenTelemetry's own SDK keeps them in memory."""

from collections.abc import Callable, Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from desk import tracing

Spans = Callable[[], dict[str, ReadableSpan]]
"""The spans that have ended, by name."""


@pytest.fixture
def spans() -> Iterator[Spans]:
    """Trace while the test lasts."""
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    tracing.use(provider)
    yield lambda: {span.name: span for span in kept.get_finished_spans()}
    tracing.use(None)
    provider.shutdown()
