"""The models on board and engines to run them, for benchmarks that need no server around."""

import time
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

from pipelines import registry
from pipelines.engine.call import Call, Placement
from pipelines.engine.engine import Engine
from pipelines.engine.processes import Processes
from pipelines.engine.starting import starter
from pipelines.hardware import Hardware, detect, probe
from pipelines.model import Model
from pipelines.models.resolve import Models
from pipelines.settings import Limits, Settings
from starters.__main__ import default_folder

EMBEDDER = "sentence-transformers/all-MiniLM-L6-v2"
CHATTER = "HuggingFaceTB/SmolLM2-135M-Instruct"
SEER = "tagline/efficientnet-lite0"
IRIS = "tagline/iris"
LIMITS = Limits()
PATIENCE = 120  # seconds for the libraries to be imported
SIDE = 590  # pixels: as noise, a PNG of 1.0 MB


def on_board(name: str, home: Path) -> Model:
    """A model on board; what there is to write goes below `home`."""
    settings = Settings(
        _cli_parse_args=None,
        host="127.0.0.1",
        share=False,
        home=home,
        starters_dir=default_folder(),
        offline=True,
    )
    return Models(settings, home / "cache").find(name)


def on_the_cpu(threads: int | None = None) -> Hardware:
    """This machine without its GPUs, whose memory is not the subject here."""
    hardware = detect(probe(), "cpu")
    return replace(hardware, threads=threads or hardware.threads)


def call(model: Model, tag: str, inputs: Any, **parameters: Any) -> Call:
    """A validated call; pictures go in as bytes."""
    task = registry.choose(model, tag)
    request = task.read({"inputs": inputs, "parameters": parameters}, LIMITS)
    return Call(task, model, request.inputs, request.params)


def copies(one: Call, count: int) -> Sequence[Call]:
    """The same call for `count` revisions of its model, which the engine takes for strangers."""
    return [
        replace(one, model=replace(one.model, revision=f"{one.model.revision}-{number}"))
        for number in range(count)
    ]


def workers() -> Processes:
    """A process for each model, the libraries imported already."""
    placement = Processes(starter(), LIMITS)
    until = time.monotonic() + PATIENCE
    while not placement.ready:
        if time.monotonic() > until:
            raise RuntimeError(f"The libraries were not imported within {PATIENCE} s.")
        time.sleep(0.05)
    return placement


def engine(placement: Placement, threads: int | None = None) -> Engine:
    return Engine(placement, on_the_cpu(threads))


def noise_picture() -> bytes:
    """A PNG of one MB: noise does not compress."""
    import numpy as np
    from PIL import Image

    pixels = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def cosine(a: Sequence[float], b: Sequence[float]) -> float:
    """Of two vectors of the same length."""
    from pipelines.kinds.distances import cosine_distance

    return 1 - cosine_distance(list(a), list(b))
