"""Traces, as a collector of OpenTelemetry gets them."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.api.wire import post
from tests.conftest import EMBEDDER, Serve

TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class Collector(ThreadingHTTPServer):
    """Takes traces by OTLP over HTTP. `spans` are those that came, by name."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Take)
        self.spans: defaultdict[str, list[Span]] = defaultdict(list)
        self.services: set[str] = set()


class Take(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            known = {each.key: each.value.string_value for each in resource.resource.attributes}
            self.server.services.add(known["service.name"])
            for scope in resource.scope_spans:
                for span in scope.spans:
                    self.server.spans[span.name].append(span)
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def about(span: Span) -> dict[str, str | int]:
    return {a.key: a.value.string_value or a.value.int_value for a in span.attributes}


def test_a_request_its_wait_and_its_run(collector: Collector, serve: Serve) -> None:
    port = collector.server_address[1]
    server = serve(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{port}").wait()
    sent = {"traceparent": f"00-{TRACE}-{CALLER}-01", "x-request-id": "traced"}
    body = {"inputs": "Xylophon1"}
    assert post(server, f"/models/{EMBEDDER}?x=y", json={}, headers=sent).status_code == 422
    assert post(server, f"/models/{EMBEDDER}", json=body, headers=sent).status_code == 200
    server.stop()  # which sends what is left
    assert collector.services == {"tagline"}
    bad, good = collector.spans["POST /models/{model_id:path}"]
    assert (about(bad)["http.response.status_code"], about(good)["http.response.status_code"]) == (
        422,
        200,
    )
    assert about(good)["tagline.request_id"] == "traced"
    assert (good.trace_id.hex(), good.parent_span_id.hex()) == (TRACE, CALLER)
    (call,), (queue,), (run,) = (collector.spans[name] for name in ("call", "queue", "run"))
    assert call.parent_span_id == good.span_id
    assert queue.parent_span_id == run.parent_span_id == call.span_id
    assert {span.trace_id.hex() for span in (call, queue, run)} == {TRACE}
    assert about(run)["tagline.model"] == EMBEDDER
    times = [good.start_time_unix_nano, queue.start_time_unix_nano, run.start_time_unix_nano,
             run.end_time_unix_nano, good.end_time_unix_nano]  # fmt: skip
    assert times == sorted(times)
    (load,) = collector.spans["load"]
    assert not load.parent_span_id
    assert load.end_time_unix_nano > load.start_time_unix_nano
    everything = str(dict(collector.spans))
    assert "Xylophon1" not in everything


def test_a_collector_that_is_not_there_costs_nothing(serve: Serve) -> None:
    server = serve(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1").wait()
    assert post(server, f"/models/{EMBEDDER}", json={"inputs": "x"}).status_code == 200
    assert server.stop() == 0
