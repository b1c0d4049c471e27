"""What is counted for Prometheus: requests, calls, and what becomes of models.

Names follow Prometheus' conventions: base units, `_total` for what only grows. Labels are few
whatever callers send: routes by their templates, models by the ids of those that were loaded here.
"""

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

from api.exchange import Exchange
from api.gauges import Gauges
from pipelines.engine.engine import Engine
from pipelines.engine.events import Crashed, Event, Evicted, Finished, Loaded, Ran
from pipelines.model import Model

MOST_MODELS = 50  # with a name of their own; all further ones are one
OTHER = "other"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
LOAD_SECONDS = (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
INPUTS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 1_000)
CALL = ("task", "model")


class Names:
    """The models that have a label of their own: the first `most` that were heard of."""

    def __init__(self, most: int) -> None:
        self.most, self.known = most, set[str]()

    def of(self, model: Model) -> str:
        if model.shown not in self.known and len(self.known) >= self.most:
            return OTHER
        self.known.add(model.shown)
        return model.shown


class Metrics:
    """Counts in a registry of its own what the engine tells, and the server's requests; the
    engine's state is read when somebody asks."""

    def __init__(self, engine: Engine, most_models: int = MOST_MODELS) -> None:
        self.registry, self.engine = CollectorRegistry(), engine
        self.names = Names(most_models)
        self.of_endpoints = set[str]()  # models that endpoints run, or ran
        self.declare()
        self.registry.register(Gauges(engine, self.names.of))
        ProcessCollector(registry=self.registry)
        engine.listeners.append(self.hear)

    def declare(self) -> None:
        self.requests = self.counter(
            "http_requests", "Requests, Gradio's own too", ("route", "method", "status")
        )
        self.calls = self.counter("calls", "Calls of models, from anywhere", (*CALL, "outcome"))
        self.latency = self.seconds("call", "From a call to the end of its answer")
        self.queue = self.seconds("call_queue", "What of it a call waited, for a load too")
        self.compute = self.seconds("call_compute", "What of it the model worked")
        self.inputs = Histogram(
            "tagline_run_inputs", "Inputs of one run of a model (its batch size)", CALL,
            registry=self.registry, buckets=INPUTS,
        )  # fmt: skip
        self.read = self.counter("tokens_read", "Tokens that models read, as far as counted", CALL)
        self.written = self.counter("tokens_written", "Tokens that language models wrote", CALL)
        self.loads = Histogram(
            "tagline_model_load_seconds", "Loads that succeeded", ("model",),
            registry=self.registry, buckets=LOAD_SECONDS,
        )  # fmt: skip
        self.evictions = self.counter("model_evictions", "Loaded models sent away", ("model",))
        self.crashes = self.counter("model_crashes", "Ends of a model's process", ("model",))
        self.quarantines = self.counter(
            "model_quarantines", "Models not started for a while after crashes", ("model",)
        )

        self.endpoint_requests = self.counter(
            "endpoint_requests", "Calls of an endpoint", ("endpoint", "status")
        )
        self.endpoint_seconds = Histogram(
            "tagline_endpoint_request_seconds", "Good answers of an endpoint", ("endpoint",),
            registry=self.registry, buckets=SECONDS,
        )  # fmt: skip

    def counter(self, name: str, about: str, labels: tuple[str, ...]) -> Counter:
        return Counter(f"tagline_{name}_total", about, labels, registry=self.registry)

    def seconds(self, name: str, about: str) -> Histogram:
        return Histogram(
            f"tagline_{name}_seconds", about, CALL, registry=self.registry, buckets=SECONDS
        )

    def endpoint(self, name: str, status: int, seconds: float) -> None:
        """Counts a call of an endpoint by its name: there are no more than somebody made."""
        self.endpoint_requests.labels(name, f"{status // 100}xx").inc()
        if status < 400:
            self.endpoint_seconds.labels(name).observe(seconds)

    def hidden(self) -> set[str]:
        """Labels of models that endpoints run: which these are is not everybody's."""
        now = {self.names.of(each.model) for each in self.engine.all() if each.place.name}
        return (self.of_endpoints | now) - {OTHER}

    def answered(self, exchange: Exchange) -> None:
        """Counts a request by its route, method and class of status."""
        status = f"{exchange.status // 100}xx"
        self.requests.labels(exchange.route, exchange.method, status).inc()

    def hear(self, event: Event) -> None:
        """What the engine tells."""
        if isinstance(event, Loaded | Evicted | Crashed) and event.place:
            self.of_endpoints.add(self.names.of(event.model))
        match event:
            case Loaded(model, seconds):
                self.loads.labels(self.names.of(model)).observe(seconds)
            case Evicted(model, _):
                self.evictions.labels(self.names.of(model)).inc()
            case Crashed(model, quarantined):
                self.crashes.labels(self.names.of(model)).inc()
                self.quarantines.labels(self.names.of(model)).inc(quarantined)
            case Ran(call):
                name = self.names.of(call.model)
                self.inputs.labels(call.task.tag, name).observe(len(call.inputs))
            case Finished():
                self.count(event)

    def count(self, done: Finished) -> None:
        labels = done.call.task.tag, self.names.of(done.call.model)
        self.calls.labels(*labels, done.outcome).inc()
        if done.outcome != "answered":
            return
        self.latency.labels(*labels).observe(done.seconds)
        self.queue.labels(*labels).observe(done.waited)
        self.compute.labels(*labels).observe(done.computed)
        self.read.labels(*labels).inc(sum(done.call.read))
        self.written.labels(*labels).inc(sum(done.call.written))
