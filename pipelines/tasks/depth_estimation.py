"""Estimate how far away each point of a picture is."""

from typing import Any

from pipelines.forms import NoOptions, Picture
from pipelines.kinds.outputs import Depth
from pipelines.loaders.depths import depth_of
from pipelines.loaders.seeing import Exact
from pipelines.loaders.transformers import Pipeline
from pipelines.pictures import written
from pipelines.task import Task


def run(pipe: Any, inputs: list[Picture], params: NoOptions) -> list[Depth]:
    return [depth_of(pipe, each.image.decode()) for each in inputs]


TASK = Task(
    tag="depth-estimation",
    summary="Estimate how far away each point of a picture is",
    inputs=Picture,
    params=NoOptions,
    output=Depth,
    load={"transformers": Exact(Pipeline("depth-estimation"))},
    run=run,
    shape=written,
    batch=True,
    default_model="depth-anything/Depth-Anything-V2-Small-hf",
    more_models=("Intel/dpt-large", "vinvino02/glpn-nyu"),
)
