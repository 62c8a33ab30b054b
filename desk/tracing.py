"""Traces by OpenTelemetry, where `ACEDESK_TRACING` is set.

A span tells names, codes, and statements without their values. The words of exceptions stay out,
since they may quote what a visitor wrote.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode, Tracer, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

_PROPAGATOR = TraceContextTextMapPropagator()
_tracer: Tracer | None = None


def configure(process: str) -> None:
    """Send spans to the collector that OpenTelemetry's variables name (OTEL_EXPORTER_…)."""
    # They take time and memory, which most desks need not spend.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider as Provider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider = Provider(resource=Resource.create({"service.name": f"acedesk-{process}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    use(provider)


def use(provider: TracerProvider | None) -> None:
    """Trace by a provider of OpenTelemetry's; None traces nothing any more."""
    global _tracer  # noqa: PLW0603
    _tracer = None if provider is None else provider.get_tracer("acedesk")


@contextmanager
def span(
    name: str,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    after: Mapping[str, str] | None = None,
    attributes: Mapping[str, str | int] | None = None,
) -> Iterator[None]:
    """Trace the block.

    Args:
        name: what is done, from few such names.
        kind: who asks whom.
        after: what `carried` gave where this was asked for, or an empty one for what nobody asked
            for; by default it is a part of what goes on.
        attributes: codes and numbers.
    """
    if _tracer is None:
        yield
        return
    with _tracer.start_as_current_span(
        name,
        context=None if after is None else _PROPAGATOR.extract(after),
        kind=kind,
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as made:
        try:
            yield
        except BaseException as error:
            made.set_attribute("error.type", type(error).__qualname__)
            made.set_status(StatusCode.ERROR)
            raise


def note(name: str, value: str | int) -> None:
    """Add to the span that goes on what is known only now."""
    trace.get_current_span().set_attribute(name, value)


def carried() -> dict[str, str]:
    """What another process needs to go on with this trace (W3C Trace Context); nothing when off."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier


def watch(engine: AsyncEngine) -> None:
    """Trace the statements of an engine that belong to something traced."""
    if (tracer := _tracer) is None:
        return

    def begin(
        _connection: Any, _cursor: Any, statement: str, _values: Any, context: Any, _many: bool
    ) -> None:
        # What the desk asks its store again and again by itself would drown the rest.
        if trace.get_current_span().get_span_context().is_valid:
            context.acedesk_span = tracer.start_span(
                statement.partition(" ")[0],
                kind=SpanKind.CLIENT,
                attributes={"db.query.text": statement},
            )

    def end(
        _connection: Any, _cursor: Any, _statement: str, _values: Any, context: Any, _many: bool
    ) -> None:
        if (made := getattr(context, "acedesk_span", None)) is not None:
            made.end()

    def fail(failed: Any) -> None:
        if (made := getattr(failed.execution_context, "acedesk_span", None)) is not None:
            made.set_status(StatusCode.ERROR)
            made.end()

    event.listen(engine.sync_engine, "before_cursor_execute", begin)
    event.listen(engine.sync_engine, "after_cursor_execute", end)
    event.listen(engine.sync_engine, "handle_error", fail)
