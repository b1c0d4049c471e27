"""What Prometheus reads of the endpoints' state, at the moment when it asks."""

from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from endpoints.service import Endpoints

Gauge = GaugeMetricFamily


class EndpointGauges(Collector):
    def __init__(self, endpoints: Endpoints) -> None:
        self.endpoints = endpoints

    def collect(self) -> Iterable[Gauge]:
        everyone = self.endpoints.list()
        ready = Gauge("tagline_endpoint_replicas", "Replicas that answer", labels=["endpoint"])
        wanted = Gauge(
            "tagline_endpoint_replicas_wanted", "Replicas that should", labels=["endpoint"]
        )
        waiting = Gauge(
            "tagline_endpoint_queue_length", "Calls in line for an endpoint", labels=["endpoint"]
        )
        held = Gauge("tagline_endpoint_memory_bytes", "What its replicas hold", labels=["endpoint"])
        state = Gauge("tagline_endpoint_state", "1 for its state", labels=["endpoint", "state"])
        for each in everyone:
            name, now = [each.spec.name], each.status
            ready.add_metric(name, now.ready)
            wanted.add_metric(name, now.wanted)
            waiting.add_metric(name, now.waiting)
            held.add_metric(name, now.memory)
            state.add_metric([*name, now.state], 1)
        return [ready, wanted, waiting, held, state]
