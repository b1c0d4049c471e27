"""What Prometheus reads of the engine's state, at the moment when it asks."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from pipelines.engine.engine import Engine
from pipelines.engine.resident import Resident
from pipelines.model import Model

Gauge = GaugeMetricFamily


class Gauges(Collector):
    """Memory, lines and streams. `name` gives a model's label."""

    def __init__(self, engine: Engine, name: Callable[[Model], str]) -> None:
        self.engine, self.name = engine, name

    def describe(self) -> Iterable[Gauge]:
        return self.collect()

    def collect(self) -> Iterable[Gauge]:
        memory, everyone = self.engine.memory, self.engine.all()
        size, free = memory.size, max(0, sum(memory.free()))
        yield Gauge("tagline_memory_size_bytes", "Memory for models", size)
        yield Gauge("tagline_memory_taken_bytes", "What of it models hold", memory.taken)
        yield Gauge("tagline_memory_free_bytes", "What is really left of it", free)
        held = self.by_model(everyone, memory.held)
        yield labelled("tagline_model_memory_bytes", "What one model holds", "model", held)
        lines = self.by_model(everyone, lambda each: len(each.desk.line))
        yield labelled("tagline_model_queue_length", "Calls in line for a model", "model", lines)
        states = Counter(str(each.status().state) for each in everyone)
        yield labelled("tagline_models", "Models that hold or await memory", "state", states)
        streams = sum(map(streaming, everyone))
        yield Gauge("tagline_streams_in_progress", "Streams that models are writing", streams)
        ready = int(self.engine.ready)
        yield Gauge("tagline_ready", "Whether a call would be taken up at once", ready)

    def by_model(
        self, everyone: Iterable[Resident], value: Callable[[Resident], int]
    ) -> Mapping[str, int]:
        """A model that several tasks load in their own ways counts once."""
        found: Counter[str] = Counter()
        for each in everyone:
            found[self.name(each.model)] += value(each)
        return found


def labelled(name: str, about: str, label: str, values: Mapping[str, int]) -> Gauge:
    family = Gauge(name, about, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def streaming(resident: Resident) -> int:
    """How many of its answers are on their way piece by piece."""
    return sum(job.streams and not job.over.is_set() for job in resident.desk.running)
