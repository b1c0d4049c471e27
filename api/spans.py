"""Traces for OpenTelemetry, where its SDK is installed and a collector is named.

Spans are made when their ends are known: of a request and, below it, of each wait and each run of a
model; of a load on its own, since it serves many. They hold what the log's lines hold.
Source of the attributes' names: OpenTelemetry's semantic conventions for HTTP.
"""

import logging
import os
import time
from typing import TYPE_CHECKING

from api import exchange
from api.exchange import Exchange
from pipelines.engine.events import Event, Finished, Loaded

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider

log = logging.getLogger(__name__)
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"  # the exporter reads it too
FLUSH_MS = 2_000
BILLION = 1_000_000_000  # nanoseconds
Attributes = dict[str, str | int]


class Spans:
    """Makes spans of what it is told and hands them to `provider`."""

    def __init__(self, provider: "TracerProvider") -> None:
        self.provider = provider
        self.tracer = provider.get_tracer("tagline")

    def answered(self, seen: Exchange) -> None:
        """A request, below the caller's own span if its `traceparent` names one."""
        from opentelemetry.trace.propagation import tracecontext

        sent = {name.decode(): value.decode("latin-1") for name, value in seen.scope["headers"]}
        parent = tracecontext.TraceContextTextMapPropagator().extract(sent)
        about: Attributes = {
            "http.request.method": seen.method,
            "http.route": seen.route,
            "http.response.status_code": seen.status,
            "tagline.request_id": seen.request.id,
        }
        below = self.span(
            f"{seen.method} {seen.route}", time.time(), seen.seconds, about, parent, serves=True
        )
        for call in seen.finished:
            self.call(call, below)

    def hear(self, event: Event) -> None:
        """What the engine tells; the calls of a request wait for its end."""
        match event:
            case Loaded(model, seconds):
                self.span("load", time.time(), seconds, {"tagline.model": model.shown})
            case Finished() if not exchange.under_way():
                self.call(event)

    def call(self, done: Finished, parent: "Context | None" = None) -> None:
        """The whole of a call, and in it the wait and the run."""
        about: Attributes = {
            "tagline.task": done.call.task.tag,
            "tagline.model": done.call.model.shown,
            "tagline.outcome": done.outcome,
        }
        below = self.span("call", done.at, done.seconds, about, parent)
        began = done.at - done.seconds + done.waited
        self.span("queue", began, done.waited, about, below)
        self.span("run", began + done.computed, done.computed, about, below)

    def span(
        self,
        name: str,
        end: float,
        seconds: float,
        about: Attributes,
        parent: "Context | None" = None,
        serves: bool = False,
    ) -> "Context":
        """A span that ended at `end`, in seconds since 1970; returns where others are below it."""
        from opentelemetry.context import Context
        from opentelemetry.trace import SpanKind, set_span_in_context

        kind = SpanKind.SERVER if serves else SpanKind.INTERNAL
        start = int((end - seconds) * BILLION)
        made = self.tracer.start_span(name, parent or Context(), kind, about, start_time=start)
        made.end(int(end * BILLION))
        return set_span_in_context(made)

    def close(self) -> None:
        """Sends what has not been sent yet, if that is quickly done."""
        self.provider.force_flush(FLUSH_MS)


def exporting() -> Spans | None:
    """Spans that go to the collector that the environment names, if it names one."""
    if not os.environ.get(ENDPOINT):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        log.warning("%s is set, but there is no SDK: see requirements-otel.txt.", ENDPOINT)
        return None
    name = {"service.name": os.environ.get("OTEL_SERVICE_NAME") or "tagline"}
    provider = TracerProvider(resource=Resource.create(name))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Spans(provider)
