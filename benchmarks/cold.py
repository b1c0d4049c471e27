"""From nothing to the first answer of one model, with the libraries imported before or not."""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import noise
from benchmarks.duo import Duo
from benchmarks.models import EMBEDDER, call, cosine, on_board
from benchmarks.peers import SOURCE
from benchmarks.process import running
from benchmarks.start import Sample
from benchmarks.subjects import script
from pipelines.engine.engine import Engine

SECONDS = "first answer"
ALIKE = 0.999  # of the vectors of any two ways
WORKERS = "Tagline: a worker process, its libraries imported"
INLINE = "in this process, its libraries imported"
SCRIPT = "sentence-transformers script"

Vector = list[float]
Way = Callable[[], tuple[float, Vector]]  # seconds, answer


class Cold:
    """The ways to a first answer. Raises RuntimeError where one gives another answer."""

    def __init__(self, duo: Duo, home: Path) -> None:
        self.duo = duo
        self.call = call(on_board(EMBEDDER, home), "feature-extraction", SOURCE)
        self.ways: Mapping[str, Way] = {
            WORKERS: lambda: self.engine(duo.workers),
            INLINE: lambda: self.engine(duo.inline),
            SCRIPT: self.script,
        }
        self.right = self.script()[1]
        self.alike = 1.0  # the least cosine that was seen

    def measure(self, name: str) -> Sample:
        before = noise.read_family()
        seconds, vector = self.ways[name]()
        sample = Sample({SECONDS: seconds}, noise.foreign(before, noise.read_family()))
        self.alike = min(self.alike, alike(name, vector, self.right))
        for each in (self.duo.workers, self.duo.inline):
            self.duo.run(each.unload(self.call.model))
        return sample

    def engine(self, engine: Engine) -> tuple[float, Vector]:
        """Loads, since the model was unloaded after the round before, and answers."""
        start = time.perf_counter()
        answer = self.duo.run(engine.predict(self.call))
        return time.perf_counter() - start, answer.values[0]

    def script(self) -> tuple[float, Vector]:
        """A fresh Python, from its start to the line that it prints."""
        with TemporaryDirectory(prefix="tagline-benchmark-") as home:
            start = time.perf_counter()
            with running(Path(home), *script("vector")) as process:
                assert process.stdout
                line = process.stdout.readline()
                seconds = time.perf_counter() - start
        return seconds, json.loads(line or "[]")


def alike(name: str, vector: Vector, right: Vector) -> float:
    """Cosine of two answers. Raises RuntimeError where they are not the same."""
    found = cosine(vector, right)
    if not found > ALIKE:
        raise RuntimeError(f"{name} gives another answer: cosine {found:.4f}.")
    return found
